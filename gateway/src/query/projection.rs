//! Which fields of a document are answered.

use std::collections::BTreeMap;

use bson::{Bson, Document, RawArray, RawArrayBuf, RawDocument, RawDocumentBuf, raw::RawBsonRef};

use super::QueryError;

/// Fields to keep, or to leave out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Projection {
    keep: bool,
    keep_id: bool,
    fields: Tree,
}

/// Names by level. A name without names below it is all of the field.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tree(BTreeMap<String, Tree>);

impl Projection {
    /// Compiles a projection. `None` if it changes nothing.
    pub(crate) fn compile(projection: &Document) -> Result<Option<Self>, QueryError> {
        const WANTED: &str = "1 for fields to keep, or 0 for fields to leave out, not both";
        let mut keep = None;
        let mut keep_id = None;
        let mut fields = Tree::default();
        for (path, value) in projection {
            let flag = match value {
                Bson::Boolean(flag) => *flag,
                Bson::Int32(number) => *number != 0,
                Bson::Int64(number) => *number != 0,
                Bson::Double(number) => *number != 0.0,
                _ => return Err(QueryError::argument("projection", WANTED)),
            };
            if path == "_id" {
                keep_id = Some(flag);
                continue;
            }
            if path.starts_with('$') || keep.is_some_and(|keep| keep != flag) {
                return Err(QueryError::argument("projection", WANTED));
            }
            keep = Some(flag);
            let mut level = &mut fields;
            for name in path.split('.') {
                level = level.0.entry(name.to_owned()).or_default();
            }
        }
        // `{ _id: 1 }` alone keeps nothing else.
        let keep = keep.unwrap_or(keep_id == Some(true));
        if fields.0.is_empty() && !keep && keep_id != Some(false) {
            return Ok(None);
        }
        Ok(Some(Self { keep, keep_id: keep_id.unwrap_or(true), fields }))
    }

    /// Keeps nothing but these fields, which may be none, and the `_id`, unless it is left out.
    pub(crate) fn keeping(flags: &Document) -> Result<Self, QueryError> {
        match Self::compile(flags)? {
            Some(projection) if projection.keep => Ok(projection),
            Some(projection) if projection.fields.0.is_empty() => {
                Ok(Self { keep: true, ..projection })
            }
            Some(_) => {
                const WANTED: &str = "fields to keep, if it computes others";
                Err(QueryError::argument("projection", WANTED))
            }
            None => Ok(Self { keep: true, keep_id: true, fields: Tree::default() }),
        }
    }

    /// Whether all of a field stays.
    pub(crate) fn shows(&self, field: &str) -> bool {
        match self.fields.0.get(field) {
            _ if field == "_id" => self.keep_id,
            Some(below) => self.keep && below.0.is_empty(),
            None => !self.keep,
        }
    }

    pub(crate) fn apply(&self, document: &RawDocument) -> RawDocumentBuf {
        let mut projected = RawDocumentBuf::new();
        for (name, value) in document.iter().map_while(Result::ok) {
            if name == "_id" {
                if self.keep_id {
                    projected.append(name, value);
                }
                continue;
            }
            self.apply_field(self.fields.0.get(name.as_str()), name, value, &mut projected);
        }
        projected
    }

    fn apply_field(
        &self,
        below: Option<&Tree>,
        name: &bson::raw::CStr,
        value: RawBsonRef<'_>,
        projected: &mut RawDocumentBuf,
    ) {
        if below.is_some_and(|below| below.0.is_empty()) {
            if self.keep {
                projected.append(name, value);
            }
            return;
        }
        match (below, value) {
            (Some(below), RawBsonRef::Document(inner)) => {
                projected.append(name, self.apply_inner(below, inner));
            }
            (Some(below), RawBsonRef::Array(array)) => {
                projected.append(name, self.apply_array(below, array));
            }
            // Not named, or the path leads on and the value does not: stays if fields are left out.
            (_, value) if !self.keep => projected.append(name, value),
            _ => {}
        }
    }

    fn apply_array(&self, below: &Tree, array: &RawArray) -> RawArrayBuf {
        let mut kept = RawArrayBuf::new();
        for element in array.into_iter().map_while(Result::ok) {
            match element {
                RawBsonRef::Document(inner) => kept.push(self.apply_inner(below, inner)),
                RawBsonRef::Array(inner) => kept.push(self.apply_array(below, inner)),
                element if !self.keep => kept.push(element),
                _ => {}
            }
        }
        kept
    }

    fn apply_inner(&self, below: &Tree, document: &RawDocument) -> RawDocumentBuf {
        let mut projected = RawDocumentBuf::new();
        for (name, value) in document.iter().map_while(Result::ok) {
            self.apply_field(below.0.get(name.as_str()), name, value, &mut projected);
        }
        projected
    }
}
