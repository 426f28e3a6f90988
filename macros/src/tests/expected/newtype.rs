#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Property for Name<'a> {
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = <&'a str as ::asymmetric::__private_0_1_0::Property>::TYPE;
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = <&'a str as ::asymmetric::__private_0_1_0::Property>::ELEMENT_TYPE;
    const OPTIONAL: ::asymmetric::__private_0_1_0::bool = <&'a str as ::asymmetric::__private_0_1_0::Property>::OPTIONAL;
    const TWICE_OPTIONAL: ::asymmetric::__private_0_1_0::bool = <&'a str as ::asymmetric::__private_0_1_0::Property>::TWICE_OPTIONAL;
    const ITEM_TYPE: ::asymmetric::__private_0_1_0::PropertyType = <&'a str as ::asymmetric::__private_0_1_0::Property>::ITEM_TYPE;
    const ALLOWED: &'static [::asymmetric::__private_0_1_0::Shared<
        ::asymmetric::__private_0_1_0::str,
    >] = <&'a str as ::asymmetric::__private_0_1_0::Property>::ALLOWED;
    fn encode(
        &self,
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <&'a str as ::asymmetric::__private_0_1_0::Property>::encode(&self.0, out)
    }
    fn encode_element(
        &self,
        header: &[::asymmetric::__private_0_1_0::u8],
        out: &mut ::asymmetric::__private_0_1_0::Vec<::asymmetric::__private_0_1_0::u8>,
    ) -> ::asymmetric::__private_0_1_0::Result<
        (),
        ::asymmetric::__private_0_1_0::InvalidValue,
    > {
        <&'a str as ::asymmetric::__private_0_1_0::Property>::encode_element(
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
        <&'a str as ::asymmetric::__private_0_1_0::Property>::encode_item(
            &self.0,
            header,
            out,
        )
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::ListElement for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::ListElement,
{}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::SetElement for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::SetElement,
{}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::PrimaryKey for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::PrimaryKey,
{}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::DateProperty for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::DateProperty,
{}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Fractional for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::Fractional,
{}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Number for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::Number,
{
    const WHOLE: ::asymmetric::__private_0_1_0::bool = <&'a str as ::asymmetric::__private_0_1_0::Number>::WHOLE;
    fn number(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<::asymmetric::__private_0_1_0::Numeral> {
        <&'a str as ::asymmetric::__private_0_1_0::Number>::number(&self.0)
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Text for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::Text,
{
    fn text(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<&::asymmetric::__private_0_1_0::str> {
        <&'a str as ::asymmetric::__private_0_1_0::Text>::text(&self.0)
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::MapKey for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::MapKey,
{
    fn as_key(&self) -> &::asymmetric::__private_0_1_0::str {
        <&'a str as ::asymmetric::__private_0_1_0::MapKey>::as_key(&self.0)
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Items for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::Items,
{
    fn item_count(
        &self,
    ) -> ::asymmetric::__private_0_1_0::Option<::asymmetric::__private_0_1_0::usize> {
        <&'a str as ::asymmetric::__private_0_1_0::Items>::item_count(&self.0)
    }
}
#[automatically_derived]
impl<'a> ::asymmetric::__private_0_1_0::Defaultable for Name<'a>
where
    for<'__asymmetric> &'a str: ::asymmetric::__private_0_1_0::Defaultable,
{
    type Constant = <&'a str as ::asymmetric::__private_0_1_0::Defaultable>::Constant;
    const ZERO: ::asymmetric::__private_0_1_0::DefaultValue = <&'a str as ::asymmetric::__private_0_1_0::Defaultable>::ZERO;
}
::asymmetric::__private_0_1_0::json_schema! {
    property Name[< 'a >] [Name < 'a >] []
}
