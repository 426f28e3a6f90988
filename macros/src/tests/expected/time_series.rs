struct Reading {
    id: ObjectId,
    taken_at: DateTime,
    device: String,
}
#[automatically_derived]
impl other::name::__private_0_1_0::AsymmetricObject for Reading {
    const PROPERTIES: &'static [other::name::__private_0_1_0::PropertySchema] = &[
        other::name::__private_0_1_0::property(
            "_id",
            <ObjectId as other::name::__private_0_1_0::Property>::TYPE,
            <ObjectId as other::name::__private_0_1_0::Property>::OPTIONAL,
            <ObjectId as other::name::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <ObjectId as other::name::__private_0_1_0::Property>::ALLOWED,
            <ObjectId as other::name::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
        ),
        other::name::__private_0_1_0::property(
            "at",
            <DateTime as other::name::__private_0_1_0::Property>::TYPE,
            <DateTime as other::name::__private_0_1_0::Property>::OPTIONAL,
            <DateTime as other::name::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <DateTime as other::name::__private_0_1_0::Property>::ALLOWED,
            <DateTime as other::name::__private_0_1_0::DateProperty>::IS_DATE,
        ),
        other::name::__private_0_1_0::property(
            "device",
            <String as other::name::__private_0_1_0::Property>::TYPE,
            <String as other::name::__private_0_1_0::Property>::OPTIONAL,
            <String as other::name::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <String as other::name::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
    ];
    const SCHEMA: other::name::__private_0_1_0::ObjectSchema = other::name::__private_0_1_0::ObjectSchema::new(
            "Reading",
            <Self as other::name::__private_0_1_0::AsymmetricObject>::PROPERTIES,
        )
        .as_time_series(other::name::__private_0_1_0::TimeSeries {
            time: other::name::__private_0_1_0::Shared::Static("at"),
            meta: other::name::__private_0_1_0::Option::Some(
                other::name::__private_0_1_0::Shared::Static("device"),
            ),
            granularity: other::name::__private_0_1_0::Granularity::Hours,
        });
    fn encode_properties(
        &self,
        __asymmetric_out: &mut other::name::__private_0_1_0::Vec<
            other::name::__private_0_1_0::u8,
        >,
    ) -> other::name::__private_0_1_0::Result<
        (),
        other::name::__private_0_1_0::InvalidValue,
    > {
        let __asymmetric_start = other::name::__private_0_1_0::begin(__asymmetric_out);
        {
            other::name::__private_0_1_0::at(
                <ObjectId as other::name::__private_0_1_0::Property>::encode_element(
                    &self.id,
                    const {
                        &other::name::__private_0_1_0::header(
                            <ObjectId as other::name::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0_id\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "_id",
            )?;
        }
        {
            other::name::__private_0_1_0::at(
                <DateTime as other::name::__private_0_1_0::Property>::encode_element(
                    &self.taken_at,
                    const {
                        &other::name::__private_0_1_0::header(
                            <DateTime as other::name::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0at\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "at",
            )?;
        }
        {
            other::name::__private_0_1_0::at(
                <String as other::name::__private_0_1_0::Property>::encode_element(
                    &self.device,
                    const {
                        &other::name::__private_0_1_0::header(
                            <String as other::name::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0device\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "device",
            )?;
        }
        other::name::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[doc(hidden)]
#[automatically_derived]
impl other::name::__private_0_1_0::Property for Reading
where
    for<'__asymmetric> other::name::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: other::name::__private_0_1_0::MayHold<Reading>,
{
    const TYPE: other::name::__private_0_1_0::PropertyType = other::name::__private_0_1_0::PropertyType::Mixed;
    const ELEMENT_TYPE: other::name::__private_0_1_0::u8 = 0;
    fn encode(
        &self,
        _: &mut other::name::__private_0_1_0::Vec<other::name::__private_0_1_0::u8>,
    ) -> other::name::__private_0_1_0::Result<
        (),
        other::name::__private_0_1_0::InvalidValue,
    > {
        other::name::__private_0_1_0::Result::Ok(())
    }
}
#[doc(hidden)]
#[automatically_derived]
impl other::name::__private_0_1_0::ListElement for Reading
where
    for<'__asymmetric> other::name::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: other::name::__private_0_1_0::MayHold<Reading>,
{}
#[doc(hidden)]
#[automatically_derived]
impl other::name::__private_0_1_0::SetElement for Reading
where
    for<'__asymmetric> other::name::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: other::name::__private_0_1_0::MayHold<Reading>,
{}
other::name::__private_0_1_0::json_schema! {
    class AsymmetricObject[] [Reading] []
}
