//! What a device did, one step at a time.

use std::fmt;

/// One step of a write transaction. Strings point into the changeset.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction<'a> {
    /// A class is announced.
    AddTable {
        /// Name of the class.
        table: &'a str,
        /// What kind of class it is.
        kind: TableType<'a>,
    },
    /// A class was removed from the device's schema.
    EraseTable {
        /// Name of the class.
        table: &'a str,
    },
    /// A property is announced.
    AddColumn {
        /// Name of the class.
        table: &'a str,
        /// Name of the property.
        field: &'a str,
        /// What it holds.
        kind: ColumnType<'a>,
    },
    /// A property was removed from the device's schema.
    EraseColumn {
        /// Name of the class.
        table: &'a str,
        /// Name of the property.
        field: &'a str,
    },
    /// An object was created.
    CreateObject {
        /// Name of its class.
        table: &'a str,
        /// Its primary key.
        key: Key<'a>,
    },
    /// An object was deleted.
    EraseObject {
        /// Name of its class.
        table: &'a str,
        /// Its primary key.
        key: Key<'a>,
    },
    /// A value was set.
    Update {
        /// Where.
        target: Target<'a>,
        /// The value.
        value: Payload<'a>,
        /// Length of the list before, if the value is an element of one.
        prior_length: Option<u64>,
    },
    /// A number was added to an integer.
    AddInteger {
        /// Where.
        target: Target<'a>,
        /// What was added.
        delta: i64,
    },
    /// An element was inserted into a list.
    ArrayInsert {
        /// Where; the path ends in the index.
        target: Target<'a>,
        /// The element.
        value: Payload<'a>,
        /// Length of the list before.
        prior_length: u64,
    },
    /// An element of a list was moved.
    ArrayMove {
        /// Which; the path ends in the index.
        target: Target<'a>,
        /// Its new index.
        to: u64,
        /// Length of the list.
        prior_length: u64,
    },
    /// An element of a list was removed.
    ArrayErase {
        /// Which; the path ends in the index.
        target: Target<'a>,
        /// Length of the list before.
        prior_length: u64,
    },
    /// A collection was emptied.
    Clear {
        /// Which.
        target: Target<'a>,
        /// What the collection is; older clients do not say.
        collection: Option<CollectionType>,
    },
    /// An element was added to a set.
    SetInsert {
        /// Which set.
        target: Target<'a>,
        /// The element.
        value: Payload<'a>,
    },
    /// An element was removed from a set.
    SetErase {
        /// Which set.
        target: Target<'a>,
        /// The element.
        value: Payload<'a>,
    },
}

impl<'a> Instruction<'a> {
    /// The kind of the instruction.
    pub const fn kind(&self) -> InstructionKind {
        match self {
            Self::AddTable { .. } => InstructionKind::AddTable,
            Self::EraseTable { .. } => InstructionKind::EraseTable,
            Self::AddColumn { .. } => InstructionKind::AddColumn,
            Self::EraseColumn { .. } => InstructionKind::EraseColumn,
            Self::CreateObject { .. } => InstructionKind::CreateObject,
            Self::EraseObject { .. } => InstructionKind::EraseObject,
            Self::Update { .. } => InstructionKind::Update,
            Self::AddInteger { .. } => InstructionKind::AddInteger,
            Self::ArrayInsert { .. } => InstructionKind::ArrayInsert,
            Self::ArrayMove { .. } => InstructionKind::ArrayMove,
            Self::ArrayErase { .. } => InstructionKind::ArrayErase,
            Self::Clear { .. } => InstructionKind::Clear,
            Self::SetInsert { .. } => InstructionKind::SetInsert,
            Self::SetErase { .. } => InstructionKind::SetErase,
        }
    }

    /// Name of the class that the instruction is about.
    pub const fn table(&self) -> &'a str {
        match self {
            Self::AddTable { table, .. }
            | Self::EraseTable { table }
            | Self::AddColumn { table, .. }
            | Self::EraseColumn { table, .. }
            | Self::CreateObject { table, .. }
            | Self::EraseObject { table, .. } => table,
            Self::Update { target, .. }
            | Self::AddInteger { target, .. }
            | Self::ArrayInsert { target, .. }
            | Self::ArrayMove { target, .. }
            | Self::ArrayErase { target, .. }
            | Self::Clear { target, .. }
            | Self::SetInsert { target, .. }
            | Self::SetErase { target, .. } => target.table,
        }
    }
}

/// The kinds of instructions, with the codes that they have in a changeset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "`Instruction` has the same variants and documents them")]
pub enum InstructionKind {
    AddTable = 0,
    EraseTable = 1,
    CreateObject = 2,
    EraseObject = 3,
    Update = 4,
    AddInteger = 5,
    AddColumn = 6,
    EraseColumn = 7,
    ArrayInsert = 8,
    ArrayMove = 9,
    ArrayErase = 10,
    Clear = 11,
    SetInsert = 12,
    SetErase = 13,
}

impl InstructionKind {
    /// The instruction with this code.
    pub(super) const fn from_code(code: i64) -> Option<Self> {
        Some(match code {
            0 => Self::AddTable,
            1 => Self::EraseTable,
            2 => Self::CreateObject,
            3 => Self::EraseObject,
            4 => Self::Update,
            5 => Self::AddInteger,
            6 => Self::AddColumn,
            7 => Self::EraseColumn,
            8 => Self::ArrayInsert,
            9 => Self::ArrayMove,
            10 => Self::ArrayErase,
            11 => Self::Clear,
            12 => Self::SetInsert,
            13 => Self::SetErase,
            _ => return None,
        })
    }
}

/// What kind of class a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableType<'a> {
    /// Objects that the device keeps and reads.
    Ordinary(PrimaryKeyColumn<'a>),
    /// Objects that live inside others.
    Embedded,
    /// Objects that are only ever written.
    Asymmetric(PrimaryKeyColumn<'a>),
}

/// The property that identifies the objects of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryKeyColumn<'a> {
    /// Its name; `_id` in all synchronised classes.
    pub field: &'a str,
    /// What it holds.
    pub kind: KeyType,
    /// Whether it may be null.
    pub nullable: bool,
}

/// The types of primary keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum KeyType {
    Int,
    String,
    ObjectId,
    Uuid,
}

/// What a property holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnType<'a> {
    /// Type of the value, or of the elements. `None` is a mixed value.
    pub value: Option<ValueType<'a>>,
    /// Whether the value, or each element, may be null.
    pub nullable: bool,
    /// The collection around the values, if there is one.
    pub collection: Option<CollectionType>,
}

/// The types of values that are not mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ValueType<'a> {
    Int,
    Bool,
    String,
    Binary,
    Timestamp,
    Float,
    Double,
    Decimal,
    /// An embedded object, or a link to an ordinary one: the class of this name tells which.
    Link(&'a str),
    ObjectId,
    Uuid,
}

/// The collections of Realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CollectionType {
    List,
    Dictionary,
    Set,
}

/// A place in an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Target<'a> {
    /// Name of the object's class.
    pub table: &'a str,
    /// Primary key of the object.
    pub key: Key<'a>,
    /// The property.
    pub field: &'a str,
    /// The way from the property's value to the place.
    pub path: Vec<PathElement<'a>>,
}

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathElement<'a> {
    /// To an element of a list.
    Index(u64),
    /// To a value of a dictionary, or to a property of an embedded object.
    Key(&'a str),
}

/// A primary key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Key<'a> {
    Null,
    Int(i64),
    String(&'a str),
    ObjectId([u8; 12]),
    Uuid([u8; 16]),
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, bytes: &[u8]| {
            bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        };
        match self {
            Self::Null => f.write_str("null"),
            Self::Int(value) => value.fmt(f),
            Self::String(value) => value.fmt(f),
            Self::ObjectId(bytes) => hex(f, bytes),
            Self::Uuid(bytes) => hex(f, bytes),
        }
    }
}

/// A value as an instruction carries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Payload<'a> {
    /// An empty set.
    Set,
    /// An empty list.
    List,
    /// An empty dictionary.
    Dictionary,
    /// Nothing: a key of a dictionary is removed.
    Erased,
    /// An embedded object, whose properties follow.
    Object,
    /// Null.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// A text.
    String(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
    /// A moment, in milliseconds since 1970, cut towards zero: more BSON does not hold.
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
        table: &'a str,
        /// Its primary key.
        key: Key<'a>,
    },
    /// An ObjectId.
    ObjectId([u8; 12]),
    /// A UUID.
    Uuid([u8; 16]),
}
