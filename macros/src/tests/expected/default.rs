struct Reading {
    id: i64,
    manual: bool,
    channel: i32,
    weight: f64,
    station: String,
    retries: i64,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::AsymmetricObject for Reading {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
            "_id",
            <i64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <i64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <i64 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <i64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            <i64 as ::asymmetric::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
        ),
        ::asymmetric::__private_0_1_0::with_default(
            ::asymmetric::__private_0_1_0::property(
                "manual",
                <bool as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <bool as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <bool as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <bool as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            ),
            <<bool as ::asymmetric::__private_0_1_0::Defaultable>::Constant as ::asymmetric::__private_0_1_0::DefaultConstant<
                Self,
                1usize,
            >>::DEFAULT,
        ),
        ::asymmetric::__private_0_1_0::with_default(
            ::asymmetric::__private_0_1_0::property(
                    "channel",
                    <i32 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                    <i32 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                    <i32 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
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
                ),
            <<i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant as ::asymmetric::__private_0_1_0::DefaultConstant<
                Self,
                2usize,
            >>::DEFAULT,
        ),
        ::asymmetric::__private_0_1_0::with_default(
            ::asymmetric::__private_0_1_0::property(
                "weight",
                <f64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <f64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <f64 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <f64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            ),
            <<f64 as ::asymmetric::__private_0_1_0::Defaultable>::Constant as ::asymmetric::__private_0_1_0::DefaultConstant<
                Self,
                3usize,
            >>::DEFAULT,
        ),
        ::asymmetric::__private_0_1_0::with_default(
            ::asymmetric::__private_0_1_0::property(
                "station",
                <String as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <String as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <String as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <String as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            ),
            <<String as ::asymmetric::__private_0_1_0::Defaultable>::Constant as ::asymmetric::__private_0_1_0::DefaultConstant<
                Self,
                4usize,
            >>::DEFAULT,
        ),
        ::asymmetric::__private_0_1_0::with_own_default(
            ::asymmetric::__private_0_1_0::property(
                "retries",
                <i64 as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <i64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <i64 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <i64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            ),
            <i64 as ::asymmetric::__private_0_1_0::Defaultable>::ZERO,
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
        {
            ::asymmetric::__private_0_1_0::at(
                <i64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.retries,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <i64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0retries\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "retries",
            )?;
        }
        ::asymmetric::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::StatesDefault<1usize> for Reading
where
    for<'__asymmetric> bool: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <bool as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const CONSTANT: <bool as ::asymmetric::__private_0_1_0::Defaultable>::Constant = false;
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::StatesDefault<2usize> for Reading
where
    for<'__asymmetric> i32: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const CONSTANT: <i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant = -1;
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::StatesDefault<3usize> for Reading
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <f64 as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const CONSTANT: <f64 as ::asymmetric::__private_0_1_0::Defaultable>::Constant = 0.5;
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::StatesDefault<4usize> for Reading
where
    for<'__asymmetric> String: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <String as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const CONSTANT: <String as ::asymmetric::__private_0_1_0::Defaultable>::Constant = "KJFK";
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
::asymmetric::__private_0_1_0::json_schema! {
    class AsymmetricObject[] [Reading] []
}
