struct Wind<'a> {
    speed: f64,
    direction: &'a str,
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::EmbeddedObject for Wind<'a> {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
                "speed",
                <f64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <f64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <f64 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <f64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .constrained(
                ::asymmetric::__private_0_1_0::Constraints::NONE
                    .with_minimum(
                        ::asymmetric::__private_0_1_0::whole(
                            <f64 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            0i64,
                        ),
                        false,
                    ),
            ),
        ::asymmetric::__private_0_1_0::property(
            "direction",
            <&'a str as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
    ];
    const SCHEMA: ::asymmetric::__private_0_1_0::EmbeddedSchema = ::asymmetric::__private_0_1_0::EmbeddedSchema::new(
        "WindVector",
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
                ::asymmetric::__private_0_1_0::minimum(
                    <f64 as ::asymmetric::__private_0_1_0::Number>::number(&self.speed),
                    const {
                        ::asymmetric::__private_0_1_0::whole(
                            <f64 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            0i64,
                        )
                    },
                    false,
                ),
                "speed",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <f64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.speed,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <f64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0speed\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "speed",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                <&'a str as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.direction,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <&'a str as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0direction\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "direction",
            )?;
        }
        ::asymmetric::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Property for Wind<'a> {
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
impl<'a> ::asymmetric::__private_0_1_0::ListElement for Wind<'a> {}
::asymmetric::__private_0_1_0::json_schema! {
    class EmbeddedObject[< 'a >] [Wind < 'a >] []
}
