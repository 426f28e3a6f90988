//! What a role permits to do with the fields of a document.

use std::collections::BTreeMap;

use bson::{RawDocument, RawDocumentBuf, raw::RawBsonRef};
use serde_json::Value;

use super::{CallError, CompileError, Documents, Expression, Scope};
use crate::query::equal;

/// Reading and writing of a document or field. Writing includes reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Access {
    pub(super) read: Option<Expression>,
    pub(super) write: Option<Expression>,
}

/// Permissions of a document: for all of it, for fields, and for fields that are not named.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Permissions {
    pub(super) all: Access,
    pub(super) fields: BTreeMap<String, Permissions>,
    pub(super) additional: Access,
}

/// Why a request may not do what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// The role forbids the operation.
    #[error("{0} not permitted")]
    Operation(&'static str),
    /// The document is none that the role's `document_filters.write` lets through.
    #[error("{0} not permitted: the document is outside of what the role may write")]
    Filter(&'static str),
    /// The role forbids to write this field.
    #[error("{operation} not permitted: the role may not write the field `{field}`")]
    Field { operation: &'static str, field: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    Read,
    Write,
}

impl Access {
    pub(super) fn compile(value: &Value) -> Result<Self, CompileError> {
        let expression = |key: &str| match value.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Expression::compile(value).map(Some),
        };
        Ok(Self { read: expression("read")?, write: expression("write")? })
    }

    fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        let bind = |expression: &Option<Expression>| {
            expression.as_ref().map(|expression| expression.bind(scope)).transpose()
        };
        Ok(Self { read: bind(&self.read)?, write: bind(&self.write)? })
    }

    fn is_unset(&self) -> bool {
        self.read.is_none() && self.write.is_none()
    }

    fn allows(&self, right: Right, documents: Documents<'_>) -> bool {
        let holds = |expression: &Option<Expression>| {
            expression.as_ref().is_some_and(|e| e.matches(documents))
        };
        holds(&self.write) || (right == Right::Read && holds(&self.read))
    }

    /// Whether it is allowed whatever the document is.
    fn always(&self, right: Right) -> bool {
        let yes = |expression: &Option<Expression>| *expression == Some(Expression::Constant(true));
        yes(&self.write) || (right == Right::Read && yes(&self.read))
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        [&self.read, &self.write].into_iter().flatten()
    }
}

impl Permissions {
    pub(super) fn compile(value: &Value) -> Result<Self, CompileError> {
        let mut fields = BTreeMap::new();
        match value.get("fields") {
            None | Some(Value::Null) => {}
            Some(Value::Object(named)) => {
                for (name, permissions) in named {
                    fields.insert(name.clone(), Self::compile(permissions)?);
                }
            }
            Some(_) => return Err(CompileError::shape("fields", "an object")),
        }
        let additional = value.get("additional_fields").map(Access::compile);
        Ok(Self {
            all: Access::compile(value)?,
            fields,
            additional: additional.transpose()?.unwrap_or_default(),
        })
    }

    pub(super) fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        let fields = self.fields.iter().map(|(name, field)| Ok((name.clone(), field.bind(scope)?)));
        Ok(Self {
            all: self.all.bind(scope)?,
            fields: fields.collect::<Result<_, CallError>>()?,
            additional: self.additional.bind(scope)?,
        })
    }

    pub(super) fn expressions(&self) -> Vec<&Expression> {
        let mut all: Vec<_> = self.all.expressions().chain(self.additional.expressions()).collect();
        all.extend(self.fields.values().flat_map(Self::expressions));
        all
    }

    pub(super) fn has_fields(&self) -> bool {
        !self.fields.is_empty() || !self.additional.is_unset()
    }

    /// Whether all of every document may be read.
    pub(super) fn shows_all(&self) -> bool {
        let always = |access: &Access| access.always(Right::Read);
        always(&self.all)
            || (always(&self.additional) && self.fields.values().all(|field| always(&field.all)))
    }

    /// Whether all of this field may be read, whatever the document is.
    pub(super) fn shows(&self, field: &str) -> bool {
        let own = || match self.fields.get(field) {
            _ if field == "_id" => self.has_fields(),
            Some(field) => field.all.always(Right::Read),
            None => self.additional.always(Right::Read),
        };
        self.shows_all() || own()
    }

    /// Whether any part of a document may be read.
    pub(super) fn shows_some(&self, documents: Documents<'_>) -> bool {
        self.has_fields() || self.all.allows(Right::Read, documents)
    }

    /// Whether what stands at a path of a document may be read, or would stand there.
    pub(super) fn shows_path(
        &self,
        path: &[&str],
        value: Option<RawBsonRef<'_>>,
        documents: Documents<'_>,
    ) -> bool {
        if self.all.allows(Right::Read, documents) {
            return true;
        }
        let Some((name, rest)) = path.split_first() else { return false };
        let inner = value.and_then(RawBsonRef::as_document);
        let value = inner.and_then(|inner| inner.get(name).ok().flatten());
        let documents = Documents { this: value, ..documents };
        match self.fields.get(*name) {
            Some(field) => field.shows_path(rest, value, documents),
            None => self.additional.allows(Right::Read, documents),
        }
    }

    /// What may be read of a document. `None` if that is nothing at all.
    pub(super) fn readable(&self, document: &RawDocument) -> Option<RawDocumentBuf> {
        self.readable_part(document, Documents::root(document), true)
    }

    fn readable_part(
        &self,
        part: &RawDocument,
        documents: Documents<'_>,
        top: bool,
    ) -> Option<RawDocumentBuf> {
        if self.all.allows(Right::Read, documents) {
            return Some(part.to_owned());
        }
        if !self.has_fields() {
            return None;
        }
        let mut readable = RawDocumentBuf::new();
        for (name, value) in part.iter().map_while(Result::ok) {
            let documents = Documents { this: Some(value), ..documents };
            let field = self.fields.get(name.as_str());
            let whole = match field {
                // A readable document has an identity.
                _ if top && name == "_id" => true,
                Some(field) => field.all.allows(Right::Read, documents),
                None => self.additional.allows(Right::Read, documents),
            };
            if whole {
                readable.append(name, value);
            } else if let (Some(field), RawBsonRef::Document(inner)) = (field, value)
                && let Some(inner) = field.readable_part(inner, documents, false)
            {
                readable.append(name, inner);
            }
        }
        Some(readable)
    }

    /// The first field that differs between two versions of a document and may not be written.
    /// A document that is not there has no fields.
    pub(super) fn unwritable(
        &self,
        before: Option<&RawDocument>,
        after: &RawDocument,
        documents: Documents<'_>,
    ) -> Option<String> {
        if self.all.allows(Right::Write, documents) {
            return None;
        }
        let removed = before.into_iter().flat_map(|before| before.iter().map_while(Result::ok));
        let removed = removed.filter(|(name, _)| after.get(name).ok().flatten().is_none());
        for (name, value) in after.iter().map_while(Result::ok).chain(removed) {
            let name = name.as_str();
            let old = before.and_then(|before| before.get(name).ok().flatten());
            let new = after.get(name).ok().flatten();
            let unchanged = matches!((old, new), (Some(old), Some(new)) if equal(old, new));
            // Every document has an `_id`; that it is not changed is the store's business.
            if unchanged || (name == "_id" && self.has_fields()) {
                continue;
            }
            let documents = Documents { this: new, previous: old, ..documents };
            let Some(field) = self.fields.get(name) else {
                if self.additional.allows(Right::Write, documents) {
                    continue;
                }
                return Some(name.to_owned());
            };
            let inner = match value {
                RawBsonRef::Document(inner) if field.has_fields() && new.is_some() => Some(inner),
                _ => None,
            };
            match inner {
                Some(inner) => {
                    let old = old.and_then(RawBsonRef::as_document);
                    if let Some(inner) = field.unwritable(old, inner, documents) {
                        return Some(format!("{name}.{inner}"));
                    }
                }
                None if field.all.allows(Right::Write, documents) => {}
                None => return Some(name.to_owned()),
            }
        }
        None
    }
}
