//! A role, and what it permits once it is the role of a request.

use bson::{RawDocument, RawDocumentBuf, raw::RawBsonRef};
use serde_json::Value;

use super::{
    CallError, CompileError, Denied, Documents, Expression, Scope, expression::Operand,
    permissions::Permissions,
};

/// Longest name of a role, in characters.
const MAX_NAME: usize = 100;

/// What its holder may do with the documents of a collection.
///
/// Compiled, it is for every request; [bound](Self::bind), for one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(super) apply_when: Expression,
    pub(super) filter_read: Option<Expression>,
    pub(super) filter_write: Option<Expression>,
    pub(super) insert: Expression,
    pub(super) delete: Expression,
    pub(super) permissions: Permissions,
}

impl Role {
    pub(super) fn compile(value: &Value) -> Result<Self, CompileError> {
        let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(CompileError::shape("name", "a text of 1 to 100 characters"));
        }
        let in_role = |error| CompileError::Role { role: name.to_owned(), error: Box::new(error) };
        Self::compile_named(name, value).map_err(in_role)
    }

    fn compile_named(name: &str, value: &Value) -> Result<Self, CompileError> {
        let optional = |value: Option<&Value>| match value {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Expression::compile(value).map(Some),
        };
        let or_true =
            |key: &str| Ok(optional(value.get(key))?.unwrap_or(Expression::Constant(true)));
        let filter = |key: &str| optional(value.pointer(&format!("/document_filters/{key}")));
        Ok(Self {
            name: name.to_owned(),
            apply_when: or_true("apply_when")?,
            filter_read: filter("read")?,
            filter_write: filter("write")?,
            insert: or_true("insert")?,
            delete: or_true("delete")?,
            permissions: Permissions::compile(value)?,
        })
    }

    /// A role that may do everything: that of the system, and of apps without rules in development.
    pub(crate) fn unrestricted() -> Self {
        let yes = || Some(Expression::Constant(true));
        let mut permissions = Permissions::default();
        permissions.all.write = yes();
        Self {
            name: "system".to_owned(),
            apply_when: Expression::Constant(true),
            filter_read: yes(),
            filter_write: yes(),
            insert: Expression::Constant(true),
            delete: Expression::Constant(true),
            permissions,
        }
    }

    /// Whether the role is that of this request.
    pub(super) fn applies(&self, scope: &Scope<'_>) -> Result<bool, CallError> {
        Ok(self.apply_when.bind(scope)?.matches(Documents::default()))
    }

    /// The role with everything that the request knows put in.
    pub(crate) fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        let bind = |expression: &Option<Expression>| {
            expression.as_ref().map(|expression| expression.bind(scope)).transpose()
        };
        Ok(Self {
            name: self.name.clone(),
            apply_when: Expression::Constant(true),
            filter_read: bind(&self.filter_read)?,
            filter_write: bind(&self.filter_write)?,
            insert: self.insert.bind(scope)?,
            delete: self.delete.bind(scope)?,
            permissions: self.permissions.bind(scope)?,
        })
    }

    /// All its expressions but `apply_when`.
    pub(super) fn expressions(&self) -> Vec<&Expression> {
        let mut all = self.permissions.expressions();
        all.extend([&self.filter_read, &self.filter_write].into_iter().flatten());
        all.extend([&self.insert, &self.delete]);
        all
    }

    pub(super) fn has_calls(&self) -> bool {
        self.any_operand(&|operand| matches!(operand, Operand::Call(..)))
    }

    /// Whether any operand of any of its expressions is such.
    pub(super) fn any_operand(&self, test: &dyn Fn(&Operand) -> bool) -> bool {
        self.apply_when.any_operand(test) || self.expressions().iter().any(|e| e.any_operand(test))
    }

    /// Whether this document may be inserted.
    pub(crate) fn may_insert(&self, document: &RawDocument) -> Result<(), Denied> {
        const INSERT: &str = "insert";
        let documents = Documents::root(document);
        self.check_filter(INSERT, documents)?;
        self.check_fields(INSERT, None, document, documents)?;
        if self.insert.matches(documents) { Ok(()) } else { Err(Denied::Operation(INSERT)) }
    }

    /// Whether a document may be seen at all.
    pub(crate) fn sees(&self, document: &RawDocument) -> bool {
        let documents = Documents::root(document);
        if !self.permissions.shows_some(documents) {
            return false;
        }
        let written = || self.filter_write.as_ref().is_some_and(|f| f.matches(documents));
        // Writing includes reading.
        self.filter_read.as_ref().is_none_or(|filter| filter.matches(documents) || written())
    }

    /// Whether no document is hidden.
    pub(crate) fn sees_everything(&self) -> bool {
        let everything = Expression::Constant(true);
        self.filter_read.as_ref().is_none_or(|filter| *filter == everything)
            && (self.permissions.has_fields() || self.permissions.shows_all())
    }

    /// Whether documents that are not hidden are shown whole.
    pub(crate) fn shows_all(&self) -> bool {
        self.permissions.shows_all()
    }

    /// Whether all of this field is shown, whatever the document is.
    pub(crate) fn shows(&self, field: &str) -> bool {
        self.permissions.shows(field)
    }

    /// Whether an update may name this path of a document. One that it may not read it may not name:
    /// whether an update would change it, tells what is there.
    pub(crate) fn may_name(&self, document: &RawDocument, path: &[&str]) -> Result<(), Denied> {
        let documents = Documents::root(document);
        let root = Some(RawBsonRef::Document(document));
        if path == ["_id"] || self.permissions.shows_path(path, root, documents) {
            return Ok(());
        }
        Err(Denied::Field { operation: "update", field: path.join(".") })
    }

    /// What may be read of a document: `None` if it is hidden.
    pub(crate) fn readable(&self, document: &RawDocument) -> Option<RawDocumentBuf> {
        if self.sees(document) { self.permissions.readable(document) } else { None }
    }

    /// Whether a write may find this document.
    pub(crate) fn finds_for_write(&self, document: &RawDocument) -> bool {
        self.sees(document) && self.check_filter("update", Documents::root(document)).is_ok()
    }

    /// Whether a document may become another.
    pub(crate) fn may_update(
        &self,
        before: &RawDocument,
        after: &RawDocument,
    ) -> Result<(), Denied> {
        const UPDATE: &str = "update";
        // Neither a document that was outside, nor one that the update moves there.
        self.check_filter(UPDATE, Documents::root(before))?;
        let documents =
            Documents { root: Some(after), previous_root: Some(before), ..Documents::default() };
        self.check_filter(UPDATE, documents)?;
        self.check_fields(UPDATE, Some(before), after, documents)
    }

    /// Whether a document may be removed.
    pub(crate) fn may_delete(&self, document: &RawDocument) -> Result<(), Denied> {
        const DELETE: &str = "delete";
        let documents = Documents::root(document);
        self.check_filter(DELETE, documents)?;
        let gone = Documents { previous_root: Some(document), ..documents };
        self.check_fields(DELETE, None, document, gone)?;
        if self.delete.matches(gone) { Ok(()) } else { Err(Denied::Operation(DELETE)) }
    }

    fn check_filter(
        &self,
        operation: &'static str,
        documents: Documents<'_>,
    ) -> Result<(), Denied> {
        match &self.filter_write {
            Some(filter) if !filter.matches(documents) => Err(Denied::Filter(operation)),
            _ => Ok(()),
        }
    }

    fn check_fields(
        &self,
        operation: &'static str,
        before: Option<&RawDocument>,
        after: &RawDocument,
        documents: Documents<'_>,
    ) -> Result<(), Denied> {
        match self.permissions.unwritable(before, after, documents) {
            None => Ok(()),
            Some(_) if !self.permissions.has_fields() => Err(Denied::Operation(operation)),
            Some(field) => Err(Denied::Field { operation, field }),
        }
    }
}
