//! What a request knows before it has seen a document.

use bson::{Bson, RawBson, RawDocumentBuf, raw::RawBsonRef};

use crate::query::{Path, get};

/// The user, the values and whatever else expansions may name.
#[derive(Clone, Debug)]
pub(crate) struct Scope<'a> {
    known: RawDocumentBuf,
    pub(super) functions: &'a dyn Functions,
}

/// Functions of the app, as rules call them.
pub(crate) trait Functions: std::fmt::Debug + Send + Sync {
    /// Calls a function and waits for it. Blocks.
    fn call(&self, name: &str, arguments: Vec<Bson>) -> Result<Bson, String>;
}

/// No functions at all.
#[derive(Debug)]
pub(crate) struct NoFunctions;

impl Functions for NoFunctions {
    fn call(&self, _: &str, _: Vec<Bson>) -> Result<Bson, String> {
        Err("functions cannot be called here".to_owned())
    }
}

impl<'a> Scope<'a> {
    /// A scope without a user: everything that asks for one has no value.
    pub(crate) fn empty() -> Scope<'static> {
        Scope { known: RawDocumentBuf::new(), functions: &NoFunctions }
    }

    /// A scope that knows this: `user`, `values`, `environment`, `request`, `args`. Answers `None`
    /// if a key holds a NUL, which BSON cannot.
    pub(crate) fn new(known: &bson::Document, functions: &'a dyn Functions) -> Option<Self> {
        Some(Self { known: RawDocumentBuf::try_from(known).ok()?, functions })
    }

    pub(super) fn get(&self, path: &Path) -> Option<RawBson> {
        let root = RawBsonRef::Document(&self.known);
        if let Some(value) = get(root, path.segments()) {
            return Some(value.into());
        }
        // The path may lead through arrays: it means all values in their elements.
        let mut all = Vec::new();
        crate::query::any(root, path.segments(), &mut |value| {
            all.extend(Bson::try_from(value).ok());
            false
        });
        (!all.is_empty()).then(|| RawBson::try_from(Bson::Array(all)).ok()).flatten()
    }
}
