//! Applying instructions, in order.

use std::hash::{Hash, Hasher};

use indexmap::{Equivalent, IndexMap, IndexSet};

use super::{
    place::{Place, describe},
    value::{OwnedKey, Properties, Scalar, Value},
};
use crate::changeset::{
    Changeset, ChangesetError, ChangesetErrorKind as Kind, CollectionType, Instruction, Key,
    Located, PathElement, Payload, Target,
};

/// How many list elements the instructions of one changeset may move in all. Prepending ten
/// thousand elements one by one moves fifty million; a hostile changeset could ask for days.
const MAX_MOVES: u64 = 1 << 26;

/// Names up to this length are taken as they come: Realm allows properties 63 bytes.
const SHORT_NAME: usize = 64;

/// How many bytes of longer names the instructions of one changeset may repeat in all. A name stands
/// in a changeset once, however often it is meant, but in every object by itself.
const MAX_LONG_NAMES: u64 = 1 << 26;

/// An object that a changeset is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Name of its class.
    pub class: Box<str>,
    /// Its primary key.
    pub key: OwnedKey,
    /// What the changeset did to it.
    pub state: State,
    /// What was set, in the order of first setting; without the primary key.
    pub properties: Properties,
}

/// What a changeset did to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was created: the properties are all it has.
    Created,
    /// It was there before: the properties are those that were set anew.
    Updated,
    /// It was there before, and what became of it depends on what it held, which is not known
    /// here: a list grew, a number was added to. The properties are those that were set anew.
    Relative,
    /// It was deleted.
    Erased,
}

/// The objects of one changeset, in the order in which it first speaks of them.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    by_identity: IndexMap<Identity, Changes>,
    moves: u64,
    long_names: u64,
}

/// Why an instruction has no effect.
enum Stop {
    /// It changes an object that the changeset did not create, depending on what that held.
    Relative,
    /// The changeset is broken.
    Broken(Kind),
}

impl From<Kind> for Stop {
    fn from(kind: Kind) -> Self {
        Self::Broken(kind)
    }
}

/// What the changeset did to one object.
#[derive(Clone, Debug)]
struct Changes {
    state: State,
    properties: Properties,
}

/// Class and primary key of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    class: Box<str>,
    key: OwnedKey,
}

/// The same, pointing into the changeset: instructions find their object without an allocation.
#[derive(Hash)]
struct IdentityRef<'a>(&'a str, Key<'a>);

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        IdentityRef(&self.class, self.key.as_key()).hash(state);
    }
}

impl Equivalent<Identity> for IdentityRef<'_> {
    fn equivalent(&self, owned: &Identity) -> bool {
        *self.0 == *owned.class && self.1 == owned.key.as_key()
    }
}

impl Objects {
    /// Decodes a changeset and applies its instructions. Announcements of classes pass by.
    pub fn decode(changeset: &[u8]) -> Result<Self, ChangesetError> {
        let mut objects = Self::default();
        for located in Changeset::new(changeset) {
            objects.apply(&located?)?;
        }
        Ok(objects)
    }

    /// Applies one instruction. Announcements of classes change nothing here.
    pub fn apply(&mut self, located: &Located<'_>) -> Result<(), ChangesetError> {
        let Located { offset, instruction } = located;
        self.long_names = self.long_names.saturating_add(long_names(instruction));
        let within = if self.long_names > MAX_LONG_NAMES {
            Err(Kind::NamesTooLong { limit: MAX_LONG_NAMES })
        } else {
            Ok(())
        };
        match within.map_err(Stop::Broken).and_then(|()| self.step(instruction)) {
            Ok(()) | Err(Stop::Relative) => Ok(()),
            Err(Stop::Broken(kind)) => Err(ChangesetError {
                offset: *offset,
                instruction: Some(instruction.kind()),
                table: Some(instruction.table().to_owned()),
                kind,
            }),
        }
    }

    /// The objects.
    pub fn into_objects(self) -> impl ExactSizeIterator<Item = Object> {
        self.by_identity.into_iter().map(|(identity, changes)| Object {
            class: identity.class,
            key: identity.key,
            state: changes.state,
            properties: changes.properties,
        })
    }

    fn step(&mut self, instruction: &Instruction<'_>) -> Result<(), Stop> {
        match instruction {
            Instruction::AddTable { .. }
            | Instruction::EraseTable { .. }
            | Instruction::AddColumn { .. }
            | Instruction::EraseColumn { .. } => Ok(()),
            Instruction::CreateObject { table, key } => {
                let object = self.object(table, *key, State::Created);
                if object.state == State::Erased {
                    object.state = State::Created;
                }
                Ok(())
            }
            Instruction::EraseObject { table, key } => {
                let object = self.object(table, *key, State::Erased);
                object.state = State::Erased;
                object.properties.clear();
                Ok(())
            }
            Instruction::Update { target, value, prior_length } => {
                self.update(target, Value::of(value), *prior_length)
            }
            Instruction::AddInteger { target, delta } => self.add(target, *delta),
            Instruction::ArrayInsert { target, value, prior_length } => {
                let value = Value::of(value).ok_or(Kind::Misplaced("removal"))?;
                self.insert(target, value, *prior_length)
            }
            Instruction::ArrayMove { target, to, prior_length } => {
                let (list, from) = self.element(target, *prior_length)?;
                let to = index(*to, list.len()).ok_or_else(|| no_element(target))?;
                let moved = from.abs_diff(to);
                let value = list.remove(from);
                list.insert(to, value);
                Ok(self.moved(moved)?)
            }
            Instruction::ArrayErase { target, prior_length } => {
                let (list, from) = self.element(target, *prior_length)?;
                list.remove(from);
                let moved = list.len() - from;
                Ok(self.moved(moved)?)
            }
            Instruction::Clear { target, collection } => self.clear(target, *collection),
            Instruction::SetInsert { target, value } => {
                let value = scalar(Value::of(value))?;
                self.collection(target)?.members()?.insert(value);
                Ok(())
            }
            Instruction::SetErase { target, value } => {
                let value = scalar(Value::of(value))?;
                // Sets have no order.
                self.collection(target)?.members()?.swap_remove(&value);
                Ok(())
            }
        }
    }

    /// The object, which is in this state if the changeset did not speak of it before.
    fn object(&mut self, class: &str, key: Key<'_>, state: State) -> &mut Changes {
        let known = self.by_identity.get_index_of(&IdentityRef(class, key));
        let index = known.unwrap_or_else(|| {
            let identity = Identity { class: class.into(), key: OwnedKey::of(key) };
            let changes = Changes { state, properties: Properties::new() };
            self.by_identity.insert_full(identity, changes).0
        });
        let (_, changes) = self.by_identity.get_index_mut(index).expect("it was found or inserted");
        changes
    }

    /// The object of a target; one that the changeset did not create was there before.
    fn changed(&mut self, target: &Target<'_>) -> Result<&mut Changes, Stop> {
        let object = self.object(target.table, target.key, State::Updated);
        if object.state == State::Erased { Err(Kind::Erased.into()) } else { Ok(object) }
    }

    /// The place of a target whose object is known as a whole.
    fn place<'s, 't>(
        &'s mut self,
        target: &'t Target<'t>,
        path: &'t [PathElement<'t>],
    ) -> Result<Place<'s, 't>, Stop> {
        let object = self.changed(target)?;
        if object.state != State::Created {
            object.state = State::Relative;
            return Err(Stop::Relative);
        }
        Ok(Place::find(&mut object.properties, target.field, path)?)
    }

    fn collection<'s, 't>(&'s mut self, target: &'t Target<'t>) -> Result<Place<'s, 't>, Stop> {
        self.place(target, &target.path)
    }

    /// The list that a target's path ends in, which must be as long as the device saw it.
    fn list<'s>(
        &'s mut self,
        target: &Target<'_>,
        prior_length: u64,
    ) -> Result<(&'s mut Vec<Value>, u64), Stop> {
        let Some((PathElement::Index(index), path)) = target.path.split_last() else {
            return Err(no_element(target).into());
        };
        let list = self.place(target, path)?.list()?;
        if list.len() as u64 != prior_length {
            return Err(Kind::ListLength { expected: prior_length, found: list.len() }.into());
        }
        Ok((list, *index))
    }

    fn element<'s>(
        &'s mut self,
        target: &Target<'_>,
        prior_length: u64,
    ) -> Result<(&'s mut Vec<Value>, usize), Stop> {
        let (list, at) = self.list(target, prior_length)?;
        let at = index(at, list.len()).ok_or_else(|| no_element(target))?;
        Ok((list, at))
    }

    fn update(
        &mut self,
        target: &Target<'_>,
        value: Option<Value>,
        prior_length: Option<u64>,
    ) -> Result<(), Stop> {
        if let Some(prior_length) = prior_length {
            self.list(target, prior_length)?;
        }
        let object = self.changed(target)?;
        // Setting a whole property anew does not depend on what the object held.
        let known = object.state == State::Created
            || target.path.is_empty() && matches!(value, Some(Value::Scalar(_)));
        if !known {
            object.state = State::Relative;
            return Err(Stop::Relative);
        }
        let place = Place::find(&mut object.properties, target.field, &target.path)?;
        match value {
            Some(value) => place.set(value)?,
            None => place.erase()?,
        }
        Ok(())
    }

    fn add(&mut self, target: &Target<'_>, delta: i64) -> Result<(), Stop> {
        let mut place = self.collection(target)?;
        let at = place.describe();
        match place.get() {
            None | Some(Value::Scalar(Scalar::Null)) => Ok(()),
            Some(Value::Scalar(Scalar::Int(value))) => {
                *value = value.wrapping_add(delta);
                Ok(())
            }
            Some(other) => {
                let found = other.describe();
                Err(Kind::WrongContainer { at, found, expected: "an integer" }.into())
            }
        }
    }

    fn insert(&mut self, target: &Target<'_>, value: Value, prior_length: u64) -> Result<(), Stop> {
        let (list, at) = self.list(target, prior_length)?;
        let at = index(at, list.len() + 1).ok_or_else(|| no_element(target))?;
        let moved = list.len() - at;
        list.insert(at, value);
        Ok(self.moved(moved)?)
    }

    fn clear(
        &mut self,
        target: &Target<'_>,
        collection: Option<CollectionType>,
    ) -> Result<(), Stop> {
        let mut place = self.collection(target)?;
        let at = place.describe();
        if let Some(value) = place.get() {
            match value {
                Value::List(values) => values.clear(),
                Value::Dictionary(values) => values.clear(),
                Value::Set(values) => values.clear(),
                Value::Scalar(_) | Value::Object(_) => {
                    let found = value.describe();
                    return Err(Kind::WrongContainer { at, found, expected: "a collection" }.into());
                }
            }
            return Ok(());
        }
        if !place.is_property() {
            return Err(Kind::NoElement(at).into());
        }
        let empty = match collection {
            // Older clients do not say what the collection is: an absent one stays absent.
            None => return Ok(()),
            Some(CollectionType::List) => Value::List(Vec::new()),
            Some(CollectionType::Dictionary) => Value::Dictionary(Properties::new()),
            Some(CollectionType::Set) => Value::Set(IndexSet::new()),
        };
        Ok(place.set(empty)?)
    }

    /// Counts list elements that were moved.
    fn moved(&mut self, elements: usize) -> Result<(), Kind> {
        self.moves = self.moves.saturating_add(elements as u64);
        if self.moves > MAX_MOVES { Err(Kind::TooMuchWork { limit: MAX_MOVES }) } else { Ok(()) }
    }
}

/// Bytes of long names that the instruction repeats.
fn long_names(instruction: &Instruction<'_>) -> u64 {
    let long = |name: &str| name.len().saturating_sub(SHORT_NAME) as u64;
    let of_key = |key: &Key<'_>| if let Key::String(key) = key { long(key) } else { 0 };
    let of_target = |target: &Target<'_>| {
        let path = target.path.iter().map(|element| match element {
            PathElement::Key(key) => long(key),
            PathElement::Index(_) => 0,
        });
        of_key(&target.key) + long(target.field) + path.sum::<u64>()
    };
    let of_value = |value: &Payload<'_>| match value {
        Payload::Link { table, key } => long(table) + of_key(key),
        _ => 0,
    };
    long(instruction.table())
        + match instruction {
            Instruction::AddTable { .. }
            | Instruction::EraseTable { .. }
            | Instruction::AddColumn { .. }
            | Instruction::EraseColumn { .. } => 0,
            Instruction::CreateObject { key, .. } | Instruction::EraseObject { key, .. } => {
                of_key(key)
            }
            Instruction::Update { target, value, .. }
            | Instruction::ArrayInsert { target, value, .. }
            | Instruction::SetInsert { target, value }
            | Instruction::SetErase { target, value } => of_target(target) + of_value(value),
            Instruction::AddInteger { target, .. }
            | Instruction::ArrayMove { target, .. }
            | Instruction::ArrayErase { target, .. }
            | Instruction::Clear { target, .. } => of_target(target),
        }
}

/// The index, if it is below `end`.
fn index(index: u64, end: usize) -> Option<usize> {
    usize::try_from(index).ok().filter(|index| *index < end)
}

fn no_element(target: &Target<'_>) -> Kind {
    Kind::NoElement(describe(target.field, &target.path))
}

fn scalar(value: Option<Value>) -> Result<Scalar, Kind> {
    match value {
        Some(Value::Scalar(scalar)) => Ok(scalar),
        Some(other) => Err(Kind::Misplaced(other.describe())),
        None => Err(Kind::Misplaced("removal")),
    }
}
