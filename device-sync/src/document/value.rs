//! Values, as instructions build them up.

use std::hash::{Hash, Hasher};

use indexmap::{IndexMap, IndexSet};

use crate::changeset::{Key, Payload};

/// Properties of an object, or values of a dictionary, in the order in which they were first set.
pub type Properties = IndexMap<Box<str>, Value>;

/// A value of a property.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A value without an inside.
    Scalar(Scalar),
    /// An embedded object.
    Object(Properties),
    /// A list.
    List(Vec<Value>),
    /// A dictionary.
    Dictionary(Properties),
    /// A set, which holds only scalars.
    Set(IndexSet<Scalar>),
}

impl Value {
    /// What a payload stands for. `None` is one that says that nothing is there.
    pub(super) fn of(payload: &Payload<'_>) -> Option<Self> {
        Some(match *payload {
            Payload::Erased => return None,
            Payload::Set => Self::Set(IndexSet::new()),
            Payload::List => Self::List(Vec::new()),
            Payload::Dictionary => Self::Dictionary(Properties::new()),
            Payload::Object => Self::Object(Properties::new()),
            Payload::Null => Self::Scalar(Scalar::Null),
            Payload::Int(value) => Self::Scalar(Scalar::Int(value)),
            Payload::Bool(value) => Self::Scalar(Scalar::Bool(value)),
            Payload::String(value) => Self::Scalar(Scalar::String(value.into())),
            Payload::Binary(value) => Self::Scalar(Scalar::Binary(value.into())),
            Payload::Timestamp(value) => Self::Scalar(Scalar::Timestamp(value)),
            Payload::Float(value) => Self::Scalar(Scalar::Float(value)),
            Payload::Double(value) => Self::Scalar(Scalar::Double(value)),
            Payload::Decimal(value) => Self::Scalar(Scalar::Decimal(value)),
            Payload::Link { table, key } => {
                Self::Scalar(Scalar::Link { class: table.into(), key: OwnedKey::of(key) })
            }
            Payload::ObjectId(value) => Self::Scalar(Scalar::ObjectId(value)),
            Payload::Uuid(value) => Self::Scalar(Scalar::Uuid(value)),
        })
    }

    /// What the value is, for people.
    pub(super) const fn describe(&self) -> &'static str {
        match self {
            Self::Scalar(Scalar::Null) => "null",
            Self::Scalar(_) => "a value without an inside",
            Self::Object(_) => "an embedded object",
            Self::List(_) => "a list",
            Self::Dictionary(_) => "a dictionary",
            Self::Set(_) => "a set",
        }
    }

    /// Whether both are containers of the same kind, so that one need not replace the other.
    pub(super) const fn same_container(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Object(_), Self::Object(_))
                | (Self::List(_), Self::List(_))
                | (Self::Dictionary(_), Self::Dictionary(_))
                | (Self::Set(_), Self::Set(_))
        )
    }
}

/// A value without an inside. Numbers are equal if their bits are.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// Null.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A text.
    String(Box<str>),
    /// Bytes.
    Binary(Box<[u8]>),
    /// Milliseconds since 1970.
    Timestamp(i64),
    /// A 32-bit floating-point number.
    Float(f32),
    /// A 64-bit floating-point number.
    Double(f64),
    /// The bytes of a BSON decimal.
    Decimal([u8; 16]),
    /// A link to an ordinary object.
    Link {
        /// Name of its class.
        class: Box<str>,
        /// Its primary key.
        key: OwnedKey,
    },
    /// An ObjectId.
    ObjectId([u8; 12]),
    /// A UUID.
    Uuid([u8; 16]),
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Int(a), Self::Int(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Binary(a), Self::Binary(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Double(a), Self::Double(b)) => a.to_bits() == b.to_bits(),
            (Self::Decimal(a), Self::Decimal(b)) | (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::Link { class: a, key: x }, Self::Link { class: b, key: y }) => a == b && x == y,
            (Self::ObjectId(a), Self::ObjectId(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Scalar {}

impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Int(value) | Self::Timestamp(value) => value.hash(state),
            Self::Bool(value) => value.hash(state),
            Self::String(value) => value.hash(state),
            Self::Binary(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::Double(value) => value.to_bits().hash(state),
            Self::Decimal(value) | Self::Uuid(value) => value.hash(state),
            Self::Link { class, key } => (class, key).hash(state),
            Self::ObjectId(value) => value.hash(state),
        }
    }
}

/// A primary key that does not point into a changeset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum OwnedKey {
    Null,
    Int(i64),
    String(Box<str>),
    ObjectId([u8; 12]),
    Uuid([u8; 16]),
}

impl OwnedKey {
    /// A copy of a key.
    pub fn of(key: Key<'_>) -> Self {
        match key {
            Key::Null => Self::Null,
            Key::Int(value) => Self::Int(value),
            Key::String(value) => Self::String(value.into()),
            Key::ObjectId(value) => Self::ObjectId(value),
            Key::Uuid(value) => Self::Uuid(value),
        }
    }

    /// The key, borrowed.
    pub fn as_key(&self) -> Key<'_> {
        match self {
            Self::Null => Key::Null,
            Self::Int(value) => Key::Int(*value),
            Self::String(value) => Key::String(value),
            Self::ObjectId(value) => Key::ObjectId(*value),
            Self::Uuid(value) => Key::Uuid(*value),
        }
    }
}
