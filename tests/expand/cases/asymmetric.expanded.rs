use asymmetric::{ObjectId, asymmetric};
/// One reading of one station.
pub struct Reading<'a> {
    pub retry_count: i32,
    pub id: ObjectId,
    pub station: &'a str,
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::AsymmetricObject for Reading<'a> {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
            "_id",
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            <ObjectId as ::asymmetric::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
        ),
        ::asymmetric::__private_0_1_0::with_default(
            ::asymmetric::__private_0_1_0::property(
                    "retryCount",
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
                                0i64,
                            ),
                            false,
                        ),
                ),
            <<i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant as ::asymmetric::__private_0_1_0::DefaultConstant<
                Self,
                1usize,
            >>::DEFAULT,
        ),
        ::asymmetric::__private_0_1_0::property(
            "station",
            <&'a str as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <&'a str as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
    ];
    const SCHEMA: ::asymmetric::__private_0_1_0::ObjectSchema = ::asymmetric::__private_0_1_0::ObjectSchema::new(
            "Reading",
            <Self as ::asymmetric::__private_0_1_0::AsymmetricObject>::PROPERTIES,
        )
        .described("One reading of one station.")
        .in_database("telemetry");
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
                <ObjectId as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.id,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <ObjectId as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
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
                ::asymmetric::__private_0_1_0::minimum(
                    <i32 as ::asymmetric::__private_0_1_0::Number>::number(
                        &self.retry_count,
                    ),
                    const {
                        ::asymmetric::__private_0_1_0::whole(
                            <i32 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            0i64,
                        )
                    },
                    false,
                ),
                "retryCount",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <i32 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.retry_count,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <i32 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0retryCount\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "retryCount",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                <&'a str as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.station,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <&'a str as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
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
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::StatesDefault<1usize> for Reading<'a> {
    type Constant = <i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const CONSTANT: <i32 as ::asymmetric::__private_0_1_0::Defaultable>::Constant = 1;
}
#[doc(hidden)]
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Property for Reading<'a>
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading<'a>>,
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
impl<'a> ::asymmetric::__private_0_1_0::ListElement for Reading<'a>
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading<'a>>,
{}
#[doc(hidden)]
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::SetElement for Reading<'a>
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<Reading<'a>>,
{}
