/// What is sent.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct Telemetry;
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Schema for Telemetry {
    const REALM: ::asymmetric::__private_0_1_0::RealmSchema = {
        const CLASSES: &[::asymmetric::__private_0_1_0::ObjectSchema] = &[
            <WeatherSensor as ::asymmetric::__private_0_1_0::AsymmetricObject>::SCHEMA,
            <crate::models::Press<
                '_,
            > as ::asymmetric::__private_0_1_0::AsymmetricObject>::SCHEMA,
        ];
        const _: () = ::asymmetric::__private_0_1_0::assert_distinct(CLASSES, 1usize);
        ::asymmetric::__private_0_1_0::RealmSchema::new(CLASSES)
    };
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::MemberOf<Telemetry> for WeatherSensor
where
    for<'__asymmetric> Self: ::asymmetric::__private_0_1_0::AsymmetricObject,
{
    const INDEX: ::asymmetric::__private_0_1_0::usize = 0usize;
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::MemberOf<Telemetry> for crate::models::Press<'_>
where
    for<'__asymmetric> Self: ::asymmetric::__private_0_1_0::AsymmetricObject,
{
    const INDEX: ::asymmetric::__private_0_1_0::usize = 1usize;
}
