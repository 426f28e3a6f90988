//! What the attributes on structs and fields make of a class.

use asymmetric::{
    AsymmetricObject, DateTime, EmbeddedObject, ObjectId, asymmetric, embedded,
    schema::{Granularity, TimeSeries},
};
use bson::doc;
use serde_json::json;

use crate::support::assert_encodes;

/// One reading of one station.
///
/// Taken every minute.
#[asymmetric(
    title = "Weather",
    database = "telemetry",
    collection = "readings",
    data_source = "cluster",
    rename_all = "camelCase"
)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WeatherSensor {
    /// Where it was taken.
    pub(crate) device_id: String,
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(rename = "type", description = "What was measured.")]
    r#type: String,
    r#loop: i32,
    #[asymmetric(skip)]
    cached: Option<std::rc::Rc<str>>,
}

fn sensor() -> WeatherSensor {
    WeatherSensor {
        device_id: "a".into(),
        id: ObjectId::from_bytes([1; 12]),
        r#type: "b".into(),
        r#loop: 3,
        cached: Some("never stored".into()),
    }
}

#[test]
fn the_primary_key_comes_first_and_the_others_follow_as_declared() {
    let expected = doc! {
        "_id": ObjectId::from_bytes([1; 12]), "deviceId": "a", "type": "b", "loop": 3
    };
    assert_encodes(&sensor(), &expected);
    let names: Vec<_> = WeatherSensor::PROPERTIES.iter().map(|p| p.name.to_string()).collect();
    assert_eq!(names, expected.keys().cloned().collect::<Vec<_>>());
}

#[test]
fn the_schema_says_what_the_attributes_say() {
    let schema = WeatherSensor::SCHEMA;
    assert_eq!(
        (&*schema.data_source, &*schema.database, &*schema.collection),
        ("cluster", "telemetry", "readings")
    );
    assert_eq!(
        schema.to_json(),
        json!({
            "title": "Weather",
            "bsonType": "object",
            "description": "One reading of one station.\n\nTaken every minute.",
            "required": ["_id", "deviceId", "type", "loop"],
            "properties": {
                "_id": {"bsonType": "objectId"},
                "deviceId": {"bsonType": "string", "description": "Where it was taken."},
                "type": {"bsonType": "string", "description": "What was measured."},
                "loop": {"bsonType": "int"},
            }
        })
    );
}

#[test]
fn other_derives_and_visibilities_stay_as_they_were() {
    let sensor = sensor();
    assert_eq!(sensor.clone(), sensor);
    assert!(format!("{sensor:?}").contains("never stored"));
}

#[asymmetric]
struct Bare {
    #[asymmetric(primary_key)]
    serial: i64,
}

#[test]
fn a_class_that_says_nothing_is_stored_under_its_own_name() {
    let schema = Bare::SCHEMA;
    assert_eq!(
        (&*schema.title, &*schema.data_source, &*schema.database, &*schema.collection),
        ("Bare", "mongodb-atlas", "app", "Bare")
    );
    assert_eq!((schema.description, schema.time_series), (None, None));
    assert_encodes(&Bare { serial: 7 }, &doc! { "_id": 7_i64 });
}

#[asymmetric(time_series(time = taken_at, meta = device, granularity = minutes))]
struct Measurement {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(rename = "at")]
    taken_at: DateTime,
    #[asymmetric(rename = "source")]
    device: String,
}

#[test]
fn options_of_a_time_series_are_in_persisted_names() {
    assert_eq!(
        Measurement::SCHEMA.time_series,
        Some(TimeSeries {
            time: "at".to_owned().into(),
            meta: Some("source".to_owned().into()),
            granularity: Granularity::Minutes,
        })
    );
}

#[asymmetric]
struct Conditional {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[cfg(not(any()))]
    #[asymmetric(rename = "value")]
    integer: i32,
    #[cfg(any())]
    #[asymmetric(rename = "value")]
    double: f64,
}

#[test]
fn fields_that_are_not_compiled_are_not_stored() {
    let object = Conditional { id: ObjectId::from_bytes([1; 12]), integer: 5 };
    assert_encodes(&object, &doc! { "_id": object.id, "value": 5 });
    assert_eq!(Conditional::PROPERTIES.len(), 2);
}

#[asymmetric]
struct Borrowed<'a, 'b>
where
    'a: 'b,
{
    #[asymmetric(primary_key)]
    name: &'a str,
    payload: &'b [u8],
    samples: &'b [f64],
    place: Place<'a>,
}

#[embedded]
struct Place<'a> {
    city: std::borrow::Cow<'a, str>,
}

#[test]
fn borrowed_fields_are_encoded_without_being_owned() {
    let (name, payload, samples) = ("a".to_owned(), vec![1, 2], vec![1.5]);
    let object = Borrowed {
        name: &name,
        payload: &payload,
        samples: &samples,
        place: Place { city: name.as_str().into() },
    };
    let payload = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] };
    assert_encodes(
        &object,
        &doc! { "_id": "a", "payload": payload, "samples": [1.5], "place": { "city": "a" } },
    );
}

/// How the wind blows.
#[embedded(title = "WindVector", rename_all = "SCREAMING_SNAKE_CASE")]
struct Wind {
    /// In miles per hour.
    speed_mph: f64,
}

#[test]
fn embedded_classes_have_title_description_and_names_of_their_own() {
    let schema = Wind::SCHEMA;
    assert_eq!(&*schema.title, "WindVector");
    assert_eq!(schema.description.as_deref(), Some("How the wind blows."));
    let property = &schema.properties[0];
    assert_eq!(&*property.name, "SPEED_MPH");
    assert_eq!(property.description.as_deref(), Some("In miles per hour."));
    let mut out = Vec::new();
    Wind { speed_mph: 1.0 }.encode(&mut out).unwrap();
    assert_eq!(out, doc! { "SPEED_MPH": 1.0 }.to_vec().unwrap());
}
