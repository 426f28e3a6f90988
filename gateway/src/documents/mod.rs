//! What clients do with documents, by the rules of their app: the remote MongoDB service and the
//! Data API.
//!
//! Every operation goes the same way: the collection is opened, which picks the role; documents are
//! searched in the store with what the role and the filters add to the query; each document is
//! looked at again by the role, whatever the store answered. A change is computed here, checked here,
//! and put in the place of the document that was read, or tried again if that is another by then.
//!
//! Of an asymmetric collection only inserts are served. A development app has only such; it is also
//! told how many documents there are, so that a program can see its own work.

mod aggregate;
mod argument;
mod change;
mod collection;
mod error;
mod insert;
mod merge;
mod operation;
mod read;
mod search;

pub(crate) use self::{
    argument::Argument, collection::Collection, error::DocumentsError, operation::run,
};
