//! Defaults are in the schema, and keep to the rules of their field.

use std::{borrow::Cow, sync::Arc};

use asymmetric::{Decimal128, Property, PropertyEnum, asymmetric, embedded};
use bson::doc;
use serde_json::{Value, json};

use crate::support::{assert_encodes, decoded, property};

const RETRIES: u16 = 3;
const HOME: &str = "KJFK";

#[derive(PropertyEnum)]
#[property(rename_all = "snake_case")]
enum State {
    On,
    StandBy,
}

#[derive(Property)]
struct Celsius(f64);

#[derive(Property)]
struct Name(Option<Arc<str>>);

#[asymmetric]
struct Stated {
    #[asymmetric(primary_key)]
    id: i64,
    #[asymmetric(default = true)]
    flag: bool,
    #[asymmetric(default = -1, minimum = -1)]
    channel: i8,
    #[asymmetric(default = RETRIES * 2 + 1, exclusive_maximum = 8)]
    retries: u16,
    #[asymmetric(default = i64::MIN)]
    long: i64,
    #[asymmetric(default = -0.5, minimum = -0.5, maximum = 1)]
    weight: f64,
    #[asymmetric(default = 0.25)]
    price: Decimal128,
    #[asymmetric(default = HOME, min_length = 4, max_length = 4)]
    station: String,
    #[asymmetric(default = "grün", max_length = 4, pattern = "^g")]
    colour: Option<Cow<'static, str>>,
    #[asymmetric(default = "stand_by")]
    state: State,
    #[asymmetric(default = 21.5, maximum = 60)]
    celsius: Celsius,
    #[asymmetric(default = "nobody")]
    name: Name,
}

#[embedded]
struct Own<'a> {
    #[asymmetric(default)]
    flag: bool,
    #[asymmetric(default, minimum = 0)]
    unsigned: u32,
    #[asymmetric(default, maximum = 0.5)]
    float: f32,
    #[asymmetric(default)]
    decimal: Decimal128,
    #[asymmetric(default, max_length = 3, pattern = "^[a-z]*$")]
    text: &'a str,
    #[asymmetric(default)]
    celsius: Celsius,
}

#[asymmetric]
struct Holder<'a> {
    #[asymmetric(primary_key)]
    id: i64,
    own: Own<'a>,
}

#[test]
fn defaults_that_are_stated_are_in_the_schema() {
    for (name, expected) in [
        ("flag", json!(true)),
        ("channel", json!(-1)),
        ("retries", json!(7)),
        ("long", json!(i64::MIN)),
        ("weight", json!(-0.5)),
        ("price", json!(0.25)),
        ("station", json!("KJFK")),
        ("colour", json!("grün")),
        ("state", json!("stand_by")),
        ("celsius", json!(21.5)),
        ("name", json!("nobody")),
    ] {
        assert_eq!(property::<Stated>(name)["default"], expected, "{name}");
    }
    assert_eq!(property::<Stated>("_id").get("default"), None);
}

#[test]
fn default_alone_is_zero_or_empty() {
    for (name, expected) in [
        ("flag", json!(false)),
        ("unsigned", json!(0)),
        ("float", json!(0.0)),
        ("decimal", json!(0.0)),
        ("text", json!("")),
        ("celsius", json!(0.0)),
    ] {
        let own: Value = property::<Holder<'_>>("own");
        assert_eq!(own["properties"][name]["default"], expected, "{name}");
    }
}

#[test]
fn a_default_changes_nothing_on_the_device() {
    let own = Own {
        flag: true,
        unsigned: 1,
        float: 0.5,
        decimal: "1".parse().expect("it is a decimal number"),
        text: "abc",
        celsius: Celsius(1.0),
    };
    let decimal: Decimal128 = "1".parse().expect("it is a decimal number");
    let expected = doc! {
        "flag": true, "unsigned": 1_i64, "float": 0.5, "decimal": decimal, "text": "abc",
        "celsius": 1.0,
    };
    assert_encodes(&Holder { id: 1, own }, &doc! { "_id": 1_i64, "own": expected });

    for (state, stored) in [(State::On, "on"), (State::StandBy, "stand_by")] {
        let stated = Stated {
            id: 1,
            flag: false,
            channel: 0,
            retries: 0,
            long: 0,
            weight: 0.0,
            price: decimal,
            station: "KLGA".to_owned(),
            colour: None,
            state,
            celsius: Celsius(0.0),
            name: Name(None),
        };
        let document = decoded(&stated);
        assert_eq!(document.get_str("state").unwrap(), stored);
        assert!(!document.contains_key("colour") && !document.contains_key("name"));
    }
}
