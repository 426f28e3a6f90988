//! `$project` and `$addFields`: fields that stay, and fields that are computed.

use bson::{Bson, Document, RawDocumentBuf};

use crate::query::{Expression, Projection, QueryError, expression::Of, value::put};

/// What `$project` makes of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    kept: Projection,
    computed: Fields,
}

/// Computed fields by their paths, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(Vec<(Vec<String>, Expression)>);

impl Shape {
    pub(super) fn compile(specification: &Document) -> Result<Self, QueryError> {
        let mut flags = Document::new();
        let mut computed = Fields::default();
        flatten(&mut Vec::new(), specification, &mut |path, value| {
            match value {
                Bson::Boolean(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) => {
                    flags.insert(path.join("."), value.clone());
                }
                value => computed.0.push((path.to_vec(), Expression::compile(value)?)),
            }
            Ok(())
        })?;
        let kept = if computed.0.is_empty() {
            let kept = Projection::compile(&flags)?;
            kept.ok_or_else(|| QueryError::argument("$project", "at least one field"))?
        } else {
            Projection::keeping(&flags)?
        };
        Ok(Self { kept, computed })
    }

    pub(super) fn apply(&self, document: &Document) -> Result<Document, QueryError> {
        let value = |error: bson::error::Error| QueryError::Value(error.to_string());
        let raw = RawDocumentBuf::try_from(document).map_err(value)?;
        let mut shaped = Document::try_from(&*self.kept.apply(&raw)).map_err(value)?;
        self.computed.put(document, &mut shaped)?;
        Ok(shaped)
    }
}

impl Fields {
    pub(super) fn compile(stage: &str, specification: &Document) -> Result<Self, QueryError> {
        let mut fields = Self::default();
        flatten(&mut Vec::new(), specification, &mut |path, value| {
            fields.0.push((path.to_vec(), Expression::compile(value)?));
            Ok(())
        })?;
        if fields.0.is_empty() {
            return Err(QueryError::argument(stage, "at least one field"));
        }
        Ok(fields)
    }

    /// Computes all fields of one document, and puts them into another.
    pub(super) fn put(&self, of: &Document, into: &mut Document) -> Result<(), QueryError> {
        let of = Of::new(of);
        for (path, expression) in &self.0 {
            put(into, path, expression.value(&of)?);
        }
        Ok(())
    }
}

/// What takes in the path of a field, and its value.
type Add<'a> = dyn FnMut(&[String], &Bson) -> Result<(), QueryError> + 'a;

/// Calls `add` with the path of every field, nested ones included.
fn flatten(
    path: &mut Vec<String>,
    specification: &Document,
    add: &mut Add<'_>,
) -> Result<(), QueryError> {
    const MAX_DEPTH: usize = 50;
    for (name, value) in specification {
        let before = path.len();
        for part in name.split('.') {
            if part.is_empty() || part.starts_with('$') || part.contains('\0') {
                return Err(QueryError::Path(name.clone()));
            }
            path.push(part.to_owned());
        }
        if path.len() > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        match value {
            Bson::Document(inner) if inner.keys().next().is_some_and(|k| !k.starts_with('$')) => {
                flatten(path, inner, add)?;
            }
            value => add(path, value)?,
        }
        path.truncate(before);
    }
    Ok(())
}
