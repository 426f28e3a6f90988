//! `$group`: documents by a key, and what is accumulated of each group.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};

use crate::query::{
    Expression, QueryError,
    arithmetic::{Arithmetic, float},
    expression::Of,
    order::{OrderedKey, order_of},
    value::weight,
};

/// The key, and the accumulated fields.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    key: Expression,
    fields: Vec<(String, Accumulator, Expression)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accumulator {
    Sum,
    Average,
    Minimum,
    Maximum,
    First,
    Last,
    Push,
    AddToSet,
}

/// The groups that there are so far.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<OrderedKey, Vec<Accumulated>>);

/// What there is of a field so far.
#[derive(Debug)]
enum Accumulated {
    Sum(Bson),
    Average { sum: f64, count: u32 },
    Minimum(Option<Bson>),
    Maximum(Option<Bson>),
    First(Option<Bson>),
    Last(Option<Bson>),
    Push(Vec<Bson>),
    Set(BTreeSet<OrderedKey>),
}

impl Group {
    pub(super) fn compile(specification: &Document) -> Result<Self, QueryError> {
        let key = specification.get("_id");
        let key =
            key.ok_or_else(|| QueryError::argument("$group", "an `_id`, which may be null"))?;
        let mut fields = Vec::new();
        for (name, accumulator) in specification.iter().filter(|(name, _)| *name != "_id") {
            if name.is_empty() || name.contains(['.', '$', '\0']) {
                return Err(QueryError::Path(name.clone()));
            }
            let parts = accumulator.as_document().filter(|parts| parts.len() == 1);
            let (operator, argument) = parts
                .and_then(|parts| parts.iter().next())
                .ok_or_else(|| QueryError::argument("$group", "one accumulator for each field"))?;
            let one = Bson::Int32(1);
            let (accumulator, argument) = match operator.as_str() {
                "$sum" => (Accumulator::Sum, argument),
                "$count" if *argument == Bson::Document(doc! {}) => (Accumulator::Sum, &one),
                "$count" => return Err(QueryError::argument(operator, "an empty object")),
                "$avg" => (Accumulator::Average, argument),
                "$min" => (Accumulator::Minimum, argument),
                "$max" => (Accumulator::Maximum, argument),
                "$first" => (Accumulator::First, argument),
                "$last" => (Accumulator::Last, argument),
                "$push" => (Accumulator::Push, argument),
                "$addToSet" => (Accumulator::AddToSet, argument),
                _ => return Err(QueryError::Operator(operator.clone())),
            };
            fields.push((name.clone(), accumulator, Expression::compile(argument)?));
        }
        Ok(Self { key: Expression::compile(key)?, fields })
    }

    /// Adds a document. Answers how many bytes more are held.
    pub(super) fn add(
        &self,
        groups: &mut Groups,
        document: &Document,
    ) -> Result<usize, QueryError> {
        let of = Of::new(document);
        let key = self.key.value(&of)?.unwrap_or(Bson::Null);
        let mut bytes = 0;
        let new = || self.fields.iter().map(|(_, accumulator, _)| accumulator.start()).collect();
        let entry = groups.0.entry(OrderedKey(key));
        let accumulated: &mut Vec<_> = match entry {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                bytes += weight(&entry.key().0) + self.fields.len() * size_of::<Accumulated>();
                entry.insert(new())
            }
        };
        for ((_, _, expression), accumulated) in self.fields.iter().zip(accumulated) {
            bytes += accumulated.add(expression.value(&of)?);
        }
        Ok(bytes)
    }

    /// A document for each group, in the order of their keys.
    pub(super) fn documents(&self, groups: Groups) -> Vec<Document> {
        let made = groups.0.into_iter().map(|(key, accumulated)| {
            let mut document = doc! { "_id": key.0 };
            for ((name, ..), accumulated) in self.fields.iter().zip(accumulated) {
                document.insert(name, accumulated.finish());
            }
            document
        });
        made.collect()
    }
}

impl Accumulator {
    const fn start(self) -> Accumulated {
        match self {
            Self::Sum => Accumulated::Sum(Bson::Int32(0)),
            Self::Average => Accumulated::Average { sum: 0.0, count: 0 },
            Self::Minimum => Accumulated::Minimum(None),
            Self::Maximum => Accumulated::Maximum(None),
            Self::First => Accumulated::First(None),
            Self::Last => Accumulated::Last(None),
            Self::Push => Accumulated::Push(Vec::new()),
            Self::AddToSet => Accumulated::Set(BTreeSet::new()),
        }
    }
}

impl Accumulated {
    /// Answers how many bytes more are held.
    fn add(&mut self, value: Option<Bson>) -> usize {
        match self {
            // Whatever is no number is passed over. Whole numbers beyond 64 bits become floats.
            Self::Sum(sum) => {
                let value = value.unwrap_or(Bson::Null);
                if let Some(number) = float(&value) {
                    let after = Arithmetic::Add.apply(sum, &value);
                    *sum = after
                        .unwrap_or_else(|| Bson::Double(float(sum).unwrap_or_default() + number));
                }
                0
            }
            Self::Average { sum, count } => {
                if let Some(number) = value.as_ref().and_then(float) {
                    *sum += number;
                    *count += 1;
                }
                0
            }
            Self::Minimum(least) => replace_if(least, value, |new, old| order_of(new, old).is_lt()),
            Self::Maximum(most) => replace_if(most, value, |new, old| order_of(new, old).is_gt()),
            Self::First(Some(_)) => 0,
            Self::First(first) => weight(first.insert(value.unwrap_or(Bson::Null))),
            Self::Last(last) => {
                let before = last.as_ref().map_or(0, weight);
                let after = last.insert(value.unwrap_or(Bson::Null));
                weight(after).saturating_sub(before)
            }
            Self::Push(values) => {
                let bytes = value.as_ref().map_or(0, weight);
                values.extend(value);
                bytes
            }
            Self::Set(values) => {
                let Some(value) = value else { return 0 };
                let bytes = weight(&value);
                if values.insert(OrderedKey(value)) { bytes } else { 0 }
            }
        }
    }

    fn finish(self) -> Bson {
        match self {
            Self::Sum(sum) => sum,
            Self::Average { count: 0, .. } => Bson::Null,
            Self::Average { sum, count } => (sum / f64::from(count)).into(),
            Self::Minimum(value)
            | Self::Maximum(value)
            | Self::First(value)
            | Self::Last(value) => value.unwrap_or(Bson::Null),
            Self::Push(values) => values.into(),
            Self::Set(values) => values.into_iter().map(|key| key.0).collect::<Vec<_>>().into(),
        }
    }
}

/// Null and what is not there are passed over.
fn replace_if(
    held: &mut Option<Bson>,
    value: Option<Bson>,
    better: impl FnOnce(&Bson, &Bson) -> bool,
) -> usize {
    let Some(value) = value.filter(|v| !matches!(v, Bson::Null | Bson::Undefined)) else {
        return 0;
    };
    if held.as_ref().is_none_or(|held| better(&value, held)) {
        let before = held.as_ref().map_or(0, weight);
        return weight(held.insert(value)).saturating_sub(before);
    }
    0
}
