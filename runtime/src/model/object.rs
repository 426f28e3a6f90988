//! Classes: asymmetric and embedded.

use asymmetric_schema::{EmbeddedSchema, ObjectSchema, PropertySchema};

use super::{InvalidObject, InvalidValue};

/// An asymmetric object: a value of a struct under [`#[asymmetric]`](crate::asymmetric).
///
/// The attribute implements this trait; nothing else should.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no asymmetric class",
    label = "not declared with `#[asymmetric]`",
    note = "put `#[asymmetric]` on the struct, and mark its key `#[asymmetric(primary_key)]`"
)]
pub trait AsymmetricObject {
    /// The properties: `_id` first, the others in the order of declaration.
    const PROPERTIES: &'static [PropertySchema];

    /// The class: its properties and where its objects land in MongoDB.
    const SCHEMA: ObjectSchema;

    /// Appends the object as a BSON document that starts with `_id`.
    ///
    /// # Errors
    ///
    /// A property holds a value that breaks one of its rules. What was appended by then is no
    /// document and must be cut off by the caller.
    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidObject> {
        self.encode_properties(out).map_err(|reason| InvalidObject::new(Self::SCHEMA.title, reason))
    }

    /// The same, with an error that does not name the class.
    #[doc(hidden)]
    fn encode_properties(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue>;
}

/// An object that lives inside another: a value of a struct under
/// [`#[embedded]`](crate::embedded).
///
/// The attribute implements this trait; nothing else should.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no embedded class",
    label = "not declared with `#[embedded]`",
    note = "put `#[embedded]` on the struct"
)]
pub trait EmbeddedObject {
    /// The properties in the order of declaration.
    const PROPERTIES: &'static [PropertySchema];

    /// The class: its properties.
    const SCHEMA: EmbeddedSchema;

    /// Appends the object as a BSON document.
    ///
    /// # Errors
    ///
    /// A property holds a value that breaks one of its rules.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue>;
}
