//! The instructions that one write transaction of a device became.
//!
//! A changeset is a run of intern records and instructions, without header, count or end mark:
//!
//! ```text
//! changeset   = { intern | instruction }
//! intern      = 3f index length bytes            strings that instructions refer to by index
//! instruction = code table …                     [`Instruction`] lists them
//! integer     = { 1 7 bits } 0 sign 6 bits       groups, low first; negative v as -v-1 with the sign
//! ```
//!
//! Every length is checked against what is left of the input, so that memory is bounded by it.

mod decimal;
mod error;
mod instruction;
mod parser;
mod reader;

pub use error::{ChangesetError, ChangesetErrorKind};
pub use instruction::{
    CollectionType, ColumnType, Instruction, InstructionKind, Key, KeyType, PathElement, Payload,
    PrimaryKeyColumn, TableType, Target, ValueType,
};
pub use parser::{Changeset, Located};
