//! An encoder of changesets.

use std::collections::HashMap;

use asymmetric_device_sync::changeset::{
    CollectionType, ColumnType, Instruction, Key, KeyType, PathElement, Payload, PrimaryKeyColumn,
    TableType, Target, ValueType,
};

/// Writes instructions as the encoder of realm-core does: strings are interned where they are
/// first used.
#[derive(Clone, Debug, Default)]
pub struct ChangesetWriter {
    bytes: Vec<u8>,
    interned: HashMap<String, usize>,
}

impl ChangesetWriter {
    /// A changeset without instructions.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of the changeset.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Adds an instruction.
    ///
    /// # Panics
    ///
    /// If a decimal is none that BSON knows: a test must not write one by accident.
    pub fn instruction(&mut self, instruction: &Instruction<'_>) -> &mut Self {
        let mut body = Vec::new();
        integer(&mut body, instruction.kind() as i64);
        self.string(&mut body, instruction.table());
        match instruction {
            Instruction::AddTable { kind, .. } => self.table_type(&mut body, kind),
            Instruction::EraseTable { .. } => {}
            Instruction::AddColumn { field, kind, .. } => {
                self.string(&mut body, field);
                self.column_type(&mut body, kind);
            }
            Instruction::EraseColumn { field, .. } => self.string(&mut body, field),
            Instruction::CreateObject { key, .. } | Instruction::EraseObject { key, .. } => {
                self.key(&mut body, *key);
            }
            Instruction::Update { target, value, prior_length } => {
                self.target(&mut body, target);
                self.payload(&mut body, value);
                match prior_length {
                    Some(length) => unsigned(&mut body, *length),
                    // The value is no default.
                    None => integer(&mut body, 0),
                }
            }
            Instruction::AddInteger { target, delta } => {
                self.target(&mut body, target);
                integer(&mut body, *delta);
            }
            Instruction::ArrayInsert { target, value, prior_length } => {
                self.target(&mut body, target);
                self.payload(&mut body, value);
                unsigned(&mut body, *prior_length);
            }
            Instruction::ArrayMove { target, to, prior_length } => {
                self.target(&mut body, target);
                unsigned(&mut body, *to);
                unsigned(&mut body, *prior_length);
            }
            Instruction::ArrayErase { target, prior_length } => {
                self.target(&mut body, target);
                unsigned(&mut body, *prior_length);
            }
            Instruction::Clear { target, collection: kind } => {
                self.target(&mut body, target);
                collection(&mut body, *kind);
            }
            Instruction::SetInsert { target, value } | Instruction::SetErase { target, value } => {
                self.target(&mut body, target);
                self.payload(&mut body, value);
            }
        }
        self.bytes.extend(body);
        self
    }

    /// Writes the index of a string into `body`, and the string itself before it if it is new.
    fn string(&mut self, body: &mut Vec<u8>, string: &str) {
        let next = self.interned.len();
        let index = *self.interned.entry(string.to_owned()).or_insert_with(|| {
            self.bytes.push(0x3f);
            length(&mut self.bytes, next);
            sized(&mut self.bytes, string.as_bytes());
            next
        });
        length(body, index);
    }

    fn table_type(&mut self, body: &mut Vec<u8>, kind: &TableType<'_>) {
        let (code, key) = match kind {
            TableType::Ordinary(key) => (0, Some(key)),
            TableType::Embedded => (1, None),
            TableType::Asymmetric(key) => (2, Some(key)),
        };
        integer(body, code);
        if let Some(PrimaryKeyColumn { field, kind, nullable }) = key {
            self.string(body, field);
            integer(
                body,
                match kind {
                    KeyType::Int => 1,
                    KeyType::String => 3,
                    KeyType::ObjectId => 10,
                    KeyType::Uuid => 11,
                },
            );
            integer(body, i64::from(*nullable));
        }
    }

    fn column_type(&mut self, body: &mut Vec<u8>, column: &ColumnType<'_>) {
        integer(
            body,
            match column.value {
                None => 0,
                Some(ValueType::Int) => 1,
                Some(ValueType::Bool) => 2,
                Some(ValueType::String) => 3,
                Some(ValueType::Binary) => 4,
                Some(ValueType::Timestamp) => 5,
                Some(ValueType::Float) => 6,
                Some(ValueType::Double) => 7,
                Some(ValueType::Decimal) => 8,
                Some(ValueType::Link(_)) => 9,
                Some(ValueType::ObjectId) => 10,
                Some(ValueType::Uuid) => 11,
            },
        );
        integer(body, i64::from(column.nullable));
        collection(body, column.collection);
        if let Some(ValueType::Link(target)) = column.value {
            self.string(body, target);
        }
        if column.collection == Some(CollectionType::Dictionary) {
            integer(body, 3);
        }
    }

    fn key(&mut self, body: &mut Vec<u8>, key: Key<'_>) {
        match key {
            Key::Null => integer(body, 0),
            Key::Int(value) => {
                integer(body, 1);
                integer(body, value);
            }
            Key::String(value) => {
                integer(body, 3);
                self.string(body, value);
            }
            Key::ObjectId(value) => {
                integer(body, 10);
                body.extend(value);
            }
            Key::Uuid(value) => {
                integer(body, 11);
                body.extend(value);
            }
        }
    }

    fn target(&mut self, body: &mut Vec<u8>, target: &Target<'_>) {
        self.key(body, target.key);
        self.string(body, target.field);
        length(body, target.path.len());
        for element in &target.path {
            match element {
                PathElement::Index(index) => unsigned(body, *index),
                PathElement::Key(key) => {
                    integer(body, -1);
                    self.string(body, key);
                }
            }
        }
    }

    fn payload(&mut self, body: &mut Vec<u8>, value: &Payload<'_>) {
        integer(
            body,
            match value {
                Payload::Set => -6,
                Payload::List => -5,
                Payload::Erased => -4,
                Payload::Dictionary => -3,
                Payload::Object => -2,
                Payload::Null => 0,
                Payload::Int(_) => 1,
                Payload::Bool(_) => 2,
                Payload::String(_) => 3,
                Payload::Binary(_) => 4,
                Payload::Timestamp(_) => 5,
                Payload::Float(_) => 6,
                Payload::Double(_) => 7,
                Payload::Decimal(_) => 8,
                Payload::Link { .. } => 9,
                Payload::ObjectId(_) => 10,
                Payload::Uuid(_) => 11,
            },
        );
        match *value {
            Payload::Set
            | Payload::List
            | Payload::Erased
            | Payload::Dictionary
            | Payload::Object
            | Payload::Null => {}
            Payload::Int(value) => integer(body, value),
            Payload::Bool(value) => integer(body, i64::from(value)),
            Payload::String(value) => sized(body, value.as_bytes()),
            Payload::Binary(value) => sized(body, value),
            Payload::Timestamp(milliseconds) => {
                integer(body, milliseconds / 1000);
                integer(body, milliseconds % 1000 * 1_000_000);
            }
            Payload::Float(value) => body.extend(value.to_le_bytes()),
            Payload::Double(value) => body.extend(value.to_le_bytes()),
            Payload::Decimal(value) => decimal(body, u128::from_le_bytes(value)),
            Payload::Link { table, key } => {
                self.string(body, table);
                self.key(body, key);
            }
            Payload::ObjectId(value) => body.extend(value),
            Payload::Uuid(value) => body.extend(value),
        }
    }
}

/// Groups of seven bits, low first; the last has six, and the sign.
fn integer(bytes: &mut Vec<u8>, value: i64) {
    let sign = if value < 0 { 0x40 } else { 0 };
    let mut magnitude = (if value < 0 { !value } else { value }).cast_unsigned();
    while magnitude > 0x3f {
        bytes.push(low_bits(magnitude.into()) | 0x80);
        magnitude >>= 7;
    }
    bytes.push(low_bits(magnitude.into()) | sign);
}

fn unsigned(bytes: &mut Vec<u8>, value: u64) {
    integer(bytes, i64::try_from(value).expect("clients count in signed integers"));
}

fn length(bytes: &mut Vec<u8>, value: usize) {
    unsigned(bytes, value as u64);
}

fn sized(bytes: &mut Vec<u8>, value: &[u8]) {
    length(bytes, value.len());
    bytes.extend(value);
}

fn collection(bytes: &mut Vec<u8>, collection: Option<CollectionType>) {
    integer(
        bytes,
        match collection {
            None => 0,
            Some(CollectionType::List) => 1,
            Some(CollectionType::Dictionary) => 2,
            Some(CollectionType::Set) => 3,
        },
    );
}

/// Coefficient, exponent and sign of the bits of a BSON decimal.
fn decimal(bytes: &mut Vec<u8>, bits: u128) {
    let mut coefficient = bits & ((1 << 113) - 1);
    // As realm-core does: the last group has six bits, so that a group of zeros may follow.
    while coefficient > 0x3f {
        bytes.push(low_bits(coefficient) | 0x80);
        coefficient >>= 7;
    }
    bytes.push(low_bits(coefficient));
    let exponent = i64::try_from(bits >> 113 & 0x3fff).expect("14 bits fit");
    integer(bytes, exponent - 6176);
    integer(bytes, i64::from(bits >> 127 == 1));
}

fn low_bits(value: u128) -> u8 {
    u8::try_from(value & 0x7f).expect("seven bits fit a byte")
}
