//! Random objects: their bytes are those of `bson::serialize_to_vec` for the same values, and their
//! documents are what the schema describes.

use std::collections::{BTreeMap, BTreeSet};

use asymmetric::{
    AsymmetricObject, Bson, DateTime, Decimal128, Link, LinkedObject, ObjectId, PropertyEnum, Uuid,
    asymmetric, embedded,
};
use proptest::{collection::vec, prelude::*};
use serde::Serialize;

use crate::{agreement::assert_agrees, support::encoded};

enum Station {}

impl LinkedObject for Station {
    type PrimaryKey = i64;
    const TITLE: &'static str = "Station";
}

#[derive(Clone, Copy, Debug, PropertyEnum, Serialize)]
#[property(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Fast,
    VerySlow,
}

#[asymmetric(rename_all = "camelCase")]
#[derive(Debug)]
pub(crate) struct Everything {
    flag: bool,
    small: i16,
    unsigned: u32,
    long: Option<i64>,
    single_precision: f32,
    double: f64,
    #[asymmetric(primary_key)]
    id: ObjectId,
    text: String,
    identity: Uuid,
    decimal: Decimal128,
    date: Option<DateTime>,
    payload: Bson,
    doubles: Vec<f64>,
    maybes: Vec<Option<i32>>,
    names: BTreeSet<String>,
    labels: BTreeMap<String, Option<String>>,
    mode: Mode,
    modes: Option<Vec<Mode>>,
    part: Part,
    parts: Vec<Part>,
    station: Link<Station>,
}

#[embedded]
#[derive(Clone, Debug, Serialize)]
struct Part {
    height: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    inner: BTreeMap<String, Inner>,
}

#[embedded]
#[derive(Clone, Debug, Serialize)]
struct Inner {
    count: i32,
}

/// The same, for serde: the primary key first, as the encoder writes it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Twin<'a> {
    #[serde(rename = "_id")]
    id: bson::oid::ObjectId,
    flag: bool,
    small: i16,
    unsigned: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    long: Option<i64>,
    single_precision: f32,
    double: f64,
    text: &'a str,
    identity: Uuid,
    decimal: Decimal128,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<DateTime>,
    payload: &'a Bson,
    doubles: &'a [f64],
    maybes: &'a [Option<i32>],
    names: &'a BTreeSet<String>,
    labels: &'a BTreeMap<String, Option<String>>,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    modes: &'a Option<Vec<Mode>>,
    part: &'a Part,
    parts: &'a [Part],
    station: i64,
}

impl<'a> Twin<'a> {
    fn of(object: &'a Everything) -> Self {
        let Everything {
            flag,
            small,
            unsigned,
            long,
            single_precision,
            double,
            id,
            text,
            identity,
            decimal,
            date,
            payload,
            doubles,
            maybes,
            names,
            labels,
            mode,
            modes,
            part,
            parts,
            station,
        } = object;
        Self {
            id: (*id).into(),
            flag: *flag,
            small: *small,
            unsigned: i64::from(*unsigned),
            long: *long,
            single_precision: *single_precision,
            double: *double,
            text,
            identity: *identity,
            decimal: *decimal,
            date: *date,
            payload,
            doubles,
            maybes,
            names,
            labels,
            mode: *mode,
            modes,
            part,
            parts,
            station: *station.primary_key(),
        }
    }
}

fn key() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9_$äß-]{0,80}"
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Fast), Just(Mode::VerySlow)]
}

fn part() -> impl Strategy<Value = Part> {
    let inner = any::<i32>().prop_map(|count| Inner { count });
    let inner = prop::collection::btree_map(key(), inner, 0..4);
    (any::<f64>(), any::<Option<String>>(), inner).prop_map(|(height, name, inner)| Part {
        height,
        name,
        inner,
    })
}

fn payload() -> impl Strategy<Value = Bson> {
    let scalar = prop_oneof![
        Just(Bson::Null),
        any::<bool>().prop_map(Bson::from),
        any::<i32>().prop_map(Bson::from),
        any::<i64>().prop_map(Bson::from),
        any::<f64>().prop_map(Bson::from),
        any::<String>().prop_map(Bson::from),
        any::<i64>().prop_map(|ms| Bson::from(DateTime::from_millis(ms))),
    ];
    scalar.prop_recursive(4, 64, 14, |inner| {
        let map = prop::collection::btree_map(key(), inner.clone(), 0..5);
        prop_oneof![
            vec(inner, 0..14).prop_map(Bson::from),
            map.prop_map(|map| Bson::Document(map.into_iter().collect())),
        ]
    })
}

prop_compose! {
    pub(crate) fn everything()(
        numbers in any::<(bool, i16, u32, Option<i64>, f32, f64)>(),
        bytes in any::<([u8; 12], [u8; 16], [u8; 16], Option<i64>, String)>(),
        payload in payload(),
        doubles in vec(any::<f64>(), 0..130),
        maybes in vec(any::<Option<i32>>(), 0..30),
        names in prop::collection::btree_set(any::<String>(), 0..5),
        labels in prop::collection::btree_map(key(), any::<Option<String>>(), 0..5),
        modes in (mode(), prop::option::of(vec(mode(), 0..4))),
        parts in (part(), vec(part(), 0..4)),
        station in any::<i64>(),
    ) -> Everything {
        let (flag, small, unsigned, long, single_precision, double) = numbers;
        let (id, identity, decimal, date, text) = bytes;
        let ((mode, modes), (part, parts)) = (modes, parts);
        Everything {
            flag, small, unsigned, long, single_precision, double,
            id: ObjectId::from_bytes(id),
            text,
            identity: Uuid::from_bytes(identity),
            decimal: Decimal128::from_bytes(decimal),
            date: date.map(DateTime::from_millis),
            payload, doubles, maybes, names, labels, mode, modes, part, parts,
            station: Link::to(station),
        }
    }
}

proptest! {
    #[test]
    fn random_objects_have_the_bytes_that_serde_and_bson_make_of_them(object in everything()) {
        let theirs = bson::serialize_to_vec(&Twin::of(&object)).unwrap();
        prop_assert_eq!(encoded(&object), theirs);
    }

    #[test]
    fn random_objects_are_what_their_schema_describes(object in everything()) {
        assert_agrees(&object);
    }

    #[test]
    fn whatever_was_in_the_buffer_stays_before_the_object(
        object in everything(),
        before in vec(any::<u8>(), 0..50),
    ) {
        let mut out = before.clone();
        object.encode(&mut out).unwrap();
        prop_assert_eq!(out, [before, encoded(&object)].concat());
    }
}
