//! Roles and rules: who may do what with which document.
//!
//! ```text
//! JSON ── compile ──▶ Rules ── select(scope) ──▶ Role of this request ── may_insert(document) ──▶ yes
//!      (once per app)       (once per request)                       (once per document)
//! ```
//!
//! Compiling finds every mistake of a rule. Selecting picks the first role that applies and puts
//! what the request knows (the user, the values of the app) into its expressions; what remains looks
//! at documents only, so that a request with many documents expands nothing twice.
//!
//! A value that does not exist equals nothing, not even another such value: a rule that compares an
//! absent property of a document with absent custom data denies. `{ "$exists": false }` asks for it.

mod bind;
mod collection;
mod compile;
mod error;
mod evaluate;
mod expression;
#[cfg(test)]
mod listed;
mod permissions;
mod query;
mod role;
mod scope;
#[cfg(test)]
mod soup;
mod sync;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    collection::{Filters, Rules},
    error::{CallError, CompileError},
    expression::{Documents, Expression},
    permissions::Denied,
    role::Role,
    scope::{Functions, NoFunctions, Scope},
    sync::Incompatible,
};
