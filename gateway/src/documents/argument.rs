//! The argument of an operation, under the names that the two interfaces have for it.

use bson::{Bson, Document};

use super::DocumentsError;

/// A document with `database`, `collection` and whatever else an operation takes.
#[derive(Debug)]
pub(crate) struct Argument(Document);

impl Argument {
    pub(crate) fn new(argument: Bson) -> Result<Self, DocumentsError> {
        match argument {
            Bson::Document(document) => Ok(Self(document)),
            _ => Err(DocumentsError::Argument("the argument must be an object".to_owned())),
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, DocumentsError> {
        self.0
            .get_str(name)
            .map_err(|_| DocumentsError::Argument(format!("`{name}` must be a string")))
    }

    /// A text under a name of any case.
    pub(crate) fn text_ignoring_case(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.find_map(|(_, value)| value.as_str())
    }

    /// The argument as functions of the app may see it: without a credential.
    pub(crate) fn shown(&self) -> Bson {
        const SECRET: [&str; 4] = ["apikey", "api-key", "password", "jwttokenstring"];
        let secret = |key: &str| SECRET.iter().any(|secret| key.eq_ignore_ascii_case(secret));
        let shown = self.0.iter().filter(|(key, _)| !secret(key));
        shown.map(|(key, value)| (key.clone(), value.clone())).collect::<Document>().into()
    }

    /// A document under any of these names; an empty one, if there is none.
    pub(super) fn document(&self, names: &[&str]) -> Result<Document, DocumentsError> {
        match self.any(names) {
            None => Ok(Document::new()),
            Some((_, Bson::Document(document))) => Ok(document.clone()),
            Some((name, _)) => Err(DocumentsError::Argument(format!("`{name}` must be an object"))),
        }
    }

    /// The same, if there must be one.
    pub(super) fn required(&self, names: &[&str]) -> Result<Document, DocumentsError> {
        match (self.any(names), names.first()) {
            (None, Some(name)) => Err(DocumentsError::Argument(format!("there is no `{name}`"))),
            _ => self.document(names),
        }
    }

    pub(super) fn documents(&self, name: &str) -> Result<Vec<Document>, DocumentsError> {
        let wrong = || DocumentsError::Argument(format!("`{name}` must be a list of objects"));
        let list = self.0.get_array(name).map_err(|_| wrong())?;
        list.iter().map(|value| value.as_document().cloned().ok_or_else(wrong)).collect()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get_bool(name).unwrap_or(false)
    }

    /// A whole number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, DocumentsError> {
        let number = match self.0.get(name) {
            None | Some(Bson::Null) => return Ok(None),
            Some(Bson::Int32(number)) => u64::try_from(*number).ok(),
            Some(Bson::Int64(number)) => u64::try_from(*number).ok(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number in range"
            )]
            Some(Bson::Double(number)) if number.fract() == 0.0 && (0.0..1e15).contains(number) => {
                Some(*number as u64)
            }
            Some(_) => None,
        };
        let wrong = || DocumentsError::Argument(format!("`{name}` must be a whole number"));
        number.map(Some).ok_or_else(wrong)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| *value != Bson::Null)
    }

    fn any<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &Bson)> {
        names.iter().find_map(|name| match self.0.get(name) {
            None | Some(Bson::Null) => None,
            Some(value) => Some((*name, value)),
        })
    }
}
