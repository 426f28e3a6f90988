use asymmetric::embedded;
struct Wind {
    raw: u64,
    speed: Option<f64>,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::EmbeddedObject for Wind {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
            "speed",
            <Option<f64> as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <Option<f64> as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <Option<f64> as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <Option<f64> as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
    ];
    const SCHEMA: ::asymmetric::__private_0_1_0::EmbeddedSchema = ::asymmetric::__private_0_1_0::EmbeddedSchema::new(
        "Wind",
        <Self as ::asymmetric::__private_0_1_0::EmbeddedObject>::PROPERTIES,
    );
    fn encode(
        &self,
        __asymmetric_out: &mut ::asymmetric::__private_0_1_0::Vec<
            ::asymmetric::__private_0_1_0::u8,
        >,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        let __asymmetric_start = ::asymmetric::__private_0_1_0::begin(__asymmetric_out);
        {
            ::asymmetric::__private_0_1_0::at(
                <Option<
                    f64,
                > as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.speed,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <Option<
                                f64,
                            > as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0speed\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "speed",
            )?;
        }
        ::asymmetric::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for Wind {
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = ::asymmetric::__private_0_1_0::PropertyType::Embedded(
        ::asymmetric::__private_0_1_0::Shared::Static(
            &<Self as ::asymmetric::__private_0_1_0::EmbeddedObject>::SCHEMA,
        ),
    );
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = ::asymmetric::__private_0_1_0::DOCUMENT;
    fn encode(
        &self,
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <Self as ::asymmetric::__private_0_1_0::EmbeddedObject>::encode(self, out)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::ListElement for Wind {}
