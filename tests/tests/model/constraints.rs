//! Constraints are in the schema, and are checked before anything is stored.

use std::collections::BTreeSet;

use asymmetric::{
    App, AsymmetricObject, Credentials, Decimal128, ObjectId, Realm, WriteError, asymmetric,
    embedded, realm_schema,
};
use serde_json::json;

use crate::support::{encoded, property};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(minimum = -40, maximum = 60.5)]
    celsius: f64,
    #[asymmetric(exclusive_minimum = 0, exclusive_maximum = 10)]
    count: Option<i32>,
    #[asymmetric(minimum = 9_007_199_254_740_993)]
    serial: i64,
    #[asymmetric(maximum = 1.5)]
    price: Decimal128,
    #[asymmetric(min_length = 2, max_length = 4, pattern = r"^\w+$")]
    station: String,
    #[asymmetric(min_items = 1, max_items = 12)]
    samples: Vec<f64>,
    #[asymmetric(max_items = 1)]
    tags: Option<BTreeSet<String>>,
    gusts: Vec<Gust>,
}

#[embedded]
struct Gust {
    #[asymmetric(rename = "speedMph", minimum = 0)]
    speed: f64,
}

fn valid() -> Reading {
    Reading {
        id: ObjectId::new(),
        celsius: -40.0,
        count: Some(9),
        serial: 9_007_199_254_740_993,
        price: "1.5".parse().expect("it is a decimal number"),
        station: "JFKX".into(),
        samples: vec![1.0; 12],
        tags: Some(["a".to_owned()].into()),
        gusts: vec![Gust { speed: 0.0 }],
    }
}

#[test]
fn values_at_the_bounds_are_allowed() {
    assert!(!encoded(&valid()).is_empty());
    let absent = Reading { count: None, tags: None, celsius: 60.5, ..valid() };
    assert!(!encoded(&absent).is_empty());
}

#[test]
fn each_rule_refuses_what_breaks_it_and_names_all_four() {
    let wrong: [(Reading, &str); 15] = [
        (Reading { celsius: -40.1, ..valid() }, "celsius|-40.1|minimum = -40"),
        (Reading { celsius: 60.6, ..valid() }, "celsius|60.6|maximum = 60.5"),
        (Reading { celsius: f64::NAN, ..valid() }, "celsius|NaN|minimum = -40"),
        (Reading { count: Some(0), ..valid() }, "count|0|exclusive_minimum = 0"),
        (Reading { count: Some(10), ..valid() }, "count|10|exclusive_maximum = 10"),
        (
            // One less, but equal as a double.
            Reading { serial: 9_007_199_254_740_992, ..valid() },
            "serial|9007199254740992|minimum = 9007199254740993",
        ),
        (Reading { price: "1.51".parse().unwrap(), ..valid() }, "price|1.51|maximum = 1.5"),
        (Reading { station: "J".into(), ..valid() }, "station|J|min_length = 2"),
        (Reading { station: "JFKNY".into(), ..valid() }, "station|JFKNY|max_length = 4"),
        (Reading { station: "J K".into(), ..valid() }, r#"station|J K|pattern = "^\\w+$""#),
        (Reading { station: "äöüß".into(), ..valid() }, r#"station|äöüß|pattern = "^\\w+$""#),
        (Reading { samples: vec![], ..valid() }, "samples|0 items|min_items = 1"),
        (Reading { samples: vec![0.0; 13], ..valid() }, "samples|13 items|max_items = 12"),
        (
            Reading { tags: Some(["a".to_owned(), "b".to_owned()].into()), ..valid() },
            "tags|2 items|max_items = 1",
        ),
        (
            Reading { gusts: vec![Gust { speed: 1.0 }, Gust { speed: -1.0 }], ..valid() },
            "gusts.1.speedMph|-1|minimum = 0",
        ),
    ];
    for (reading, expected) in wrong {
        let error = reading.encode(&mut Vec::new()).expect_err(expected);
        assert_eq!(error.class(), "Reading");
        assert_eq!(format!("{}|{}|{}", error.property(), error.value(), error.rule()), expected);
    }
}

#[test]
fn the_schema_states_every_rule() {
    for (name, expected) in [
        ("celsius", json!({"bsonType": "double", "minimum": -40.0, "maximum": 60.5})),
        (
            "count",
            json!({
                "bsonType": "int", "minimum": 0, "exclusiveMinimum": true,
                "maximum": 10, "exclusiveMaximum": true
            }),
        ),
        ("serial", json!({"bsonType": "long", "minimum": 9_007_199_254_740_993_i64})),
        ("price", json!({"bsonType": "decimal", "maximum": 1.5})),
        (
            "station",
            json!({"bsonType": "string", "minLength": 2, "maxLength": 4, "pattern": r"^\w+$"}),
        ),
        (
            "samples",
            json!({
                "bsonType": "array", "items": {"bsonType": "double"}, "minItems": 1, "maxItems": 12
            }),
        ),
    ] {
        assert_eq!(property::<Reading>(name), expected);
    }
}

#[asymmetric(title = "Press", database = "telemetry")]
struct ButtonPress {
    #[asymmetric(primary_key)]
    id: i64,
    #[asymmetric(pattern = "^[a-z]+$", max_length = 5)]
    button: String,
}

realm_schema! { struct Buttons = [ButtonPress]; }

#[test]
fn an_object_that_breaks_a_rule_is_refused_before_anything_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    // Nobody listens on port 9.
    let app = App::builder("offline").base_url("http://127.0.0.1:9").build().unwrap();
    let user = app.log_in_later(Credentials::anonymous());
    let realm = Realm::<Buttons>::open(&user, directory.path().join("test.realm")).unwrap();
    let press = |id, button: &str| ButtonPress { id, button: button.to_owned() };
    for (button, rule) in [("RED", r#"pattern = "^[a-z]+$""#), ("yellow", "max_length = 5")] {
        let refused = realm.write(|tx| {
            tx.create(press(1, "red"))?;
            tx.create(press(2, button))
        });
        let Err(WriteError::Invalid(error)) = refused else { panic!("{button} was written") };
        assert_eq!((error.class(), error.property()), ("Press", "button"));
        assert_eq!((error.value(), error.rule()), (button, rule));
    }
    assert_eq!(realm.sync_session().progress().pending_objects(), 0);

    // What was refused took no place: the transaction can be tried again.
    realm.create(press(1, "red")).unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 1);
}
