//! The macros, with their documentation: here its examples compile.

#[doc = include_str!("docs/asymmetric.md")]
#[doc(inline)]
pub use asymmetric_macros::asymmetric;

#[doc = include_str!("docs/embedded.md")]
#[doc(inline)]
pub use asymmetric_macros::embedded;

#[doc = include_str!("docs/realm_schema.md")]
#[doc(inline)]
pub use asymmetric_macros::realm_schema;

#[doc = include_str!("docs/property.md")]
#[doc(inline)]
pub use asymmetric_macros::Property;

#[doc = include_str!("docs/property_enum.md")]
#[doc(inline)]
pub use asymmetric_macros::PropertyEnum;
