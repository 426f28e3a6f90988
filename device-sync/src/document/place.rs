//! Where a path leads.
//!
//! Collections that are properties exist without being announced: the first instruction about a
//! list property is an insertion into it. So where a property is absent, on the way or at its end,
//! what the instruction needs is made. Elements of collections never appear this way.

use indexmap::IndexSet;

use super::value::{Properties, Scalar, Value};
use crate::changeset::{ChangesetErrorKind as Kind, PathElement};

/// The place that a path leads to. The value may be absent.
#[derive(Debug)]
pub(super) struct Place<'v, 'p> {
    parent: Parent<'v>,
    step: Step<'p>,
    field: &'p str,
    path: &'p [PathElement<'p>],
}

#[derive(Debug)]
enum Parent<'v> {
    /// An object or an embedded object: its properties may be made.
    Properties(&'v mut Properties),
    /// A dictionary: its values come only by being set.
    Dictionary(&'v mut Properties),
    List(&'v mut Vec<Value>),
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Key(&'p str),
    Index(u64),
}

impl<'v, 'p> Place<'v, 'p> {
    /// Follows a path from a property of an object.
    pub(super) fn find(
        properties: &'v mut Properties,
        field: &'p str,
        path: &'p [PathElement<'p>],
    ) -> Result<Self, Kind> {
        let mut place = Self {
            parent: Parent::Properties(properties),
            step: Step::Key(field),
            field,
            path: &[],
        };
        for (depth, element) in path.iter().enumerate() {
            let behind = path.get(..=depth).unwrap_or(path);
            place = match *element {
                PathElement::Index(index) => {
                    let list = place.list()?;
                    Self {
                        parent: Parent::List(list),
                        step: Step::Index(index),
                        field,
                        path: behind,
                    }
                }
                PathElement::Key(key) => {
                    let parent = place.keyed()?;
                    Self { parent, step: Step::Key(key), field, path: behind }
                }
            };
        }
        Ok(place)
    }

    /// The value, if there is one.
    pub(super) fn get(&mut self) -> Option<&mut Value> {
        match (&mut self.parent, self.step) {
            (Parent::Properties(values) | Parent::Dictionary(values), Step::Key(key)) => {
                values.get_mut(key)
            }
            (Parent::List(values), Step::Index(index)) => {
                usize::try_from(index).ok().and_then(|index| values.get_mut(index))
            }
            _ => None,
        }
    }

    /// Puts a value there, or keeps what is there if both are containers of the same kind. An
    /// element of a list is replaced, never added.
    pub(super) fn set(mut self, value: Value) -> Result<(), Kind> {
        if let Some(present) = self.get() {
            if !present.same_container(&value) {
                *present = value;
            }
            return Ok(());
        }
        match (self.parent, self.step) {
            (Parent::Properties(values) | Parent::Dictionary(values), Step::Key(key)) => {
                values.insert(key.into(), value);
                Ok(())
            }
            _ => Err(Kind::NoElement(describe(self.field, self.path))),
        }
    }

    /// Removes a value of a dictionary.
    pub(super) fn erase(self) -> Result<(), Kind> {
        match (self.parent, self.step) {
            (Parent::Dictionary(values), Step::Key(key)) => {
                values.shift_remove(key);
                Ok(())
            }
            _ => Err(Kind::Misplaced("removal")),
        }
    }

    /// The list there, made if a property is absent.
    pub(super) fn list(self) -> Result<&'v mut Vec<Value>, Kind> {
        let at = (self.field, self.path);
        match self.value_or(|| Value::List(Vec::new()))? {
            Value::List(values) => Ok(values),
            other => Err(wrong(at, other, "a list")),
        }
    }

    /// The set there, made if a property is absent.
    pub(super) fn members(self) -> Result<&'v mut IndexSet<Scalar>, Kind> {
        let at = (self.field, self.path);
        match self.value_or(|| Value::Set(IndexSet::new()))? {
            Value::Set(values) => Ok(values),
            other => Err(wrong(at, other, "a set")),
        }
    }

    /// Whether an absent value may be made.
    pub(super) const fn is_property(&self) -> bool {
        matches!(self.parent, Parent::Properties(_))
    }

    /// The path of the place, for people.
    pub(super) fn describe(&self) -> String {
        describe(self.field, self.path)
    }

    /// The dictionary or the embedded object there; a dictionary is made if a property is absent.
    fn keyed(self) -> Result<Parent<'v>, Kind> {
        let at = (self.field, self.path);
        match self.value_or(|| Value::Dictionary(Properties::new()))? {
            Value::Dictionary(values) => Ok(Parent::Dictionary(values)),
            Value::Object(values) => Ok(Parent::Properties(values)),
            other => Err(wrong(at, other, "a dictionary or an embedded object")),
        }
    }

    fn value_or(self, make: impl FnOnce() -> Value) -> Result<&'v mut Value, Kind> {
        let (field, path) = (self.field, self.path);
        let absent = move || Kind::NoElement(describe(field, path));
        match (self.parent, self.step) {
            (Parent::Properties(values), Step::Key(key)) => {
                // A look-up before an allocation: most instructions find what they need.
                if values.contains_key(key) {
                    values.get_mut(key).ok_or_else(absent)
                } else {
                    Ok(values.entry(key.into()).or_insert_with(make))
                }
            }
            (Parent::Dictionary(values), Step::Key(key)) => values.get_mut(key).ok_or_else(absent),
            (Parent::List(values), Step::Index(index)) => usize::try_from(index)
                .ok()
                .and_then(|index| values.get_mut(index))
                .ok_or_else(absent),
            _ => Err(absent()),
        }
    }
}

fn wrong(at: (&str, &[PathElement<'_>]), found: &Value, expected: &'static str) -> Kind {
    Kind::WrongContainer { at: describe(at.0, at.1), found: found.describe(), expected }
}

/// A place, for people.
pub(super) fn describe(field: &str, path: &[PathElement<'_>]) -> String {
    let steps = path.iter().map(|element| match element {
        PathElement::Index(index) => format!("[{index}]"),
        PathElement::Key(key) => format!(".{key}"),
    });
    std::iter::once(field.to_owned()).chain(steps).collect()
}
