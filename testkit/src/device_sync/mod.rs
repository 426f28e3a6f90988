//! What a Realm client does: changesets written as its encoder writes them, and the client itself.

mod changeset;
mod object;

pub use changeset::ChangesetWriter;
