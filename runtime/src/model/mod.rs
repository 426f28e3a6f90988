//! What a type must be to live in an asymmetric object, in a realm, in a realm schema.
//!
//! The traits here are implemented by [`#[asymmetric]`](crate::asymmetric),
//! [`#[embedded]`](crate::embedded), [`realm_schema!`](crate::realm_schema) and the derives
//! [`Property`](derive@crate::Property) and [`PropertyEnum`](crate::PropertyEnum). They know
//! nothing of files or networks, so that a build script can compile the same models cheaply.
//!
//! Values are encoded as BSON straight into the buffer of the transaction: no intermediate
//! document, no allocation per object. Every object starts with its `_id`, wherever the struct
//! declares it; the other properties follow in the order of declaration.
//!
//! | trait | says of a type that it |
//! |---|---|
//! | [`AsymmetricObject`] | is a class: its values are asymmetric objects |
//! | [`EmbeddedObject`] | is an embedded class |
//! | [`LinkedObject`] | names a class whose objects live elsewhere |
//! | [`Schema`], [`MemberOf`] | is a realm schema; is a class of one |
//! | [`Property`] | can be a property |
//! | [`ListElement`], [`SetElement`], [`MapKey`] | can be part of a collection |
//! | [`PrimaryKey`], [`DateProperty`] | can be the `_id`; can be the time of a time series |
//! | [`Number`], [`Fractional`], [`Text`], [`Items`] | can be constrained as a number, a string, a collection |
//! | [`Defaultable`] | can have a default |

mod constraint;
#[doc(hidden)]
pub mod declare;
mod default;
mod document;
mod invalid;
mod json_schema;
mod link;
mod locked;
mod object;
mod object_id;
mod pattern;
#[doc(hidden)]
pub mod private;
mod property;
mod realm;
mod refusal;
mod types;

pub use constraint::{Fractional, Items, Number, Numeral, Text};
pub use default::Defaultable;
pub use invalid::{InvalidObject, InvalidValue};
pub use link::{Link, LinkedObject};
pub use object::{AsymmetricObject, EmbeddedObject};
pub use object_id::{ObjectId, ParseObjectIdError};
pub use property::{DateProperty, ListElement, MapKey, PrimaryKey, Property, SetElement};
pub use realm::{MemberOf, Schema};
pub use refusal::{AnEmbeddedObject, AnotherObject, MayHold, Nothing};
