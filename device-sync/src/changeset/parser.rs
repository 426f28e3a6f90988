//! From bytes to instructions.

use std::collections::HashSet;

use super::{
    ChangesetError, ChangesetErrorKind as Kind, CollectionType, ColumnType, Instruction,
    InstructionKind, Key, KeyType, PathElement, Payload, PrimaryKeyColumn, TableType, Target,
    ValueType, decimal, reader::Reader,
};

/// Code of the records that intern a string.
const INTERN: i64 = 63;
/// What stands before the key of a path, where an index is never negative.
const PATH_KEY: i64 = -1;
/// Longest path. MongoDB nests documents and arrays up to 100 deep, properties included.
const MAX_PATH: usize = 100;

/// An instruction, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Located<'a> {
    /// Offset of the instruction in its changeset.
    pub offset: usize,
    /// The instruction.
    pub instruction: Instruction<'a>,
}

/// The instructions of a changeset, parsed as they are asked for. Ends after the first error.
#[derive(Clone, Debug)]
pub struct Changeset<'a> {
    reader: Reader<'a>,
    interned: Vec<&'a str>,
    known: HashSet<&'a str>,
    /// What the current record is about, for errors.
    kind: Option<InstructionKind>,
    table: Option<&'a str>,
    failed: bool,
}

impl<'a> Changeset<'a> {
    /// The changeset with these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            reader: Reader::new(bytes),
            interned: Vec::new(),
            known: HashSet::new(),
            kind: None,
            table: None,
            failed: false,
        }
    }

    fn record(&mut self) -> Result<Option<Instruction<'a>>, Kind> {
        self.kind = None;
        self.table = None;
        let code = self.reader.integer()?;
        if code == INTERN {
            self.intern()?;
            return Ok(None);
        }
        let kind = InstructionKind::from_code(code)
            .ok_or(Kind::Unknown { what: "instruction", value: code })?;
        self.kind = Some(kind);
        let table = self.string()?;
        self.table = Some(table);
        self.instruction(kind, table).map(Some)
    }

    fn intern(&mut self) -> Result<(), Kind> {
        let found = self.reader.integer()?;
        let expected = self.interned.len() as u64;
        if u64::try_from(found) != Ok(expected) {
            return Err(Kind::InternIndex { expected, found });
        }
        let string = self.reader.string()?;
        if !self.known.insert(string) {
            return Err(Kind::InternedTwice(string.to_owned()));
        }
        self.interned.push(string);
        Ok(())
    }

    fn instruction(
        &mut self,
        kind: InstructionKind,
        table: &'a str,
    ) -> Result<Instruction<'a>, Kind> {
        Ok(match kind {
            InstructionKind::AddTable => Instruction::AddTable { table, kind: self.table_type()? },
            InstructionKind::EraseTable => Instruction::EraseTable { table },
            InstructionKind::CreateObject => Instruction::CreateObject { table, key: self.key()? },
            InstructionKind::EraseObject => Instruction::EraseObject { table, key: self.key()? },
            InstructionKind::Update => {
                let target = self.target(table)?;
                let value = self.payload()?;
                let prior_length = match target.path.last() {
                    Some(PathElement::Index(_)) => Some(self.reader.unsigned("length")?),
                    // Whether the value is a default decides merges, and nothing here.
                    _ => self.reader.boolean().map(|_| None)?,
                };
                Instruction::Update { target, value, prior_length }
            }
            InstructionKind::AddInteger => Instruction::AddInteger {
                target: self.target(table)?,
                delta: self.reader.integer()?,
            },
            InstructionKind::AddColumn => {
                Instruction::AddColumn { table, field: self.string()?, kind: self.column_type()? }
            }
            InstructionKind::EraseColumn => {
                Instruction::EraseColumn { table, field: self.string()? }
            }
            InstructionKind::ArrayInsert => Instruction::ArrayInsert {
                target: self.element(table)?,
                value: self.payload()?,
                prior_length: self.reader.unsigned("length")?,
            },
            InstructionKind::ArrayMove => Instruction::ArrayMove {
                target: self.element(table)?,
                to: self.reader.unsigned("index")?,
                prior_length: self.reader.unsigned("length")?,
            },
            InstructionKind::ArrayErase => Instruction::ArrayErase {
                target: self.element(table)?,
                prior_length: self.reader.unsigned("length")?,
            },
            InstructionKind::Clear => {
                let target = self.target(table)?;
                Instruction::Clear { target, collection: self.collection()? }
            }
            InstructionKind::SetInsert => {
                Instruction::SetInsert { target: self.target(table)?, value: self.payload()? }
            }
            InstructionKind::SetErase => {
                Instruction::SetErase { target: self.target(table)?, value: self.payload()? }
            }
        })
    }

    /// The string that an index stands for.
    fn string(&mut self) -> Result<&'a str, Kind> {
        let index = self.reader.integer()?;
        let string = usize::try_from(index).ok().and_then(|index| self.interned.get(index));
        string.copied().ok_or(Kind::NotInterned(index))
    }

    fn table_type(&mut self) -> Result<TableType<'a>, Kind> {
        match self.reader.integer()? {
            0 => self.primary_key_column().map(TableType::Ordinary),
            1 => Ok(TableType::Embedded),
            2 => self.primary_key_column().map(TableType::Asymmetric),
            value => Err(Kind::Unknown { what: "type of table", value }),
        }
    }

    fn primary_key_column(&mut self) -> Result<PrimaryKeyColumn<'a>, Kind> {
        Ok(PrimaryKeyColumn {
            field: self.string()?,
            kind: match self.reader.integer()? {
                1 => KeyType::Int,
                3 => KeyType::String,
                10 => KeyType::ObjectId,
                11 => KeyType::Uuid,
                -1 => return Err(Kind::NoPrimaryKey),
                value => return Err(Kind::Unknown { what: "type of a primary key", value }),
            },
            nullable: self.reader.boolean()?,
        })
    }

    fn column_type(&mut self) -> Result<ColumnType<'a>, Kind> {
        let value = match self.reader.integer()? {
            0 => None,
            1 => Some(ValueType::Int),
            2 => Some(ValueType::Bool),
            3 => Some(ValueType::String),
            4 => Some(ValueType::Binary),
            5 => Some(ValueType::Timestamp),
            6 => Some(ValueType::Float),
            7 => Some(ValueType::Double),
            8 => Some(ValueType::Decimal),
            // The class follows behind the collection.
            9 => Some(ValueType::Link("")),
            10 => Some(ValueType::ObjectId),
            11 => Some(ValueType::Uuid),
            value => return Err(Kind::Unknown { what: "type of a property", value }),
        };
        let nullable = self.reader.boolean()?;
        let collection = self.collection()?;
        let value = match value {
            Some(ValueType::Link(_)) => Some(ValueType::Link(self.string()?)),
            value => value,
        };
        if collection == Some(CollectionType::Dictionary) {
            match self.reader.integer()? {
                3 => {}
                value => return Err(Kind::Unknown { what: "type of dictionary keys", value }),
            }
        }
        Ok(ColumnType { value, nullable, collection })
    }

    fn collection(&mut self) -> Result<Option<CollectionType>, Kind> {
        Ok(match self.reader.integer()? {
            0 => None,
            1 => Some(CollectionType::List),
            2 => Some(CollectionType::Dictionary),
            3 => Some(CollectionType::Set),
            value => return Err(Kind::Unknown { what: "type of collection", value }),
        })
    }

    fn key(&mut self) -> Result<Key<'a>, Kind> {
        Ok(match self.reader.integer()? {
            0 => Key::Null,
            1 => Key::Int(self.reader.integer()?),
            3 => Key::String(self.string()?),
            10 => Key::ObjectId(self.reader.array()?),
            11 => Key::Uuid(self.reader.array()?),
            -1 => return Err(Kind::NoPrimaryKey),
            value => return Err(Kind::Unknown { what: "type of a primary key", value }),
        })
    }

    fn target(&mut self, table: &'a str) -> Result<Target<'a>, Kind> {
        Ok(Target { table, key: self.key()?, field: self.string()?, path: self.path()? })
    }

    /// A target whose path ends in an index.
    fn element(&mut self, table: &'a str) -> Result<Target<'a>, Kind> {
        let target = self.target(table)?;
        match target.path.last() {
            Some(PathElement::Index(_)) => Ok(target),
            _ => Err(Kind::NoElement(target.field.to_owned())),
        }
    }

    fn path(&mut self) -> Result<Vec<PathElement<'a>>, Kind> {
        let length = self.reader.unsigned("length of a path")?;
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_PATH);
        let length = length.ok_or(Kind::Depth { limit: MAX_PATH })?;
        if length > self.reader.remaining() {
            return Err(Kind::Truncated);
        }
        let mut path = Vec::with_capacity(length);
        for _ in 0..length {
            path.push(match self.reader.integer()? {
                PATH_KEY => PathElement::Key(self.string()?),
                value => PathElement::Index(
                    u64::try_from(value).map_err(|_| Kind::Unknown { what: "index", value })?,
                ),
            });
        }
        Ok(path)
    }

    fn payload(&mut self) -> Result<Payload<'a>, Kind> {
        let reader = &mut self.reader;
        Ok(match reader.integer()? {
            -6 => Payload::Set,
            -5 => Payload::List,
            -4 => Payload::Erased,
            -3 => Payload::Dictionary,
            -2 => Payload::Object,
            0 => Payload::Null,
            1 => Payload::Int(reader.integer()?),
            2 => Payload::Bool(reader.boolean()?),
            3 => Payload::String(reader.string()?),
            4 => Payload::Binary(reader.sized()?),
            5 => timestamp(reader)?,
            6 => Payload::Float(f32::from_le_bytes(reader.array()?)),
            7 => Payload::Double(f64::from_le_bytes(reader.array()?)),
            8 => Payload::Decimal(decimal::read(reader)?),
            9 => Payload::Link { table: self.string()?, key: self.key()? },
            10 => Payload::ObjectId(reader.array()?),
            11 => Payload::Uuid(reader.array()?),
            value => return Err(Kind::Unknown { what: "type of a value", value }),
        })
    }
}

/// Seconds and nanoseconds since 1970, both at most zero before it.
fn timestamp<'a>(reader: &mut Reader<'_>) -> Result<Payload<'a>, Kind> {
    let (seconds, nanoseconds) = (reader.integer()?, reader.integer()?);
    let agree = seconds == 0 || nanoseconds == 0 || (seconds < 0) == (nanoseconds < 0);
    if !agree || nanoseconds.unsigned_abs() >= 1_000_000_000 {
        return Err(Kind::TimestampRange);
    }
    let milliseconds = seconds.checked_mul(1000);
    let milliseconds = milliseconds.and_then(|ms| ms.checked_add(nanoseconds / 1_000_000));
    milliseconds.map(Payload::Timestamp).ok_or(Kind::TimestampRange)
}

impl<'a> Iterator for Changeset<'a> {
    type Item = Result<Located<'a>, ChangesetError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed && !self.reader.is_empty() {
            let offset = self.reader.offset();
            match self.record() {
                Ok(None) => {}
                Ok(Some(instruction)) => return Some(Ok(Located { offset, instruction })),
                Err(kind) => {
                    self.failed = true;
                    let table = self.table.map(str::to_owned);
                    return Some(Err(ChangesetError {
                        offset,
                        instruction: self.kind,
                        table,
                        kind,
                    }));
                }
            }
        }
        None
    }
}
