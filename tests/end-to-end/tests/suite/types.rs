//! A property of every type: declared, encoded, exported, accepted, and found in the store.

use std::{fs, path::Path};

use asymmetric::{AsymmetricObject as _, ObjectId, Realm};
use asymmetric_end_to_end::everything::{Types, document, object, properties};
use asymmetric_gateway::validate::{NullRules, Validator};
use bson::{RawDocument, Timestamp};
use serde_json::{Value, json};

use crate::support::{Backend, PATIENCE, Site};

/// A file that the build script has exported.
fn exported(name: &str) -> Value {
    let folder =
        Path::new(env!("OUT_DIR")).join("app-services/data_sources/mongodb-atlas/types/everything");
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

#[test]
fn every_type_has_the_bytes_that_the_bson_crate_makes_of_it() {
    let id = ObjectId::new();
    let mut out = Vec::new();
    object(id).encode(&mut out).unwrap();
    assert_eq!(out, document(id).to_vec().unwrap());
}

#[test]
fn every_type_is_exported_as_app_services_json() {
    let schema = exported("schema.json");
    assert_eq!((&schema["title"], &schema["bsonType"]), (&json!("Everything"), &json!("object")));
    assert_eq!(schema["properties"], properties());
    let never_required = |name: &str| {
        let property = &properties()[name];
        matches!(property["bsonType"].as_str(), Some("array"))
            || property.get("additionalProperties").is_some()
            || ["absent", "present", "no_position", "station"].contains(&name)
    };
    let required = schema["required"].as_array().unwrap();
    for name in properties().as_object().unwrap().keys() {
        assert_eq!(required.contains(&json!(name)), !never_required(name), "{name}");
    }
    let station = |is_list| {
        let reference = "#/relationship/mongodb-atlas/types/stations";
        json!({"ref": reference, "foreign_key": "_id", "is_list": is_list})
    };
    let relationships = json!({"station": station(false), "stations": station(true)});
    assert_eq!(exported("relationships.json"), relationships);
}

#[test]
fn the_gateway_takes_every_type_by_the_schema_that_was_exported_and_no_other() {
    let judge = Validator::compile(&exported("schema.json"), NullRules::INGEST).unwrap();
    let judged = |document: &bson::Document| {
        let bytes = document.to_vec().unwrap();
        judge.validate(RawDocument::from_bytes(&bytes).unwrap()).is_ok()
    };
    let right = document(ObjectId::new());
    assert!(judged(&right));
    for name in right.keys().filter(|name| !name.starts_with("mixed")) {
        let mut wrong = right.clone();
        wrong.insert(name, Timestamp { time: 1, increment: 1 });
        assert!(!judged(&wrong), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_the_embedded_store() {
    store_everything(Backend::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_reaches_mongodb() {
    store_everything(Backend::mongodb().await).await;
}

/// A document compares equal only if every value has the same BSON type.
async fn store_everything(backend: Backend) {
    let site = Site::up(&backend).await;
    let realm = Realm::<Types>::open(&site.user(), site.realm_path()).unwrap();
    let id = ObjectId::new();
    let writing = realm.clone();
    tokio::task::spawn_blocking(move || writing.create(object(id))).await.unwrap().unwrap();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_eq!(backend.documents("types", "everything").await, [document(id)]);
}
