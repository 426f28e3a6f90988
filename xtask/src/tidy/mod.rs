//! House rules as a program.
//!
//! Each module holds one kind of rule: a function from what it looks at to complaints, so that the
//! rules are tested on made-up input and the program only gathers the real one.

mod arrows;
mod docs;
mod files;
mod manifest;
mod metadata;
mod run;
mod text;

pub(crate) use run::tidy;
