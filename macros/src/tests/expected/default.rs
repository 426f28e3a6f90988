struct Reading {
    id: i64,
    manual: bool,
    channel: i32,
    weight: f64,
    station: String,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::AsymmetricObject for Reading {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
            "_id",
            <i64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <i64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <i64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            <i64 as ::asymmetric::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
        ),
        ::asymmetric::__private_0_1_0::property(
                "manual",
                <bool as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <bool as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <bool as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .defaulting_to(
                ::asymmetric::__private_0_1_0::default_bool(
                    <bool as ::asymmetric::__private_0_1_0::DefaultsTo<
                        ::asymmetric::__private_0_1_0::bool,
                    >>::FITS,
                    false,
                ),
            ),
        ::asymmetric::__private_0_1_0::property(
                "channel",
                <i32 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <i32 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <i32 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .constrained(
                ::asymmetric::__private_0_1_0::Constraints::NONE
                    .with_minimum(
                        ::asymmetric::__private_0_1_0::whole(
                            <i32 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            -1i64,
                        ),
                        false,
                    ),
            )
            .defaulting_to(
                ::asymmetric::__private_0_1_0::default_integer(
                    <i32 as ::asymmetric::__private_0_1_0::DefaultsTo<
                        ::asymmetric::__private_0_1_0::i64,
                    >>::FITS,
                    <i32 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                    -1i64,
                ),
            ),
        ::asymmetric::__private_0_1_0::property(
                "weight",
                <f64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <f64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <f64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .defaulting_to(
                ::asymmetric::__private_0_1_0::default_double(
                    <f64 as ::asymmetric::__private_0_1_0::DefaultsTo<
                        ::asymmetric::__private_0_1_0::f64,
                    >>::FITS,
                    0.5f64,
                ),
            ),
        ::asymmetric::__private_0_1_0::property(
                "station",
                <String as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <String as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <String as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .defaulting_to(
                ::asymmetric::__private_0_1_0::default_string(
                    <String as ::asymmetric::__private_0_1_0::DefaultsTo<
                        ::asymmetric::__private_0_1_0::str,
                    >>::FITS,
                    "KJFK",
                ),
            ),
    ];
    const SCHEMA: ::asymmetric::__private_0_1_0::ObjectSchema = ::asymmetric::__private_0_1_0::ObjectSchema::new(
        "Reading",
        <Self as ::asymmetric::__private_0_1_0::AsymmetricObject>::PROPERTIES,
    );
    fn encode_properties(
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
                <i64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.id,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <i64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0_id\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "_id",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                <bool as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.manual,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <bool as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0manual\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "manual",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::minimum(
                    <i32 as ::asymmetric::__private_0_1_0::Number>::number(
                        &self.channel,
                    ),
                    const {
                        ::asymmetric::__private_0_1_0::whole(
                            <i32 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            -1i64,
                        )
                    },
                    false,
                ),
                "channel",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <i32 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.channel,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <i32 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0channel\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "channel",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                <f64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.weight,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <f64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0weight\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "weight",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                <String as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.station,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <String as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0station\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "station",
            )?;
        }
        ::asymmetric::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[doc(hidden)]
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for Reading
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading>,
{
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = ::asymmetric::__private_0_1_0::PropertyType::Mixed;
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = 0;
    fn encode(
        &self,
        _: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        ::asymmetric::__private_0_1_0::Result::Ok(())
    }
}
#[doc(hidden)]
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::ListElement for Reading
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading>,
{}
#[doc(hidden)]
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::SetElement for Reading
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading>,
{}
