//! Newtypes and enums as properties.

use std::collections::{BTreeMap, BTreeSet};

use asymmetric::{
    AsymmetricObject, DateTime, ObjectId, Property, PropertyEnum, asymmetric, schema::Granularity,
};
use bson::doc;
use serde_json::json;

use crate::support::{assert_encodes, is_required, property, refusal};

#[derive(Property, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct DeviceId(String);

#[derive(Property)]
struct Celsius {
    degrees: f64,
}

#[derive(Property)]
struct Pressure(Option<f64>);

#[derive(Property)]
struct Tags(BTreeSet<String>);

#[derive(Property)]
struct Taken(DateTime);

#[derive(Property)]
struct Borrowed<'a>(&'a str);

#[derive(PropertyEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[property(rename_all = "snake_case")]
enum State {
    On,
    VeryHot,
    #[property(rename = "OFF!")]
    Off,
}

#[asymmetric(time_series(time = taken, granularity = hours))]
struct Reading<'a> {
    #[asymmetric(primary_key)]
    device: DeviceId,
    taken: Taken,
    #[asymmetric(maximum = 60)]
    celsius: Celsius,
    pressure: Pressure,
    #[asymmetric(max_items = 2)]
    tags: Tags,
    #[asymmetric(max_length = 3)]
    note: Borrowed<'a>,
    state: State,
    before: Option<State>,
    history: Vec<State>,
    seen: BTreeSet<State>,
    by_name: BTreeMap<String, Option<State>>,
    by_device: BTreeMap<DeviceId, i32>,
    others: Vec<DeviceId>,
    friends: BTreeSet<DeviceId>,
}

fn reading() -> Reading<'static> {
    Reading {
        device: DeviceId("a".into()),
        taken: Taken(DateTime::from_millis(5)),
        celsius: Celsius { degrees: 21.5 },
        pressure: Pressure(None),
        tags: Tags(["x".to_owned()].into()),
        note: Borrowed("n"),
        state: State::VeryHot,
        before: None,
        history: vec![State::On, State::Off],
        seen: [State::On].into(),
        by_name: [("k".to_owned(), Some(State::Off))].into(),
        by_device: [(DeviceId("d".into()), 1)].into(),
        others: vec![DeviceId("b".into())],
        friends: [DeviceId("c".into())].into(),
    }
}

#[test]
fn newtypes_are_stored_as_what_they_wrap_and_enums_as_strings() {
    assert_encodes(
        &reading(),
        &doc! {
            "_id": "a",
            "taken": DateTime::from_millis(5),
            "celsius": 21.5,
            "tags": ["x"],
            "note": "n",
            "state": "very_hot",
            "history": ["on", "OFF!"],
            "seen": ["on"],
            "by_name": { "k": "OFF!" },
            "by_device": { "d": 1 },
            "others": ["b"],
            "friends": ["c"],
        },
    );
}

#[test]
fn the_schema_lists_the_strings_of_an_enum() {
    let strings = json!({"bsonType": "string", "enum": ["on", "very_hot", "OFF!"]});
    assert_eq!(property::<Reading<'_>>("state"), strings);
    assert_eq!(property::<Reading<'_>>("before"), strings);
    assert_eq!(property::<Reading<'_>>("history")["items"], strings);
    assert_eq!(property::<Reading<'_>>("seen")["items"], strings);
    assert_eq!(property::<Reading<'_>>("by_name")["additionalProperties"], strings);
    assert!(is_required::<Reading<'_>>("state") && !is_required::<Reading<'_>>("before"));
}

#[test]
fn newtypes_have_the_schema_and_the_rules_of_what_they_wrap() {
    assert_eq!(property::<Reading<'_>>("celsius"), json!({"bsonType": "double", "maximum": 60.0}));
    assert!(!is_required::<Reading<'_>>("pressure"), "the wrapped option makes it optional");
    assert_eq!(Reading::SCHEMA.time_series.unwrap().granularity, Granularity::Hours);
    for (wrong, message) in [
        (
            Reading { celsius: Celsius { degrees: 61.0 }, ..reading() },
            "`Reading.celsius`: value `61` breaks the rule `maximum = 60`",
        ),
        (
            Reading { note: Borrowed("long"), ..reading() },
            "`Reading.note`: value `long` breaks the rule `max_length = 3`",
        ),
        (
            Reading { tags: Tags(["a", "b", "c"].map(str::to_owned).into()), ..reading() },
            "`Reading.tags`: value `3 items` breaks the rule `max_items = 2`",
        ),
    ] {
        assert_eq!(refusal(&wrong), message);
    }
}

#[test]
fn a_newtype_over_an_object_id_is_a_primary_key() {
    #[derive(Property)]
    struct Key(ObjectId);

    #[asymmetric]
    struct Holder {
        #[asymmetric(primary_key)]
        key: Key,
    }

    let id = ObjectId::new();
    assert_encodes(&Holder { key: Key(id) }, &doc! { "_id": id });
}
