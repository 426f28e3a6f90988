pub struct Reading {
    pub id: ObjectId,
    pub name: String,
    pub count: u64,
}
::core::compile_error! {
    "the struct has no attribute `titel`\n= help: did you mean `title`?"
}
::core::compile_error! {
    "a field has no attribute `minlength`\n= help: did you mean `min_length`?"
}
::core::compile_error! {
    "`limit` is a word of the query language and cannot name a property\n= help: give it another name: `#[asymmetric(rename = \"..\")]`"
}
::core::compile_error! {
    "MongoDB has no counterpart of `u64`\n= help: use `i64`, or `Decimal128` for numbers that do not fit"
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::AsymmetricObject for Reading {
    const PROPERTIES: &'static [::asymmetric::__private_0_1_0::PropertySchema] = &[];
    const SCHEMA: ::asymmetric::__private_0_1_0::ObjectSchema = ::asymmetric::__private_0_1_0::ObjectSchema::new(
        "Reading",
        &[],
    );
    fn encode_properties(
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
