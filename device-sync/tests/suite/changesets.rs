//! Changesets, instruction by instruction.

use asymmetric_device_sync::changeset::{
    Changeset, ChangesetError, ChangesetErrorKind, CollectionType, ColumnType, Instruction,
    InstructionKind, Key, KeyType, PathElement, Payload, PrimaryKeyColumn, TableType, Target,
    ValueType,
};

use crate::{bytes, vectors};

fn instructions(changeset: &[u8]) -> Result<Vec<Instruction<'_>>, ChangesetError> {
    Changeset::new(changeset).map(|located| located.map(|located| located.instruction)).collect()
}

fn kind_of_error(changeset: &[u8]) -> ChangesetErrorKind {
    instructions(changeset).expect_err("the changeset is damaged").kind
}

#[test]
fn announcements_of_classes_are_read() {
    let changeset = bytes(vectors::V1);
    let column = |value, nullable| ColumnType { value, nullable, collection: None };
    assert_eq!(
        instructions(&changeset).unwrap(),
        [
            Instruction::AddTable { table: "Pos", kind: TableType::Embedded },
            Instruction::AddColumn {
                table: "Pos",
                field: "lat",
                kind: column(Some(ValueType::Double), false),
            },
            Instruction::AddTable {
                table: "M",
                kind: TableType::Asymmetric(PrimaryKeyColumn {
                    field: "_id",
                    kind: KeyType::ObjectId,
                    nullable: false,
                }),
            },
            Instruction::AddColumn {
                table: "M",
                field: "n",
                kind: column(Some(ValueType::Int), false),
            },
            Instruction::AddColumn {
                table: "M",
                field: "s",
                kind: column(Some(ValueType::String), true),
            },
            Instruction::AddColumn {
                table: "M",
                field: "pos",
                kind: column(Some(ValueType::Link("Pos")), true),
            },
        ]
    );
}

#[test]
fn announcements_of_collections_are_read() {
    let changeset = bytes(vectors::V4);
    let columns: Vec<_> = instructions(&changeset)
        .unwrap()
        .into_iter()
        .filter_map(|instruction| match instruction {
            Instruction::AddColumn { field, kind, .. } => Some((field, kind)),
            _ => None,
        })
        .collect();
    let column = |value, nullable, collection| ColumnType { value, nullable, collection };
    assert_eq!(
        columns,
        [
            ("l", column(Some(ValueType::Int), false, Some(CollectionType::List))),
            ("d", column(Some(ValueType::String), false, Some(CollectionType::Dictionary))),
            ("u", column(Some(ValueType::String), false, Some(CollectionType::Set))),
            ("m", column(None, true, None)),
            ("bl", column(Some(ValueType::Link("B")), true, None)),
            ("bll", column(Some(ValueType::Link("B")), false, Some(CollectionType::List))),
        ]
    );
}

#[test]
fn keys_of_every_type_are_read() {
    let changeset = bytes(vectors::V6);
    let keys: Vec<_> = instructions(&changeset)
        .unwrap()
        .into_iter()
        .map(|instruction| match instruction {
            Instruction::CreateObject { table, key } => (table, key),
            other => panic!("{other:?}"),
        })
        .collect();
    let uuid = *b"\x3b\x24\x11\x01\xe2\xbb\x42\x55\x8c\xaf\x41\x36\xc5\x66\xa9\x62";
    assert_eq!(
        keys,
        [
            ("B", Key::String("pk1")),
            ("B", Key::Null),
            ("U", Key::Uuid(uuid)),
            ("A", Key::Int(-100)),
        ]
    );
}

#[test]
fn paths_lead_through_embedded_objects() {
    let changeset = bytes(vectors::V3);
    let last = instructions(&changeset).unwrap().pop().unwrap();
    let key = Key::ObjectId(*b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0d");
    assert_eq!(
        last,
        Instruction::Update {
            target: Target { table: "M", key, field: "pos", path: vec![PathElement::Key("lat")] },
            value: Payload::Double(1.0),
            prior_length: None,
        }
    );
}

#[test]
fn removals_of_classes_and_properties_are_read() {
    let changeset = bytes(vectors::V12);
    assert_eq!(
        instructions(&changeset).unwrap(),
        [
            Instruction::EraseColumn { table: "A", field: "u" },
            Instruction::EraseTable { table: "U" },
        ]
    );
}

#[test]
fn a_changeset_cut_inside_a_record_is_refused_and_between_records_it_is_not() {
    for (number, vector) in vectors::CHANGESETS.iter().enumerate() {
        let whole = bytes(vector);
        // Where records end: a changeset with one more record parses up to there.
        let mut ends = vec![0];
        let mut passed = 0;
        for length in 1..=whole.len() {
            match instructions(&whole[..length]) {
                Ok(found) => {
                    assert!(found.len() >= passed, "V{}: {length}", number + 1);
                    passed = found.len();
                    ends.push(length);
                }
                Err(error) => {
                    assert_eq!(error.kind, ChangesetErrorKind::Truncated, "V{}", number + 1);
                    assert_eq!(Some(&error.offset), ends.last(), "V{}: {length}", number + 1);
                }
            }
        }
        assert_eq!(ends.last(), Some(&whole.len()), "V{}", number + 1);
        assert!(ends.len() > 2 && ends.len() < whole.len() / 2, "V{}: {ends:?}", number + 1);
    }
}

#[test]
fn damaged_changesets_say_what_is_wrong() {
    let intern_gap = b"\x3f\x01\x01A";
    assert_eq!(
        kind_of_error(intern_gap),
        ChangesetErrorKind::InternIndex { expected: 0, found: 1 }
    );
    let interned_twice = b"\x3f\x00\x01A\x3f\x01\x01A";
    assert_eq!(kind_of_error(interned_twice), ChangesetErrorKind::InternedTwice("A".into()));
    let unknown = |what, value| ChangesetErrorKind::Unknown { what, value };
    assert_eq!(kind_of_error(b"\x0e"), unknown("instruction", 14));
    let payload = b"\x3f\x00\x01A\x04\x00\x01\x01\x00\x00\x0c";
    assert_eq!(kind_of_error(payload), unknown("type of a value", 12));
    let long = [[0x80; 10].as_slice(), &[0]].concat();
    assert_eq!(kind_of_error(&long), ChangesetErrorKind::IntegerRange);
    assert_eq!(kind_of_error(b"\x02\x00"), ChangesetErrorKind::NotInterned(0));
    assert_eq!(kind_of_error(b"\x3f\x00\x01\xff"), ChangesetErrorKind::Utf8);
    let no_key = b"\x3f\x00\x01A\x02\x00\x40\x01\x01";
    assert_eq!(kind_of_error(no_key), ChangesetErrorKind::NoPrimaryKey);
    let deep = b"\x3f\x00\x01A\x04\x00\x01\x01\x00\xe5\x00";
    assert_eq!(kind_of_error(deep), ChangesetErrorKind::Depth { limit: 100 });
    // A length far over what is there reserves nothing.
    let huge = b"\x3f\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00";
    assert_eq!(kind_of_error(huge), ChangesetErrorKind::Truncated);
}

#[test]
fn errors_name_offset_instruction_and_class() {
    let error = instructions(b"\x3f\x00\x01A\x02\x00\x0d").unwrap_err();
    assert_eq!(error.offset, 4);
    assert_eq!(error.instruction, Some(InstructionKind::CreateObject));
    assert_eq!(error.table.as_deref(), Some("A"));
    assert_eq!(
        error.to_string(),
        "13 is no type of a primary key at byte 4, in CreateObject of `A`"
    );
}

#[test]
fn moments_out_of_range_are_refused() {
    let timestamp = |bytes: &[u8]| {
        let changeset = [b"\x3f\x00\x01A\x04\x00\x01\x01\x00\x00\x05".as_slice(), bytes].concat();
        kind_of_error(&[changeset.as_slice(), &[0]].concat())
    };
    // Signs that differ; a second of nanoseconds; more milliseconds than 64 bits hold.
    assert_eq!(timestamp(b"\x01\x41"), ChangesetErrorKind::TimestampRange);
    assert_eq!(timestamp(b"\x01\x80\xa8\xd6\xb9\x07"), ChangesetErrorKind::TimestampRange);
    let far = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00";
    assert_eq!(timestamp(far), ChangesetErrorKind::TimestampRange);
}
