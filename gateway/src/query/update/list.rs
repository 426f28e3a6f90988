//! Operators that change arrays.

use std::cmp::Ordering;

use bson::{Bson, Document, RawDocumentBuf, doc};

use super::{
    Operator,
    place::{find, put},
    same,
};
use crate::query::{Filter, QueryError, Sort, order::order_of, value::whole};

pub(super) fn apply(
    operator: Operator,
    document: &mut Document,
    path: &[String],
    value: &Bson,
) -> Result<(), QueryError> {
    let name = match operator {
        Operator::Push => "$push",
        Operator::AddToSet => "$addToSet",
        Operator::PullAll => "$pullAll",
        Operator::Pop => "$pop",
        _ => "$pull",
    };
    let adds = matches!(operator, Operator::Push | Operator::AddToSet);
    let mut list = match find(document, path) {
        None if adds => Vec::new(),
        None => return Ok(()),
        Some(Bson::Array(list)) => list.clone(),
        Some(_) => return Err(QueryError::argument(name, "fields that are lists")),
    };
    match operator {
        Operator::Push => Pushed::of(value)?.push(&mut list)?,
        Operator::AddToSet => {
            for value in each(name, value)?.unwrap_or_else(|| vec![value.clone()]) {
                if !list.iter().any(|other| same(other, &value)) {
                    list.push(value);
                }
            }
        }
        Operator::PullAll => {
            let wrong = || QueryError::argument(name, "a list of values");
            let values = value.as_array().ok_or_else(wrong)?;
            list.retain(|other| !values.iter().any(|value| same(other, value)));
        }
        Operator::Pop => match whole(value) {
            Some(-1) => drop(list.drain(..list.len().min(1))),
            Some(1) => drop(list.pop()),
            _ => return Err(QueryError::argument(name, "1 or -1")),
        },
        _ => pull(&mut list, value)?,
    }
    put(document, path, list.into())
}

/// Takes out what equals a value, or what a condition holds of.
fn pull(list: &mut Vec<Bson>, value: &Bson) -> Result<(), QueryError> {
    let Bson::Document(condition) = value else {
        list.retain(|other| !same(other, value));
        return Ok(());
    };
    let of_values = condition.keys().next().is_some_and(|key| key.starts_with('$'));
    let filter = if of_values {
        Filter::compile(&doc! { "element": condition.clone() })?
    } else {
        Filter::compile(condition)?
    };
    let mut kept = Vec::with_capacity(list.len());
    for element in std::mem::take(list) {
        let asked = match &element {
            element if of_values => Some(doc! { "element": element.clone() }),
            Bson::Document(element) => Some(element.clone()),
            _ => None,
        };
        let asked = asked.map(|asked| RawDocumentBuf::try_from(&asked)).transpose();
        let asked = asked.map_err(|error| QueryError::Value(error.to_string()))?;
        if !asked.is_some_and(|asked| filter.matches(&asked)) {
            kept.push(element);
        }
    }
    *list = kept;
    Ok(())
}

/// The values of `$each`, if the argument is more than a value.
fn each(name: &str, value: &Bson) -> Result<Option<Vec<Bson>>, QueryError> {
    let wrong = || QueryError::argument(name, "a value, or `$each` with a list");
    match value.as_document() {
        Some(parts) if parts.keys().next().is_some_and(|key| key.starts_with('$')) => {
            if name == "$addToSet" && parts.len() > 1 {
                return Err(wrong());
            }
            parts.get_array("$each").map(|values| Some(values.clone())).map_err(|_| wrong())
        }
        _ => Ok(None),
    }
}

/// What `$push` puts where, and what it leaves.
struct Pushed<'a> {
    values: Vec<Bson>,
    position: Option<i64>,
    sort: Option<&'a Bson>,
    slice: Option<i64>,
}

impl<'a> Pushed<'a> {
    fn of(value: &'a Bson) -> Result<Self, QueryError> {
        const NAME: &str = "$push";
        let Some(values) = each(NAME, value)? else {
            return Ok(Self {
                values: vec![value.clone()],
                position: None,
                sort: None,
                slice: None,
            });
        };
        let mut pushed = Self { values, position: None, sort: None, slice: None };
        for (key, value) in value.as_document().into_iter().flatten() {
            let number = || whole(value).ok_or_else(|| QueryError::argument(key, "a whole number"));
            match key.as_str() {
                "$each" => {}
                "$position" => pushed.position = Some(number()?),
                "$slice" => pushed.slice = Some(number()?),
                "$sort" => pushed.sort = Some(value),
                _ => return Err(QueryError::Operator(key.clone())),
            }
        }
        Ok(pushed)
    }

    fn push(self, list: &mut Vec<Bson>) -> Result<(), QueryError> {
        let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
        let place = match self.position {
            Some(place) if place < 0 => (length + place).max(0),
            Some(place) => place.min(length),
            None => length,
        };
        let place = usize::try_from(place).unwrap_or(list.len());
        list.splice(place..place, self.values);
        if let Some(sort) = self.sort {
            sorted(list, sort)?;
        }
        if let Some(slice) = self.slice {
            let left = usize::try_from(slice.unsigned_abs()).unwrap_or(usize::MAX);
            if slice < 0 {
                list.drain(..list.len().saturating_sub(left));
            } else {
                list.truncate(left);
            }
        }
        Ok(())
    }
}

/// By the elements themselves, or by fields of those that are documents.
fn sorted(list: &mut [Bson], by: &Bson) -> Result<(), QueryError> {
    match by {
        Bson::Document(fields) => {
            let sort = Sort::compile(fields)?;
            let raw = |value: &Bson| {
                let document = value.as_document().cloned().unwrap_or_default();
                RawDocumentBuf::try_from(&document).unwrap_or_default()
            };
            list.sort_by(|left, right| sort.compare(&raw(left), &raw(right)));
        }
        direction => {
            let ascending = match whole(direction) {
                Some(1) => true,
                Some(-1) => false,
                _ => return Err(QueryError::argument("$sort", "1 or -1, or that for fields")),
            };
            list.sort_by(|left, right| {
                let order: Ordering = order_of(left, right);
                if ascending { order } else { order.reverse() }
            });
        }
    }
    Ok(())
}
