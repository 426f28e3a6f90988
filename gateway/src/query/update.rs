//! What an update makes of a document.

use bson::{Bson, DateTime, Document, RawBson};

use super::{QueryError, compare, equal};

/// Operators that change a field, or a whole new document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Update {
    Replace(Document),
    Change(Vec<(Operator, String, Bson)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Set,
    SetOnInsert,
    Unset,
    Increment,
    Multiply,
    Minimum,
    Maximum,
    Push,
    AddToSet,
    Pull,
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
            "$push" => Self::Push,
            "$addToSet" => Self::AddToSet,
            "$pull" => Self::Pull,
            "$pop" => Self::Pop,
            "$rename" => Self::Rename,
            "$currentDate" => Self::CurrentDate,
            _ => return None,
        })
    }
}

impl Update {
    /// Compiles operators. What is not known here is refused, never guessed.
    pub(crate) fn compile(update: &Document) -> Result<Self, QueryError> {
        let mut changes = Vec::new();
        for (name, fields) in update {
            let operator = Operator::of(name);
            let operator = operator.ok_or_else(|| QueryError::Operator(name.clone()))?;
            let fields = fields.as_document();
            let fields = fields.ok_or_else(|| QueryError::argument(name, "a document"))?;
            for (path, value) in fields {
                // `$` and `$[]` stand for places of an array that a query found.
                if path.split('.').any(|part| part.is_empty() || part.starts_with('$')) {
                    return Err(QueryError::Path(path.clone()));
                }
                changes.push((operator, path.clone(), value.clone()));
            }
        }
        if changes.is_empty() {
            return Err(QueryError::argument("update", "at least one operator"));
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

    /// What becomes of a document; `inserted` says that it is made by this update.
    pub(crate) fn apply(&self, before: &Document, inserted: bool) -> Result<Document, QueryError> {
        let after = match self {
            Self::Replace(new) => new.clone(),
            Self::Change(changes) => {
                let mut after = before.clone();
                for (operator, path, value) in changes {
                    if *operator != Operator::SetOnInsert || inserted {
                        apply(*operator, &mut after, path, value)?;
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

fn apply(
    operator: Operator,
    document: &mut Document,
    path: &str,
    value: &Bson,
) -> Result<(), QueryError> {
    let names: Vec<&str> = path.split('.').collect();
    let wrong = |operator, wanted| Err(QueryError::argument(operator, wanted));
    match operator {
        Operator::Set | Operator::SetOnInsert => put(document, path, value.clone()),
        Operator::Unset => {
            take(document, &names);
            Ok(())
        }
        Operator::Rename => {
            let Some(to) = value.as_str() else { return wrong("$rename", "names of fields") };
            match take(document, &names) {
                Some(value) => put(document, to, value),
                None => Ok(()),
            }
        }
        Operator::Increment | Operator::Multiply => {
            let multiply = operator == Operator::Multiply;
            let name = if multiply { "$mul" } else { "$inc" };
            let zero = Bson::Int32(0);
            let old = find(document, &names).unwrap_or(&zero);
            match arithmetic(old, value, multiply) {
                Some(new) => put(document, path, new),
                None => wrong(name, "numbers"),
            }
        }
        Operator::Minimum | Operator::Maximum => {
            let better = match find(document, &names) {
                None => true,
                Some(old) => {
                    let order = with_raw(value, old, compare).flatten();
                    let less = operator == Operator::Minimum;
                    order.is_some_and(|order| if less { order.is_lt() } else { order.is_gt() })
                }
            };
            if better { put(document, path, value.clone()) } else { Ok(()) }
        }
        Operator::CurrentDate => put(document, path, DateTime::now().into()),
        Operator::Push | Operator::AddToSet => {
            let name = if operator == Operator::Push { "$push" } else { "$addToSet" };
            let new = match value.as_document() {
                Some(each) if each.keys().next().is_some_and(|key| key.starts_with('$')) => {
                    match (each.len(), each.get("$each")) {
                        (1, Some(Bson::Array(values))) => values.clone(),
                        _ => return wrong(name, "a value or `$each` alone"),
                    }
                }
                _ => vec![value.clone()],
            };
            let mut list = match find(document, &names) {
                None => Vec::new(),
                Some(Bson::Array(list)) => list.clone(),
                Some(_) => return wrong(name, "fields that are lists"),
            };
            for value in new {
                let there = || list.iter().any(|other| same(other, &value));
                if operator == Operator::Push || !there() {
                    list.push(value);
                }
            }
            put(document, path, list.into())
        }
        Operator::Pull | Operator::Pop => {
            let name = if operator == Operator::Pull { "$pull" } else { "$pop" };
            let mut list = match find(document, &names) {
                None => return Ok(()),
                Some(Bson::Array(list)) => list.clone(),
                Some(_) => return wrong(name, "fields that are lists"),
            };
            if operator == Operator::Pull {
                if value.as_document().is_some_and(|v| v.keys().any(|key| key.starts_with('$'))) {
                    return wrong(name, "a value");
                }
                list.retain(|other| !same(other, value));
            } else if with_raw(value, &Bson::Int32(0), compare)
                .flatten()
                .is_some_and(std::cmp::Ordering::is_lt)
            {
                list.drain(..list.len().min(1));
            } else {
                list.pop();
            }
            put(document, path, list.into())
        }
    }
}

fn with_raw<T>(
    left: &Bson,
    right: &Bson,
    show: impl FnOnce(bson::raw::RawBsonRef<'_>, bson::raw::RawBsonRef<'_>) -> T,
) -> Option<T> {
    let (left, right) =
        (RawBson::try_from(left.clone()).ok()?, RawBson::try_from(right.clone()).ok()?);
    Some(show(left.as_raw_bson_ref(), right.as_raw_bson_ref()))
}

fn same(left: &Bson, right: &Bson) -> bool {
    with_raw(left, right, equal) == Some(true)
}

fn arithmetic(old: &Bson, by: &Bson, multiply: bool) -> Option<Bson> {
    let whole = |value: &Bson| match value {
        Bson::Int32(value) => Some(i64::from(*value)),
        Bson::Int64(value) => Some(*value),
        _ => None,
    };
    #[expect(clippy::cast_precision_loss, reason = "what MongoDB does with a long and a double")]
    let float = |value: &Bson| match value {
        Bson::Double(value) => Some(*value),
        other => whole(other).map(|value| value as f64),
    };
    if let (Some(old_value), Some(by_value)) = (whole(old), whole(by)) {
        let result = if multiply {
            old_value.checked_mul(by_value)?
        } else {
            old_value.checked_add(by_value)?
        };
        let narrow = matches!((old, by), (Bson::Int32(_), Bson::Int32(_)));
        return Some(match i32::try_from(result) {
            Ok(result) if narrow => Bson::Int32(result),
            _ => Bson::Int64(result),
        });
    }
    let (old, by) = (float(old)?, float(by)?);
    Some(Bson::Double(if multiply { old * by } else { old + by }))
}

fn find<'a>(document: &'a Document, names: &[&str]) -> Option<&'a Bson> {
    let (first, rest) = names.split_first()?;
    rest.iter().try_fold(document.get(first)?, |value, name| match value {
        Bson::Document(inner) => inner.get(name),
        Bson::Array(list) => list.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Puts a value at a path and makes documents on the way where nothing is.
fn put(document: &mut Document, path: &str, value: Bson) -> Result<(), QueryError> {
    let blocked = || QueryError::Path(path.to_owned());
    let (parents, last) =
        path.rsplit_once('.').map_or(("", path), |(parents, last)| (parents, last));
    let mut place: Place<'_> = Place::Document(document);
    for name in parents.split('.').filter(|name| !name.is_empty()) {
        place = place.step(name).ok_or_else(blocked)?;
    }
    match place {
        Place::Document(document) => {
            document.insert(last, value);
        }
        Place::List(values) => {
            let index: usize = last.parse().map_err(|_| blocked())?;
            if index == values.len() {
                values.push(value);
            } else {
                *values.get_mut(index).ok_or_else(blocked)? = value;
            }
        }
    }
    Ok(())
}

enum Place<'a> {
    Document(&'a mut Document),
    List(&'a mut Vec<Bson>),
}

impl Place<'_> {
    fn step(self, name: &str) -> Option<Self> {
        let value = match self {
            Self::Document(document) => {
                document.entry(name.to_owned()).or_insert(Document::new().into())
            }
            Self::List(list) => list.get_mut(name.parse::<usize>().ok()?)?,
        };
        match value {
            Bson::Document(document) => Some(Self::Document(document)),
            Bson::Array(list) => Some(Self::List(list)),
            _ => None,
        }
    }
}

fn take(document: &mut Document, names: &[&str]) -> Option<Bson> {
    let (last, parents) = names.split_last()?;
    let mut place = document;
    for name in parents {
        place = place.get_mut(name)?.as_document_mut()?;
    }
    place.remove(last)
}
