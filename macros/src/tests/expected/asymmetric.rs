/// One reading of one station.
#[derive(Debug)]
pub struct WeatherSensor {
    pub device_id: String,
    /// Made on the device.
    pub id: ObjectId,
    #[cfg(feature = "wind")]
    wind: Option<Wind>,
    cache: Cache,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::AsymmetricObject for WeatherSensor {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
                "_id",
                <ObjectId as ::asymmetric::__private_0_1_0::Property>::TYPE,
                <ObjectId as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
                <ObjectId as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
                <ObjectId as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
                <ObjectId as ::asymmetric::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
            )
            .described("Made on the device."),
        ::asymmetric::__private_0_1_0::property(
            "deviceId",
            <String as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <String as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <String as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <String as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
        #[cfg(feature = "wind")]
        ::asymmetric::__private_0_1_0::property(
            "wind",
            <Option<Wind> as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <Option<Wind> as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <Option<Wind> as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <Option<Wind> as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            true,
        ),
    ];
    const SCHEMA: ::asymmetric::__private_0_1_0::ObjectSchema = ::asymmetric::__private_0_1_0::ObjectSchema::new(
            "WeatherSensor",
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
                <String as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.device_id,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <String as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0deviceId\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "deviceId",
            )?;
        }
        #[cfg(feature = "wind")]
        {
            ::asymmetric::__private_0_1_0::at(
                <Option<
                    Wind,
                > as ::asymmetric::__private_0_1_0::Property>::encode_element(
                    &self.wind,
                    const {
                        &::asymmetric::__private_0_1_0::header(
                            <Option<
                                Wind,
                            > as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE,
                            *b"\0wind\0",
                        )
                    },
                    __asymmetric_out,
                ),
                "wind",
            )?;
        }
        ::asymmetric::__private_0_1_0::finish(__asymmetric_start, __asymmetric_out)
    }
}
#[doc(hidden)]
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for WeatherSensor
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<WeatherSensor>,
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
impl ::asymmetric::__private_0_1_0::ListElement for WeatherSensor
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<WeatherSensor>,
{}
#[doc(hidden)]
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::SetElement for WeatherSensor
where
    for<'__asymmetric> ::asymmetric::__private_0_1_0::AnotherObject<
        '__asymmetric,
    >: ::asymmetric::__private_0_1_0::MayHold<WeatherSensor>,
{}
::asymmetric::__private_0_1_0::json_schema! {
    class AsymmetricObject[] [WeatherSensor] []
}
