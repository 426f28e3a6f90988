use asymmetric_schema::{ClassDocument, Granularity, Place, TimeSeries};
use asymmetric_testkit::MongoServer;
use bson::{RawDocumentBuf, rawdoc};
use serde_json::{Value, json};

use super::{Action, Options, ProvisionError, provision};
use crate::{
    MongoStore, Namespace, Store,
    store::{CollectionKind, Insert, Outcome},
};

const VALIDATORS: Options = Options { validators: true, dry_run: false };

fn class(collection: &str, properties: &Value) -> ClassDocument {
    let place = Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: collection.to_owned(),
    };
    let schema = json!({
        "title": collection, "bsonType": "object", "required": ["_id"], "properties": properties
    });
    ClassDocument::from_json(place, schema, None).unwrap()
}

fn time_series(collection: &str, granularity: Granularity) -> ClassDocument {
    let mut class =
        class(collection, &json!({ "_id": {"bsonType": "int"}, "at": {"bsonType": "date"} }));
    let (time, meta) = ("at".to_owned().into(), Some("station".to_owned().into()));
    class.time_series = Some(TimeSeries { time, meta, granularity });
    class
}

async fn start() -> (MongoServer, MongoStore) {
    let server = MongoServer::start().unwrap();
    let store = MongoStore::connect(&server.uri()).await.unwrap();
    (server, store)
}

async fn actions(store: &MongoStore, classes: &[ClassDocument], options: Options) -> Vec<Action> {
    let steps = provision(store, classes, options).await.unwrap();
    steps.into_iter().map(|step| step.action).collect()
}

#[tokio::test]
async fn what_is_missing_is_made_and_what_is_there_stays() {
    let (_server, store) = start().await;
    let classes = [class("alarms", &json!({})), time_series("readings", Granularity::Minutes)];
    let made = [Action::Create, Action::CreateTimeSeries];

    let dry = Options { dry_run: true, ..Options::default() };
    assert_eq!(actions(&store, &classes, dry).await, made);
    assert_eq!(actions(&store, &classes, Options::default()).await, made);
    for options in [Options::default(), dry] {
        let again = actions(&store, &classes, options).await;
        assert_eq!(again, [Action::Nothing, Action::Nothing]);
    }
    let readings = Namespace::new("plant", "readings").unwrap();
    assert_eq!(store.kind(&readings).await.unwrap(), CollectionKind::TimeSeries);
}

#[tokio::test]
async fn what_would_have_to_be_dropped_is_told_and_left_alone() {
    let (_server, store) = start().await;
    let before = [class("readings", &json!({})), time_series("samples", Granularity::Hours)];
    actions(&store, &before, Options::default()).await;
    let now = [
        time_series("readings", Granularity::Seconds),
        class("samples", &json!({})),
        time_series("samples", Granularity::Minutes),
    ];
    for action in actions(&store, &now, VALIDATORS).await {
        assert!(matches!(action, Action::Conflict(_)), "{action:?}");
    }
    let readings = Namespace::new("plant", "readings").unwrap();
    assert_eq!(store.kind(&readings).await.unwrap(), CollectionKind::Unique);
}

#[tokio::test]
async fn a_validator_says_what_the_schema_says_and_follows_it() {
    let (_server, store) = start().await;
    let properties = json!({
        "_id": {"bsonType": "int"},
        "celsius": {"bsonType": "float", "default": 1.5, "minimum": -100},
        "device": {"bsonType": "uuid"},
        "any": {"bsonType": "mixed"},
        "samples": {"bsonType": "array", "items": {"bsonType": "double"}},
    });
    let before = [class("readings", &properties)];
    assert_eq!(actions(&store, &before, VALIDATORS).await, [Action::Create]);
    assert_eq!(actions(&store, &before, VALIDATORS).await, [Action::Nothing]);

    let insert = async |document: RawDocumentBuf| {
        let namespace = Namespace::new("plant", "readings").unwrap();
        let insert = Insert { namespace, documents: vec![document.try_into().unwrap()] };
        store.insert(vec![insert]).await.remove(0).outcomes.remove(0)
    };
    let fits = bson::doc! {
        "_id": 1, "celsius": 1.5, "device": bson::Uuid::new(), "any": ["x", 1],
        "samples": [1.5, null],
    };
    let fits = RawDocumentBuf::try_from(&fits).unwrap();
    assert_eq!(insert(fits).await, Outcome::Inserted);
    for wrong in [
        rawdoc! { "_id": 2, "celsius": "1" },
        rawdoc! { "_id": 2, "celsius": -300.0 },
        rawdoc! { "_id": 2, "samples": ["x"] },
    ] {
        assert!(matches!(insert(wrong).await, Outcome::Refused(_)));
    }

    let after = [class("readings", &json!({ "_id": {"bsonType": "int"} }))];
    assert_eq!(actions(&store, &after, VALIDATORS).await, [Action::SetValidator]);
    assert_eq!(insert(rawdoc! { "_id": 2, "celsius": "1" }).await, Outcome::Inserted);
}

#[tokio::test]
async fn a_time_series_is_indexed_and_becomes_coarser_but_never_finer() {
    let (_server, store) = start().await;
    let readings = Namespace::new("plant", "readings").unwrap();
    // As somebody made it who knew nothing of indexes.
    let options =
        bson::doc! { "timeField": "at", "metaField": "station", "granularity": "seconds" };
    let create = bson::doc! { "create": "readings", "timeseries": options };
    store.command(&readings, create).await.unwrap();
    let indexed = async || {
        let keys = store.index_keys(&readings).await.unwrap();
        keys.contains(&bson::doc! { "station": 1, "at": 1 })
    };
    let by_itself = indexed().await;

    let hours = [time_series("readings", Granularity::Hours)];
    let mut expected = vec![Action::SetGranularity(Granularity::Hours)];
    if !by_itself {
        expected.push(Action::CreateIndex);
    }
    let dry = Options { dry_run: true, ..Options::default() };
    assert_eq!(actions(&store, &hours, dry).await, expected);
    assert_eq!(actions(&store, &hours, Options::default()).await, expected);
    assert_eq!(actions(&store, &hours, Options::default()).await, [Action::Nothing]);
    assert!(indexed().await);
    let finer = [time_series("readings", Granularity::Minutes)];
    let told = "has the `granularity` \"hours\", and the class \"minutes\"".to_owned();
    assert_eq!(actions(&store, &finer, dry).await, [Action::Conflict(told)]);
}

#[tokio::test]
async fn a_class_without_a_place_is_named() {
    let (_server, store) = start().await;
    let mut elsewhere = class("users", &json!({}));
    elsewhere.place.database = "admin".to_owned();
    let error = provision(&store, &[elsewhere], Options::default()).await.unwrap_err();
    assert!(matches!(error, ProvisionError::Namespace { class, .. } if class == "users"));
}
