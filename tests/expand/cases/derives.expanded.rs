use asymmetric::{Property, PropertyEnum};
#[property(rename_all = "snake_case")]
enum State {
    On,
    StandBy,
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for State {
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = ::asymmetric::__private_0_1_0::PropertyType::String;
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = ::asymmetric::__private_0_1_0::STRING;
    const ALLOWED: &'static [::asymmetric::__private_0_1_0::Shared<
        ::asymmetric::__private_0_1_0::str,
    >] = &[
        ::asymmetric::__private_0_1_0::Shared::Static("on"),
        ::asymmetric::__private_0_1_0::Shared::Static("stand_by"),
    ];
    fn encode(
        &self,
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        ::asymmetric::__private_0_1_0::encode_text(
            match self {
                Self::On => "on",
                Self::StandBy => "stand_by",
            },
            out,
        )
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::ListElement for State {}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::SetElement for State {}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Defaultable for State {
    type Constant = &'static ::asymmetric::__private_0_1_0::str;
    const ZERO: ::asymmetric::__private_0_1_0::DefaultValue = ::asymmetric::__private_0_1_0::EMPTY_TEXT;
}
struct Celsius(f64);
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for Celsius {
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = <f64 as ::asymmetric::__private_0_1_0::Property>::TYPE;
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = <f64 as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE;
    const OPTIONAL: ::asymmetric::__private_0_1_0::bool = <f64 as ::asymmetric::__private_0_1_0::Property>::OPTIONAL;
    const TWICE_OPTIONAL: ::asymmetric::__private_0_1_0::bool = <f64 as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL;
    const ITEM_TYPE: ::asymmetric::__private_0_1_0::PropertyType = <f64 as ::asymmetric::__private_0_1_0::Property>::ITEM_TYPE;
    const ALLOWED: &'static [::asymmetric::__private_0_1_0::Shared<
        ::asymmetric::__private_0_1_0::str,
    >] = <f64 as ::asymmetric::__private_0_1_0::Property>::ALLOWED;
    fn encode(
        &self,
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <f64 as ::asymmetric::__private_0_1_0::Property>::encode(&self.0, out)
    }
    fn encode_element(
        &self,
        header: &[::asymmetric::__private_0_1_0::u8],
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <f64 as ::asymmetric::__private_0_1_0::Property>::encode_element(
            &self.0,
            header,
            out,
        )
    }
    fn encode_item(
        &self,
        header: &[::asymmetric::__private_0_1_0::u8],
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <f64 as ::asymmetric::__private_0_1_0::Property>::encode_item(
            &self.0,
            header,
            out,
        )
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::ListElement for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::ListElement,
{}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::SetElement for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::SetElement,
{}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::PrimaryKey for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::PrimaryKey,
{}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::DateProperty for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::DateProperty,
{}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Fractional for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Fractional,
{}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Number for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Number,
{
    const WHOLE: ::asymmetric::__private_0_1_0::bool = <f64 as ::asymmetric::__private_0_1_0::Number>::WHOLE;
    fn number(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<::asymmetric::__private_0_1_0::Numeral> {
        <f64 as ::asymmetric::__private_0_1_0::Number>::number(&self.0)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Text for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Text,
{
    fn text(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<&::asymmetric::__private_0_1_0::str> {
        <f64 as ::asymmetric::__private_0_1_0::Text>::text(&self.0)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::MapKey for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::MapKey,
{
    fn as_key(&self) -> &::asymmetric::__private_0_1_0::str {
        <f64 as ::asymmetric::__private_0_1_0::MapKey>::as_key(&self.0)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Items for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Items,
{
    fn item_count(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<::asymmetric::__private_0_1_0::usize> {
        <f64 as ::asymmetric::__private_0_1_0::Items>::item_count(&self.0)
    }
}
#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Defaultable for Celsius
where
    for<'__asymmetric> f64: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <f64 as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const ZERO: ::asymmetric::__private_0_1_0::DefaultValue = <f64 as ::asymmetric::__private_0_1_0::Defaultable>::ZERO;
}
