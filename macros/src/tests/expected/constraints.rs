struct Reading {
    id: i64,
    celsius: f64,
    name: Option<String>,
    samples: Vec<f64>,
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
        ::asymmetric::__private_0_1_0::property(
                "celsius",
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
                            -40i64,
                        ),
                        false,
                    )
                    .with_maximum(
                        ::asymmetric::__private_0_1_0::fraction(
                            <f64 as ::asymmetric::__private_0_1_0::Fractional>::HAS_FRACTIONS,
                            60.5f64,
                        ),
                        true,
                    ),
            ),
        ::asymmetric::__private_0_1_0::property(
                "name",
                <Option<String> as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <Option<String> as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <Option<
                    String,
                > as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <Option<String> as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .constrained(
                ::asymmetric::__private_0_1_0::Constraints::NONE
                    .with_min_length(1u64)
                    .with_max_length(8u64)
                    .with_pattern("^[a-z]+$"),
            ),
        ::asymmetric::__private_0_1_0::property(
                "samples",
                <Vec<f64> as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <Vec<f64> as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <Vec<f64> as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <Vec<f64> as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                true,
            )
            .constrained(
                ::asymmetric::__private_0_1_0::Constraints::NONE
                    .with_min_items(1u64)
                    .with_max_items(2u64),
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
                ::asymmetric::__private_0_1_0::minimum(
                    <f64 as ::asymmetric::__private_0_1_0::Number>::number(
                        &self.celsius,
                    ),
                    const {
                        ::asymmetric::__private_0_1_0::whole(
                            <f64 as ::asymmetric::__private_0_1_0::Number>::WHOLE,
                            -40i64,
                        )
                    },
                    false,
                ),
                "celsius",
            )?;
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::maximum(
                    <f64 as ::asymmetric::__private_0_1_0::Number>::number(
                        &self.celsius,
                    ),
                    const {
                        ::asymmetric::__private_0_1_0::fraction(
                            <f64 as ::asymmetric::__private_0_1_0::Fractional>::HAS_FRACTIONS,
                            60.5f64,
                        )
                    },
                    true,
                ),
                "celsius",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <f64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.celsius,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <f64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0celsius\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "celsius",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::min_length(
                    <Option<
                        String,
                    > as ::asymmetric::__private_0_1_0::Text>::text(&self.name),
                    1u64,
                ),
                "name",
            )?;
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::max_length(
                    <Option<
                        String,
                    > as ::asymmetric::__private_0_1_0::Text>::text(&self.name),
                    8u64,
                ),
                "name",
            )?;
            ::asymmetric::__private_0_1_0::at(
                {
                    static __ASYMMETRIC_PATTERN: ::asymmetric::__private_0_1_0::Pattern = ::asymmetric::__private_0_1_0::Pattern::new(
                        "^[a-z]+$",
                    );
                    __ASYMMETRIC_PATTERN
                        .check(
                            <Option<
                                String,
                            > as ::asymmetric::__private_0_1_0::Text>::text(&self.name),
                        )
                },
                "name",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <Option<
                    String,
                > as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.name,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <Option<
                                String,
                            > as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0name\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "name",
            )?;
        }
        {
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::min_items(
                    <Vec<
                        f64,
                    > as ::asymmetric::__private_0_1_0::Items>::item_count(
                        &self.samples,
                    ),
                    1u64,
                ),
                "samples",
            )?;
            ::asymmetric::__private_0_1_0::at(
                ::asymmetric::__private_0_1_0::max_items(
                    <Vec<
                        f64,
                    > as ::asymmetric::__private_0_1_0::Items>::item_count(
                        &self.samples,
                    ),
                    2u64,
                ),
                "samples",
            )?;
            ::asymmetric::__private_0_1_0::at(
                <Vec<
                    f64,
                > as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.samples,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <Vec<
                                f64,
                            > as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0samples\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "samples",
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
::asymmetric::__private_0_1_0::json_schema! {
    class AsymmetricObject[] [Reading] []
}
