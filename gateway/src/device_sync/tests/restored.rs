//! Files that are restored from a backup, and collections that take a document twice.

use std::{collections::BTreeMap, sync::Arc};

use asymmetric_device_sync::document::{Properties, Scalar, Value};
use asymmetric_testkit::{
    MongoServer,
    device_sync::{Generation, RealmClient, RealmFile},
};
use bson::doc;
use futures_util::TryStreamExt;
use mongodb::Client;
use tokio::net::TcpListener;

use super::tests::key;
use crate::{Gateway, MongoStore, Namespace, Server, Store, testing::log_in};

/// A gateway on a MongoDB whose collection for readings is a time series.
struct Stage {
    _mongo: MongoServer,
    store: Arc<MongoStore>,
    server: Server,
    token: String,
}

impl Stage {
    async fn new() -> Self {
        let mongo = MongoServer::start().unwrap();
        let client = Client::with_uri_str(mongo.uri()).await.unwrap();
        let create = doc! { "create": "Reading", "timeseries": { "timeField": "at" } };
        client.database("development").run_command(create).await.unwrap();
        let store = Arc::new(MongoStore::connect(&mongo.uri()).await.unwrap());
        let gateway = Gateway::builder(store.clone()).dev(true).build().await.unwrap();
        let token = log_in(&gateway).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = gateway.serve(listener).unwrap();
        Self { _mongo: mongo, store, server, token }
    }

    async fn upload(&self, file: &mut RealmFile) {
        let address = self.server.local_addr();
        let client =
            RealmClient::connect(address, "weather-abcde", &self.token, Generation::Core14);
        let mut client = client.await.unwrap();
        client.bind(file).await.unwrap();
        client.upload_all(file).await.unwrap();
    }

    /// How often the object of each number is there.
    async fn found(&self) -> BTreeMap<u8, usize> {
        let readings = Namespace::new("development", "Reading").unwrap();
        let documents: Vec<_> = self.store.find(&readings).try_collect().await.unwrap();
        let mut found = BTreeMap::new();
        for document in documents {
            let number = document.get_object_id("_id").unwrap().bytes()[0];
            *found.entry(number).or_default() += 1;
        }
        found
    }
}

fn create(file: &mut RealmFile, number: u8) {
    let at = Value::Scalar(Scalar::Timestamp(1_700_000_000_000 + i64::from(number)));
    file.create("Reading", &key(number), &Properties::from([("at".into(), at)]));
}

#[tokio::test]
async fn a_restored_file_writes_on_and_nothing_is_lost_or_stored_twice() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    // It gets its identity.
    stage.upload(&mut file).await;
    create(&mut file, 1);
    create(&mut file, 2);
    let unacknowledged = file.clone();
    stage.upload(&mut file).await;
    // Two days later the device is restored from a backup; its file counts on from there.
    let mut restored = file.clone();
    create(&mut file, 3);
    create(&mut file, 4);
    stage.upload(&mut file).await;
    restored.wait(172_800_000);
    create(&mut restored, 5);
    create(&mut restored, 6);
    create(&mut restored, 7);
    let sent_again = restored.clone();
    stage.upload(&mut restored).await;
    let expected = (1..=7).map(|number| (number, 1)).collect();
    assert_eq!(stage.found().await, expected);

    // The acknowledgements are lost, of both lives.
    for mut file in [unacknowledged, sent_again] {
        stage.upload(&mut file).await;
        assert_eq!(stage.found().await, expected);
    }
}
