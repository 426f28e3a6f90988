//! What an update makes of a document.

mod apply;
mod list;
mod place;

use bson::{Bson, Document, RawBson};

use self::place::Target;
use super::{Filter, QueryError, equal};

/// Operators that change fields, or a whole new document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Update {
    Replace(Document),
    Change(Vec<Change>),
}

/// What one operator does to one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    operator: Operator,
    target: Target,
    value: Bson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Set,
    SetOnInsert,
    Unset,
    Increment,
    Multiply,
    Minimum,
    Maximum,
    Bits,
    Push,
    AddToSet,
    Pull,
    PullAll,
    Pop,
    Rename,
    CurrentDate,
}

impl Operator {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "$set" => Self::Set,
            "$setOnInsert" => Self::SetOnInsert,
            "$unset" => Self::Unset,
            "$inc" => Self::Increment,
            "$mul" => Self::Multiply,
            "$min" => Self::Minimum,
            "$max" => Self::Maximum,
            "$bit" => Self::Bits,
            "$push" => Self::Push,
            "$addToSet" => Self::AddToSet,
            "$pull" => Self::Pull,
            "$pullAll" => Self::PullAll,
            "$pop" => Self::Pop,
            "$rename" => Self::Rename,
            "$currentDate" => Self::CurrentDate,
            _ => return None,
        })
    }
}

impl Update {
    /// Compiles operators, and the filters that `$[name]` in their paths stands for. What is not known
    /// here is refused, never guessed.
    pub(crate) fn compile(
        update: &Document,
        array_filters: &[Document],
    ) -> Result<Self, QueryError> {
        let filters = array_filters.iter().map(named_filter).collect::<Result<Vec<_>, _>>()?;
        let mut changes = Vec::new();
        for (name, fields) in update {
            let operator = Operator::of(name);
            let operator = operator.ok_or_else(|| QueryError::Operator(name.clone()))?;
            let fields = fields.as_document();
            let fields = fields.ok_or_else(|| QueryError::argument(name, "a document"))?;
            for (path, value) in fields {
                let target = Target::parse(path, &filters)?;
                changes.push(Change { operator, target, value: value.clone() });
            }
        }
        if changes.is_empty() {
            return Err(QueryError::argument("update", "at least one operator"));
        }
        let unused = filters.iter().find(|(name, _)| !changes.iter().any(|c| c.target.uses(name)));
        if unused.is_some() {
            const WANTED: &str = "filters that a `$[name]` of the update uses";
            return Err(QueryError::argument("arrayFilters", WANTED));
        }
        Ok(Self::Change(changes))
    }

    /// Compiles a whole new document.
    pub(crate) fn replacement(document: &Document) -> Result<Self, QueryError> {
        match document.keys().find(|key| key.starts_with('$')) {
            Some(operator) => Err(QueryError::Operator(operator.clone())),
            None => Ok(Self::Replace(document.clone())),
        }
    }

    /// The paths that operators name, each up to the first array.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Vec<&str>> {
        let changes = match self {
            Self::Replace(_) => &[],
            Self::Change(changes) => changes.as_slice(),
        };
        changes.iter().flat_map(|change| {
            let renamed = change.value.as_str().filter(|_| change.operator == Operator::Rename);
            let to = renamed.map(|path| path.split('.').collect());
            [Some(change.target.names()), to].into_iter().flatten()
        })
    }

    /// What becomes of a document; `inserted` says that it is made by this update.
    pub(crate) fn apply(&self, before: &Document, inserted: bool) -> Result<Document, QueryError> {
        let after = match self {
            Self::Replace(new) => new.clone(),
            Self::Change(changes) => {
                let mut after = before.clone();
                for change in changes {
                    if change.operator != Operator::SetOnInsert || inserted {
                        for path in change.target.places(&after)? {
                            apply::apply(change.operator, &mut after, &path, &change.value)?;
                        }
                    }
                }
                after
            }
        };
        let Some(id) = before.get("_id") else { return Ok(after) };
        match after.get("_id") {
            Some(new) if same(new, id) => Ok(after),
            None if matches!(self, Self::Replace(_)) => {
                // The `_id` comes first, as it did.
                let mut with_id = bson::doc! { "_id": id.clone() };
                with_id.extend(after);
                Ok(with_id)
            }
            Some(_) | None => Err(QueryError::Id),
        }
    }
}

/// A filter for elements of an array, with the name that it gives them.
fn named_filter(filter: &Document) -> Result<(String, Filter), QueryError> {
    let wrong = || QueryError::argument("arrayFilters", "filters that each name one element");
    let mut names = filter.keys().map(|key| key.split('.').next().unwrap_or_default());
    let name = names.next().filter(|name| !name.is_empty() && !name.starts_with('$'));
    let name = name.ok_or_else(wrong)?.to_owned();
    if names.any(|other| other != name) {
        return Err(wrong());
    }
    Ok((name, Filter::compile(filter)?))
}

fn same(left: &Bson, right: &Bson) -> bool {
    let raw = |value: &Bson| RawBson::try_from(value.clone()).ok();
    match (raw(left), raw(right)) {
        (Some(left), Some(right)) => equal(left.as_raw_bson_ref(), right.as_raw_bson_ref()),
        _ => false,
    }
}
