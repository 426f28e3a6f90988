use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ClassDocument, Node, Place, strategies};
use crate::{
    EmbeddedSchema, LinkTarget, ObjectSchema, PropertySchema, PropertyType, Shared, TimeSeries,
    to_canonical_string, to_pretty_string,
};

fn place() -> Place {
    Place { data_source: "a".into(), database: "b".into(), collection: "c".into() }
}

proptest! {
    #[test]
    fn what_is_written_is_read(class in strategies::class()) {
        let text = |value: &Value| to_pretty_string(value).parse::<Value>().unwrap();
        let read = ClassDocument::from_json(
            class.place.clone(),
            text(&class.schema.to_json()),
            Some(text(&class.relationships_to_json())),
        );
        let mut read = read.unwrap();
        read.asymmetric = class.asymmetric;
        read.time_series = class
            .time_series
            .as_ref()
            .map(|options| TimeSeries::from_json(text(&options.to_json())).unwrap());
        prop_assert_eq!(read.fingerprint(), class.fingerprint());
        prop_assert_eq!(read, class);
    }

    #[test]
    fn what_is_read_is_written_or_refused(value in strategies::json()) {
        if let Ok(node) = Node::from_json(value.clone()) {
            prop_assert_eq!(to_canonical_string(&node.to_json()), to_canonical_string(&value));
        }
    }
}

#[test]
fn keywords_that_mean_nothing_are_kept_at_every_level() {
    let schema = json!({
        "title": "Reading",
        "bsonType": "object",
        "validate": {"%or": [{"%%prev": {"$exists": false}}]},
        "properties": {
            "_id": {"bsonType": "objectId", "x-unit": null},
            "labels": {"bsonType": "object", "additionalProperties": {"type": "string", "format": "email"}},
            "pair": {"bsonType": "array", "items": [{"bsonType": "int"}, {}], "additionalItems": false},
            "description": {"bsonType": ["string", "null"], "description": "A property of that name."},
        },
    });
    let relationships = json!({
        "pair": {"ref": "#/relationship/a/b/c.d", "foreign_key": "_id", "is_list": true, "source_key": "pair"}
    });
    let class =
        ClassDocument::from_json(place(), schema.clone(), Some(relationships.clone())).unwrap();
    assert_eq!(class.schema.to_json(), schema);
    assert_eq!(class.relationships_to_json(), relationships);
    let target = class.relationships["pair"].target().unwrap();
    assert_eq!(target.to_string(), "a/b/c.d");
}

#[test]
fn class_without_a_title_is_called_like_its_collection() {
    assert_eq!(ClassDocument::from_json(place(), json!({}), None).unwrap().title(), "c");
}

#[test]
fn document_that_is_no_schema_is_told_where_it_stops_being_one() {
    let message = |schema: Value| Node::from_json(schema).unwrap_err().to_string();
    assert_eq!(message(json!([])), "the document should be an object, and is an array");
    assert_eq!(
        message(json!({"properties": {"a/b": {"required": "x"}}})),
        "`/properties/a~1b/required` should be an array, and is a string"
    );
    assert_eq!(
        message(json!({"items": [{}, {"minLength": "3"}]})),
        "`/items/1/minLength` should be a number, and is a string"
    );
    assert_eq!(
        message(json!({"additionalProperties": {"bsonType": "int", "type": "number"}})),
        "`/additionalProperties` has both `bsonType` and `type`: keep `bsonType`"
    );
    let links = json!({"station": {"ref": "#", "is_list": false}});
    let error = ClassDocument::from_json(place(), json!({}), Some(links)).unwrap_err();
    assert_eq!(error.to_string(), "`/station` has no `foreign_key`");
}

#[test]
fn document_of_a_class_has_its_fingerprint() {
    const STATION: LinkTarget = LinkTarget {
        title: Shared::Static("Station"),
        data_source: Shared::Static("main"),
        database: Shared::Static("telemetry"),
        collection: Shared::Static("stations"),
        primary_key: PropertyType::String,
    };
    const STATION_LINK: PropertyType = PropertyType::Link(Shared::Static(&STATION));
    const LINKS: &[PropertySchema] = &[PropertySchema::new("station", STATION_LINK)];
    const WIND: PropertyType =
        PropertyType::Embedded(Shared::Static(&EmbeddedSchema::new("Wind", LINKS)));
    const PROPERTIES: &[PropertySchema] = &[
        PropertySchema::new("_id", PropertyType::ObjectId).described("Made by the device."),
        PropertySchema::new("wind", WIND),
    ];
    let mut class = ObjectSchema::new("Reading", PROPERTIES).in_database("telemetry");
    let plain = ClassDocument::from(&class);
    assert_eq!(plain.fingerprint(), crate::Fingerprint::of(&class));
    assert_eq!(
        plain.relationships["wind.station"].reference,
        "#/relationship/main/telemetry/stations"
    );

    class.time_series = Some(TimeSeries {
        time: "at".to_owned().into(),
        meta: None,
        granularity: crate::Granularity::Minutes,
    });
    let series = ClassDocument::from(&class);
    assert_eq!(series.fingerprint(), crate::Fingerprint::of(&class));
    assert_ne!(series.fingerprint(), plain.fingerprint());
}
