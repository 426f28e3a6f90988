//! The classes of an app: where their objects go, and what is asked of each object.
//!
//! Everything that can be known before an object comes is compiled once per configuration. An
//! upload looks its classes up, picks the role of its user for each ([`Classes::admission`]), and
//! asks the [`Admission`] about every document.
//!
//! A batch names the version of each class that its objects were written with, by a fingerprint.
//! If the schema lock knows the version, the objects are held against that one: a device in the
//! field cannot know what was decided later. What a newer version requires, and an older one does
//! not have, is filled in: its `default`, or the zero of its type. Of a version that nobody knows,
//! objects are held against the schema of today.

mod admission;
mod compile;
mod expressions;
mod fill;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    admission::{Admission, Refused},
    compile::{Classes, MadeAs},
    expressions::Expressions,
};

/// How the objects of a class come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// By an upload of an outbox.
    Outbox,
    /// By Device Sync, which picks a role before it has seen a document, and so knows fewer of them.
    DeviceSync,
}
