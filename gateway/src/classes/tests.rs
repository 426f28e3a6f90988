use std::sync::Arc;

use asymmetric_protocol::{ack::RejectionCode, batch::ClassEntry, chunk::ClassId};
use asymmetric_schema::{ClassDocument, Fingerprint, Lock, Place};
use bson::{RawDocumentBuf, doc, rawdoc};
use serde_json::{Value, json};

use super::{Admission, Classes, Origin, Refused};
use crate::{
    apps::{App, AppFiles, ConfigError},
    rules::{NoFunctions, Scope},
    store::Document,
};

const FOLDER: &str = "data_sources/mongodb-atlas/plant/readings";

fn reading(more: &Value) -> Value {
    let mut schema = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "celsius"],
        "properties": { "_id": {"bsonType": "int"}, "celsius": {"bsonType": "double"} }
    });
    for (name, property) in more.as_object().unwrap() {
        schema["properties"][name] = property.clone();
        schema["required"].as_array_mut().unwrap().push(name.as_str().into());
    }
    schema
}

fn everybody() -> Value {
    json!({ "roles": [{ "name": "all", "apply_when": {}, "write": true, "insert": true }] })
}

fn compile(files: &[(&str, Value)]) -> Result<Arc<Classes>, ConfigError> {
    let mut app = AppFiles::default();
    let always = [
        ("root_config.json".to_owned(), json!({ "name": "plant" })),
        (
            "data_sources/mongodb-atlas/config.json".to_owned(),
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas" }),
        ),
    ];
    let files = files.iter().map(|(path, value)| ((*path).to_owned(), value.clone()));
    for (path, value) in always.into_iter().chain(files) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        app.insert(&path, text).unwrap();
    }
    App::configured(app).map(|app| app.classes)
}

fn with(schema: Value, rules: Value, lock: Option<&Lock>) -> Arc<Classes> {
    let (schema_file, rules_file) =
        (format!("{FOLDER}/schema.json"), format!("{FOLDER}/rules.json"));
    let mut rules = rules;
    rules["collection"] = "readings".into();
    rules["database"] = "plant".into();
    let mut files = vec![(schema_file.as_str(), schema), (rules_file.as_str(), rules)];
    if let Some(lock) = lock {
        files.push(("schema.lock", lock.to_string().into()));
    }
    compile(&files).unwrap()
}

fn entry(fingerprint: Fingerprint) -> ClassEntry {
    ClassEntry {
        id: ClassId::new(1),
        fingerprint,
        time_series: false,
        title: "Reading".to_owned(),
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: "readings".to_owned(),
    }
}

fn unknown() -> ClassEntry {
    entry(Fingerprint::from_bytes([0; 32]))
}

fn class(schema: Value) -> ClassDocument {
    let place = Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: "readings".to_owned(),
    };
    ClassDocument::from_json(place, schema, None).unwrap()
}

fn admit(classes: &Classes, entry: &ClassEntry) -> Result<Admission, Refused> {
    admit_from(classes, entry, Origin::Outbox)
}

fn admit_from(classes: &Classes, entry: &ClassEntry, origin: Origin) -> Result<Admission, Refused> {
    let scope = Scope::new(&doc! { "user": { "id": "42" } }, &NoFunctions).unwrap();
    classes.admission(entry, &scope, origin)
}

fn check(admission: &Admission, document: RawDocumentBuf) -> Result<RawDocumentBuf, RejectionCode> {
    let checked = admission.check(Document::try_from(document).unwrap());
    checked.map(|document| document.as_raw().to_owned()).map_err(|(code, reason)| {
        assert!(!reason.is_empty());
        code
    })
}

#[test]
fn an_object_is_held_against_the_schema_and_the_role() {
    let rules = json!({ "roles": [
        { "name": "own", "apply_when": {}, "write": { "owner": "%%user.id" }, "insert": true }
    ]});
    let classes = with(reading(&json!({ "owner": {"bsonType": "string"} })), rules, None);
    let admission = admit(&classes, &unknown()).unwrap();
    let own = rawdoc! { "_id": 1, "celsius": 1.5, "owner": "42" };
    assert_eq!(check(&admission, own.clone()), Ok(own));
    let theirs = rawdoc! { "_id": 1, "celsius": 1.5, "owner": "43" };
    assert_eq!(check(&admission, theirs), Err(RejectionCode::WriteNotAllowed));
    let wrong = rawdoc! { "_id": 1, "celsius": 1, "owner": "42" };
    assert_eq!(check(&admission, wrong), Err(RejectionCode::SchemaValidationFailed));
}

#[test]
fn without_a_class_or_a_role_nothing_is_taken() {
    let nobody = json!({ "roles": [] });
    let classes = with(reading(&json!({})), nobody, None);
    assert!(matches!(admit(&classes, &unknown()), Err(Refused::NotAllowed(_))));
    let other = ClassEntry { collection: "others".to_owned(), ..unknown() };
    assert!(matches!(admit(&classes, &other), Err(Refused::Unknown(_))));
    let system = ClassEntry { database: "admin".to_owned(), ..unknown() };
    assert!(matches!(admit(&classes, &system), Err(Refused::NotAllowed(_))));
    // In development, whatever comes.
    let admission = admit(&Classes::open(), &other).unwrap();
    assert!(check(&admission, rawdoc! { "_id": "any" }).is_ok());
}

#[test]
fn the_rules_of_the_data_source_are_for_collections_without_their_own() {
    let schema_file = format!("{FOLDER}/schema.json");
    let default = everybody();
    let files = [
        (schema_file.as_str(), reading(&json!({}))),
        ("data_sources/mongodb-atlas/default_rule.json", default),
    ];
    let classes = compile(&files).unwrap();
    let admission = admit(&classes, &unknown()).unwrap();
    assert!(check(&admission, rawdoc! { "_id": 1, "celsius": 1.5 }).is_ok());
}

#[test]
fn device_sync_takes_only_a_role_that_it_can_decide_beforehand() {
    let rules = |filters: &Value| {
        json!({ "roles": [
            { "name": "first", "apply_when": {}, "write": true, "document_filters": filters },
            { "name": "second", "apply_when": {}, "write": true,
              "document_filters": { "read": true, "write": true } },
        ] })
    };
    let both = json!({ "read": false, "write": { "_id": { "$gt": 0 } } });
    let other = json!({ "read": false, "write": { "celsius": { "$gt": 0 } } });
    for (filters, fits) in [(&both, true), (&other, false), (&json!({ "read": true }), false)] {
        let classes = with(reading(&json!({})), rules(filters), None);
        assert!(admit(&classes, &unknown()).is_ok(), "an outbox may have any role");
        match admit_from(&classes, &unknown(), Origin::DeviceSync) {
            Ok(_) => assert!(fits, "{filters}"),
            Err(Refused::NotAllowed(reason)) => {
                assert!(!fits && reason.contains("role `first`"), "{filters}: {reason}");
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let sync = json!({ "type": "flexible", "queryable_fields_names": ["celsius"] });
    let schema_file = format!("{FOLDER}/schema.json");
    let rules_file = format!("{FOLDER}/rules.json");
    let files = [
        (schema_file.as_str(), reading(&json!({}))),
        (rules_file.as_str(), rules(&other)),
        ("sync/config.json", sync),
    ];
    let classes = compile(&files).unwrap();
    assert!(admit_from(&classes, &unknown(), Origin::DeviceSync).is_ok(), "now it is queryable");
}

#[test]
fn a_user_is_looked_up_only_for_rules_that_ask_for_it() {
    for (apply_when, asks) in [
        (json!({}), false),
        (json!({ "%%user.id": "42" }), false),
        (json!({ "%%user.custom_data.kind": "device" }), false),
        (json!({ "%%user.data.email": "a@b.c" }), true),
        (json!({ "%or": [false, { "%%true": { "$in": ["%%user.identities"] } }] }), true),
        (json!({ "%function": { "name": "f" } }), true),
    ] {
        let rules = json!({ "roles": [{ "name": "r", "apply_when": apply_when }] });
        let classes = with(reading(&json!({})), rules, None);
        assert_eq!(classes.asks_for_user(), asks, "{apply_when}");
        assert_eq!(classes.has_calls(), apply_when.get("%function").is_some());
    }
}

#[test]
fn objects_of_an_old_version_are_held_against_it_and_completed() {
    let old = class(reading(&json!({})));
    let today = reading(&json!({
        "station": {"bsonType": "string", "default": "KJFK"},
        "count": {"bsonType": "long"},
        "exact": {"bsonType": "decimal", "default": 1.5},
    }));
    let mut lock = Lock::default();
    lock.accept("Telemetry", std::slice::from_ref(&old)).unwrap();
    let classes = with(today.clone(), everybody(), Some(&lock));

    let document = rawdoc! { "_id": 1, "celsius": 1.5 };
    let admission = admit(&classes, &entry(old.fingerprint())).unwrap();
    let completed = check(&admission, document.clone()).unwrap();
    let exact: bson::Decimal128 = "1.5".parse().unwrap();
    let expected = rawdoc! {
        "_id": 1, "celsius": 1.5, "station": "KJFK", "count": 0_i64, "exact": exact,
    };
    let sorted = |document: RawDocumentBuf| {
        let document = bson::Document::try_from(document).unwrap();
        document.into_iter().collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(sorted(completed), sorted(expected));

    // Of today's version, and of one that nobody knows, all of it is asked.
    for fingerprint in [class(today).fingerprint(), Fingerprint::from_bytes([9; 32])] {
        let admission = admit(&classes, &entry(fingerprint)).unwrap();
        let refused = check(&admission, document.clone());
        assert_eq!(refused, Err(RejectionCode::SchemaValidationFailed));
    }
}

#[test]
fn a_version_of_another_place_is_none_of_this_one() {
    let mut elsewhere = class(reading(&json!({})));
    elsewhere.place.collection = "others".to_owned();
    let mut lock = Lock::default();
    lock.accept("Telemetry", std::slice::from_ref(&elsewhere)).unwrap();
    let today = reading(&json!({ "station": {"bsonType": "string"} }));
    let classes = with(today, everybody(), Some(&lock));
    let admission = admit(&classes, &entry(elsewhere.fingerprint())).unwrap();
    let refused = check(&admission, rawdoc! { "_id": 1, "celsius": 1.5 });
    assert_eq!(refused, Err(RejectionCode::SchemaValidationFailed));
}

#[test]
fn everything_that_is_wrong_is_told_with_its_file() {
    let (schema_file, rules_file) =
        (format!("{FOLDER}/schema.json"), format!("{FOLDER}/rules.json"));
    let rules = json!({
        "collection": "readings", "database": "plant",
        "roles": [{ "name": "x", "apply_when": { "%unheard": 1 } }]
    });
    let files = [
        (
            schema_file.as_str(),
            json!({ "title": "R", "properties": { "a": {"bsonType": "integer"} } }),
        ),
        (rules_file.as_str(), rules),
        ("schema.lock", "no lock".into()),
    ];
    let ConfigError(problems) = compile(&files).unwrap_err();
    let found: Vec<_> = problems.iter().map(|p| (p.file.as_str(), p.key.as_str())).collect();
    let expected = [
        (rules_file.as_str(), ""),
        (schema_file.as_str(), "properties.a.bsonType"),
        ("schema.lock", ""),
    ];
    assert_eq!(found, expected);
}

#[test]
fn expressions_of_the_schema_are_asked_about_every_object() {
    let mut schema = reading(&json!({ "owner": {"bsonType": "string"} }));
    schema["properties"]["owner"]["validate"] = json!({ "%%this": "%%user.id" });
    let classes = with(schema.clone(), everybody(), None);
    let admission = admit(&classes, &unknown()).unwrap();
    let own = rawdoc! { "_id": 1, "celsius": 1.5, "owner": "42" };
    assert_eq!(check(&admission, own.clone()), Ok(own));
    let theirs = rawdoc! { "_id": 1, "celsius": 1.5, "owner": "43" };
    assert_eq!(check(&admission, theirs), Err(RejectionCode::SchemaValidationFailed));

    schema["properties"]["owner"]["validate"] = json!({ "%%who": 1 });
    let file = format!("{FOLDER}/schema.json");
    let ConfigError(problems) = compile(&[(&file, schema)]).unwrap_err();
    assert_eq!(problems[0].key, "properties.owner.validate");
}
