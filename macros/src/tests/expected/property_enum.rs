#[automatically_derived]
impl ::asymmetric::__private_0_1_0::Property for State {
    const TYPE: ::asymmetric::__private_0_1_0::PropertyType = ::asymmetric::__private_0_1_0::PropertyType::String;
    const ELEMENT_TYPE: ::asymmetric::__private_0_1_0::u8 = ::asymmetric::__private_0_1_0::STRING;
    const ALLOWED: &'static [::asymmetric::__private_0_1_0::Shared<
        ::asymmetric::__private_0_1_0::str,
    >] = &[
        ::asymmetric::__private_0_1_0::Shared::Static("on"),
        ::asymmetric::__private_0_1_0::Shared::Static("OFF"),
        ::asymmetric::__private_0_1_0::Shared::Static("very-hot"),
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
                Self::Off => "OFF",
                Self::VeryHot => "very-hot",
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
::asymmetric::__private_0_1_0::json_schema! {
    property State[] [State] []
}
