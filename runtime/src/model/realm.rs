//! Realm schemas, and the classes they list.

pub use asymmetric_schema::Schema;

use super::AsymmetricObject;

/// A class that the realm schema `S` lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a class of the realm schema `{S}`",
    label = "a realm of schema `{S}` cannot hold this",
    note = "add the class to the list: `realm_schema! {{ struct {S} = [.., {Self}]; }}`",
    note = "only structs under `#[asymmetric]` can be listed"
)]
pub trait MemberOf<S: Schema>: AsymmetricObject {
    /// Position of the class in [`Schema::REALM`].
    const INDEX: usize;
}
