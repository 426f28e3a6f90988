//! Links to objects that live elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use asymmetric::{AsymmetricObject, Link, LinkedObject, ObjectId, Uuid, asymmetric, embedded};
use bson::doc;
use serde_json::json;

use crate::support::{assert_encodes, is_required, property};

enum Station {}

impl LinkedObject for Station {
    type PrimaryKey = String;
    const TITLE: &'static str = "Station";
    const COLLECTION: &'static str = "stations";
    const DATABASE: &'static str = "telemetry";
    const DATA_SOURCE: &'static str = "cluster";
}

enum Operator {}

impl LinkedObject for Operator {
    type PrimaryKey = Uuid;
    const TITLE: &'static str = "Operator";
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    station: Link<Station>,
    operator: Option<Link<Operator>>,
    neighbours: Vec<Link<Station>>,
    shifts: BTreeSet<Link<Station>>,
    by_role: BTreeMap<String, Link<Station>>,
    fix: Fix,
}

#[embedded]
struct Fix {
    station: Link<Station>,
}

fn to(station: &str) -> Link<Station> {
    Link::to(station.to_owned())
}

#[test]
fn a_link_is_stored_as_the_primary_key_it_points_to() {
    let (id, operator) = (ObjectId::new(), Uuid::from_bytes([3; 16]));
    let reading = Reading {
        id,
        station: to("JFK"),
        operator: Some(Link::to(operator)),
        neighbours: vec![to("LGA"), to("EWR")],
        shifts: [to("B"), to("A")].into(),
        by_role: [("next".to_owned(), to("LGA"))].into(),
        fix: Fix { station: to("JFK") },
    };
    assert_encodes(
        &reading,
        &doc! {
            "_id": id,
            "station": "JFK",
            "operator": operator,
            "neighbours": ["LGA", "EWR"],
            "shifts": ["A", "B"],
            "by_role": { "next": "LGA" },
            "fix": { "station": "JFK" },
        },
    );
}

#[test]
fn links_are_never_required_and_become_relationships() {
    assert_eq!(property::<Reading>("station"), json!({"bsonType": "string"}));
    assert!(!is_required::<Reading>("station"));
    let station = |is_list| {
        json!({
            "ref": "#/relationship/cluster/telemetry/stations",
            "foreign_key": "_id", "is_list": is_list
        })
    };
    assert_eq!(
        Reading::SCHEMA.relationships_to_json(),
        json!({
            "station": station(false),
            "operator": {
                "ref": "#/relationship/mongodb-atlas/app/Operator",
                "foreign_key": "_id", "is_list": false
            },
            "neighbours": station(true),
            "shifts": station(true),
            "by_role": station(true),
            "fix.station": station(false),
        })
    );
}

#[test]
fn links_compare_as_their_keys_do() {
    assert!(to("A") < to("B"));
    assert_eq!(to("A"), to("A").clone());
    assert_eq!(format!("{:?}", to("A")), "Link(\"A\")");
}
