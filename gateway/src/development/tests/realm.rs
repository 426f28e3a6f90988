//! Clients like those of the Realm SDKs, which announce tables and columns.

use asymmetric_device_sync::{
    changeset::{ColumnType, Instruction, KeyType, PrimaryKeyColumn, TableType, ValueType},
    document::{OwnedKey, Properties, Scalar, Value},
};
use asymmetric_testkit::device_sync::{ChangesetWriter, Generation, RealmClient, RealmFile};
use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::net::TcpListener;

use super::{SYNC, World, files};
use crate::{Namespace, Store as _};

const fn column(value: ValueType<'_>) -> ColumnType<'_> {
    ColumnType { value: Some(value), nullable: false, collection: None }
}

/// The transaction with which an SDK opens a file for the first time.
fn announce(file: &mut RealmFile) {
    let mut writer = ChangesetWriter::new();
    let key = PrimaryKeyColumn { field: "_id", kind: KeyType::ObjectId, nullable: false };
    writer
        .instruction(&Instruction::AddTable { table: "Reading", kind: TableType::Asymmetric(key) });
    let kind = column(ValueType::Double);
    writer.instruction(&Instruction::AddColumn { table: "Reading", field: "celsius", kind });
    file.commit(writer.finish());
}

fn add_column(file: &mut RealmFile, field: &str, value: ValueType<'_>) {
    let mut writer = ChangesetWriter::new();
    let kind = column(value);
    writer.instruction(&Instruction::AddColumn { table: "Reading", field, kind });
    file.commit(writer.finish());
}

fn create(file: &mut RealmFile, id: u8, properties: &[(&str, Scalar)]) {
    let properties = properties.iter().map(|(name, value)| {
        let name = (*name).into();
        (name, Value::Scalar(value.clone()))
    });
    let properties: Properties = properties.collect();
    file.create("Reading", &OwnedKey::ObjectId([id; 12]), &properties);
}

#[tokio::test]
async fn tables_and_columns_are_learnt_while_the_connection_stays() {
    for generation in Generation::ALL {
        let world = World::learning().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = world.gateway.serve(listener).unwrap();
        let connect = || {
            let (address, token) = (server.local_addr(), world.token.clone());
            async move {
                RealmClient::connect(address, "weather-abcde", &token, generation).await.unwrap()
            }
        };
        let mut file = RealmFile::new();
        announce(&mut file);
        create(&mut file, 1, &[("celsius", Scalar::Double(20.5))]);
        let mut client = connect().await;
        client.bind(&mut file).await.unwrap();
        client.upload_all(&mut file).await.unwrap();

        // A column is added, and a class that was announced is not announced again.
        add_column(&mut file, "station", ValueType::String);
        let station = Scalar::String("KJFK".into());
        create(&mut file, 2, &[("celsius", Scalar::Double(21.5)), ("station", station.clone())]);
        client.upload_all(&mut file).await.unwrap();
        drop(client);
        // A change that is not additive: what does not fit is refused, and says so.
        add_column(&mut file, "celsius", ValueType::String);
        create(&mut file, 3, &[("celsius", station)]);
        let mut client = connect().await;
        client.bind(&mut file).await.unwrap();
        client.upload_all(&mut file).await.unwrap();
        let [changed, object] = client.refused() else { panic!("{:?}", client.refused()) };
        assert_eq!(
            changed.reason,
            "the property `celsius` is string on the device, and double in the app's schema"
        );
        assert!(object.reason.contains("`celsius`"), "{}", object.reason);

        let schema = world.json("data_sources/mongodb-atlas/development/Reading/schema.json");
        assert_eq!(schema["properties"]["celsius"], json!({ "bsonType": "double" }));
        assert_eq!(schema["properties"]["station"], json!({ "bsonType": "string" }));
        assert_eq!(schema["required"], json!(["_id", "celsius"]));
        assert_eq!(world.json(SYNC)["asymmetric_tables"], json!(["Reading"]));
        let readings = Namespace::new("development", "Reading").unwrap();
        let stored: Vec<_> = world.store.find(&readings).try_collect().await.unwrap();
        assert_eq!(stored.len(), 2, "{generation:?}");
    }
}

#[tokio::test]
async fn without_development_mode_announcements_change_nothing() {
    let world = World::new(files("", false)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = world.gateway.serve(listener).unwrap();
    let mut file = RealmFile::new();
    announce(&mut file);
    create(&mut file, 1, &[("celsius", Scalar::Double(20.5))]);
    let address = server.local_addr();
    let client = RealmClient::connect(address, "weather-abcde", &world.token, Generation::Core14);
    let mut client = client.await.unwrap();
    client.bind(&mut file).await.unwrap();
    client.upload_all(&mut file).await.unwrap();
    assert!(client.refused().iter().all(|told| told.reason == "the app has no class `Reading`"));
    assert!(!client.refused().is_empty());
    assert_eq!(world.app().config.collections, []);
}
