use asymmetric::{ObjectId, asymmetric, realm_schema};
struct Reading {
    id: ObjectId,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::AsymmetricObject for Reading {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[
        ::asymmetric::__private_0_1_0::property(
            "_id",
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::TYPE,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::OPTIONAL,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL,
            <ObjectId as ::asymmetric::__private_0_1_0::Property>::ALLOWED,
            <ObjectId as ::asymmetric::__private_0_1_0::PrimaryKey>::IS_PRIMARY_KEY,
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
/// What is sent.
pub struct Telemetry;
#[automatically_derived]
#[doc(hidden)]
unsafe impl ::core::clone::TrivialClone for Telemetry {}
#[automatically_derived]
impl ::core::clone::Clone for Telemetry {
    #[inline]
    fn clone(&self) -> Telemetry {
        *self
    }
}
#[automatically_derived]
impl ::core::marker::Copy for Telemetry {}
#[automatically_derived]
impl ::core::fmt::Debug for Telemetry {
    #[inline]
    fn fmt(&self, f: &mut ::core::fmt::Formatter) -> ::core::fmt::Result {
        ::core::fmt::Formatter::write_str(f, "Telemetry")
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Schema for Telemetry {
    const REALM: ::asymmetric::__private_0_1_0::RealmSchema = {
        const CLASSES: &[::asymmetric::__private_0_1_0::ObjectSchema] = &[
            <Reading as ::asymmetric::__private_0_1_0::AsymmetricObject>::SCHEMA,
        ];
        ::asymmetric::__private_0_1_0::RealmSchema::new(CLASSES)
    };
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::MemberOf<Telemetry> for Reading
where
    for<'__asymmetric> Self: ::asymmetric::__private_0_1_0::AsymmetricObject,
{
    const INDEX: ::asymmetric::__private_0_1_0::usize = 0usize;
}
