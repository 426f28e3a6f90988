//! Instructions and objects of any shape, written by an encoder that is not ours to share code with.

use asymmetric_device_sync::{
    changeset::{
        Changeset, CollectionType, ColumnType, Instruction, Key, KeyType, PathElement, Payload,
        PrimaryKeyColumn, TableType, Target, ValueType,
    },
    document::{Objects, OwnedKey, Properties, Scalar, State, Value},
    message::ClientMessage,
};
use asymmetric_testkit::device_sync::ChangesetWriter;
use bson::Decimal128;
use proptest::{collection::vec, option, prelude::*, sample::select};

fn name() -> impl Strategy<Value = &'static str> + Clone {
    select(&["A", "Reading", "_id", "ä", "a.b", "$x", "", "a very long name of a property"][..])
}

fn key() -> impl Strategy<Value = Key<'static>> + Clone {
    prop_oneof![
        Just(Key::Null),
        any::<i64>().prop_map(Key::Int),
        name().prop_map(Key::String),
        any::<[u8; 12]>().prop_map(Key::ObjectId),
        any::<[u8; 16]>().prop_map(Key::Uuid),
    ]
}

fn decimal() -> impl Strategy<Value = [u8; 16]> + Clone {
    let texts = &["0", "-123.45", "1E+3", "9999999999999999999999999999999999", "-Infinity", "NaN"];
    select(&texts[..]).prop_map(|text| text.parse::<Decimal128>().unwrap().bytes())
}

fn payload() -> impl Strategy<Value = Payload<'static>> + Clone {
    let values: &[Payload<'_>] = &[
        Payload::Set,
        Payload::List,
        Payload::Dictionary,
        Payload::Erased,
        Payload::Object,
        Payload::Null,
        Payload::Binary(b""),
        Payload::Binary(b"\x00\xff"),
    ];
    prop_oneof![
        select(values),
        any::<i64>().prop_map(Payload::Int),
        any::<bool>().prop_map(Payload::Bool),
        name().prop_map(Payload::String),
        any::<i64>().prop_map(Payload::Timestamp),
        (-1e30_f32..1e30).prop_map(Payload::Float),
        (-1e300_f64..1e300).prop_map(Payload::Double),
        decimal().prop_map(Payload::Decimal),
        (name(), key()).prop_map(|(table, key)| Payload::Link { table, key }),
        any::<[u8; 12]>().prop_map(Payload::ObjectId),
        any::<[u8; 16]>().prop_map(Payload::Uuid),
    ]
}

fn number() -> impl Strategy<Value = u64> + Clone {
    0..=i64::MAX as u64
}

/// A target whose path ends in an index, in a key, or is empty.
fn target(element: bool) -> impl Strategy<Value = Target<'static>> + Clone {
    let step =
        prop_oneof![number().prop_map(PathElement::Index), name().prop_map(PathElement::Key)];
    (name(), key(), name(), vec(step, 0..4), number()).prop_map(
        move |(table, key, field, mut path, index)| {
            if element {
                path.push(PathElement::Index(index));
            }
            Target { table, key, field, path }
        },
    )
}

fn collection() -> impl Strategy<Value = Option<CollectionType>> + Clone {
    let kinds = [CollectionType::List, CollectionType::Dictionary, CollectionType::Set];
    option::of(select(kinds.to_vec()))
}

fn column() -> impl Strategy<Value = ColumnType<'static>> {
    let values = [
        ValueType::Int,
        ValueType::Bool,
        ValueType::String,
        ValueType::Binary,
        ValueType::Timestamp,
        ValueType::Float,
        ValueType::Double,
        ValueType::Decimal,
        ValueType::Link("Reading"),
        ValueType::ObjectId,
        ValueType::Uuid,
    ];
    (option::of(select(values.to_vec())), any::<bool>(), collection())
        .prop_map(|(value, nullable, collection)| ColumnType { value, nullable, collection })
}

fn table_type() -> impl Strategy<Value = TableType<'static>> {
    let kinds = vec![KeyType::Int, KeyType::String, KeyType::ObjectId, KeyType::Uuid];
    (0..3, select(kinds), any::<bool>()).prop_map(|(table, kind, nullable)| {
        let key = PrimaryKeyColumn { field: "_id", kind, nullable };
        match table {
            0 => TableType::Ordinary(key),
            1 => TableType::Embedded,
            _ => TableType::Asymmetric(key),
        }
    })
}

fn instruction() -> impl Strategy<Value = Instruction<'static>> {
    prop_oneof![
        (name(), table_type()).prop_map(|(table, kind)| Instruction::AddTable { table, kind }),
        name().prop_map(|table| Instruction::EraseTable { table }),
        (name(), name(), column()).prop_map(|(table, field, kind)| Instruction::AddColumn {
            table,
            field,
            kind
        }),
        (name(), name()).prop_map(|(table, field)| Instruction::EraseColumn { table, field }),
        (name(), key()).prop_map(|(table, key)| Instruction::CreateObject { table, key }),
        (name(), key()).prop_map(|(table, key)| Instruction::EraseObject { table, key }),
        (target(false), payload(), number()).prop_map(|(target, value, length)| {
            let in_list = matches!(target.path.last(), Some(PathElement::Index(_)));
            Instruction::Update { target, value, prior_length: in_list.then_some(length) }
        }),
        (target(false), any::<i64>())
            .prop_map(|(target, delta)| Instruction::AddInteger { target, delta }),
        (target(true), payload(), number()).prop_map(|(target, value, prior_length)| {
            Instruction::ArrayInsert { target, value, prior_length }
        }),
        (target(true), number(), number()).prop_map(|(target, to, prior_length)| {
            Instruction::ArrayMove { target, to, prior_length }
        }),
        (target(true), number())
            .prop_map(|(target, prior_length)| Instruction::ArrayErase { target, prior_length }),
        (target(false), collection())
            .prop_map(|(target, collection)| Instruction::Clear { target, collection }),
        (target(false), payload())
            .prop_map(|(target, value)| Instruction::SetInsert { target, value }),
        (target(false), payload())
            .prop_map(|(target, value)| Instruction::SetErase { target, value }),
    ]
}

fn scalar() -> impl Strategy<Value = Scalar> + Clone {
    prop_oneof![
        Just(Scalar::Null),
        any::<i64>().prop_map(Scalar::Int),
        any::<bool>().prop_map(Scalar::Bool),
        any::<String>().prop_map(|text| Scalar::String(text.into())),
        vec(any::<u8>(), 0..8).prop_map(|bytes| Scalar::Binary(bytes.into())),
        any::<i64>().prop_map(Scalar::Timestamp),
        any::<u64>().prop_map(|bits| Scalar::Double(f64::from_bits(bits))),
        any::<u32>().prop_map(|bits| Scalar::Float(f32::from_bits(bits))),
        decimal().prop_map(Scalar::Decimal),
        (name(), key()).prop_map(|(class, key)| {
            Scalar::Link { class: class.into(), key: OwnedKey::of(key) }
        }),
        any::<[u8; 12]>().prop_map(Scalar::ObjectId),
        any::<[u8; 16]>().prop_map(Scalar::Uuid),
    ]
}

fn properties(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Properties> {
    vec(("[a-z]{1,8}", value), 1..5).prop_map(|values| {
        values.into_iter().map(|(name, value)| (name.into_boxed_str(), value)).collect()
    })
}

/// Values as devices write them. Collections are not empty: of those a device says nothing.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => scalar().prop_map(Value::Scalar),
        1 => vec(scalar(), 1..5).prop_map(|values| Value::Set(values.into_iter().collect())),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..5).prop_map(Value::List),
            properties(inner.clone()).prop_map(Value::Dictionary),
            properties(inner).prop_map(Value::Object),
        ]
    })
}

proptest! {
    #[test]
    fn instructions_are_read_as_they_were_written(written in vec(instruction(), 0..20)) {
        let mut writer = ChangesetWriter::new();
        for instruction in &written {
            writer.instruction(instruction);
        }
        let changeset = writer.finish();
        let read: Vec<_> =
            Changeset::new(&changeset).map(|located| located.unwrap().instruction).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn objects_are_what_a_device_wrote(key in key(), properties in properties(value())) {
        let key = OwnedKey::of(key);
        let mut writer = ChangesetWriter::new();
        writer.object("Reading", &key, &properties);
        let changeset = writer.finish();
        let mut objects: Vec<_> = Objects::decode(&changeset).unwrap().into_objects().collect();
        prop_assert_eq!(objects.len(), 1);
        let object = objects.remove(0);
        prop_assert_eq!(&object.properties, &properties);
        prop_assert_eq!((&*object.class, &object.key, object.state), ("Reading", &key, State::Created));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in vec(any::<u8>(), 0..200)) {
        drop(Objects::decode(&bytes));
    }

    #[test]
    fn no_change_of_a_changeset_makes_the_decoder_panic(
        properties in properties(value()),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut writer = ChangesetWriter::new();
        writer.object("Reading", &OwnedKey::Int(1), &properties);
        let mut changeset = writer.finish();
        for (at, byte) in changes {
            let at = at.index(changeset.len());
            changeset[at] = byte;
        }
        if let Ok(objects) = Objects::decode(&changeset) {
            for object in objects.into_objects() {
                drop(object.to_bson(None, &str::to_owned));
            }
        }
    }

    #[test]
    fn no_message_makes_the_reader_panic(
        header in "(bind|ident|query|mark|upload|unbind|ping|json_error)( [0-9]{1,20}){0,9}\n",
        body in vec(any::<u8>(), 0..40),
    ) {
        let message = [header.as_bytes(), &body].concat();
        if let Ok(ClientMessage::Upload(upload)) = ClientMessage::parse(&message)
            && let Ok(body) = upload.decompress(1 << 16)
        {
            upload.entries(&body).for_each(drop);
        }
    }
}
