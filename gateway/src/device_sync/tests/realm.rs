//! Clients like those of the Realm SDKs, over real sockets, against a gateway and its store.

use asymmetric_device_sync::document::{OwnedKey, Properties, Scalar, Value};
use asymmetric_testkit::device_sync::{ClientError, Generation, RealmClient, RealmFile};
use bson::{Bson, doc, oid::ObjectId};
use futures_util::TryStreamExt;
use tokio::net::TcpListener;

use crate::{
    Namespace, Server,
    testing::{World, log_in},
};

const APP: &str = "weather-abcde";

/// A gateway on a socket, and a user of it.
pub(super) struct Stage {
    pub(super) world: World,
    server: Server,
    token: String,
}

impl Stage {
    async fn new() -> Self {
        Self::of(World::new().await).await
    }

    pub(super) async fn of(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = world.gateway.serve(listener).unwrap();
        let token = log_in(&world.gateway).await;
        Self { world, server, token }
    }

    async fn connect(&self, generation: Generation) -> RealmClient {
        let address = self.server.local_addr();
        RealmClient::connect(address, APP, &self.token, generation).await.unwrap()
    }

    /// A client whose file is bound.
    pub(super) async fn bound(&self, generation: Generation, file: &mut RealmFile) -> RealmClient {
        let mut client = self.connect(generation).await;
        client.bind(file).await.unwrap();
        client
    }

    pub(super) async fn documents(&self, database: &str, collection: &str) -> Vec<bson::Document> {
        let namespace = Namespace::new(database, collection).unwrap();
        let raw: Vec<_> = self.world.gateway.store().find(&namespace).try_collect().await.unwrap();
        raw.iter().map(|document| document.try_into().unwrap()).collect()
    }

    async fn count(&self, collection: &str) -> usize {
        self.documents("development", collection).await.len()
    }
}

pub(super) fn key(number: u8) -> OwnedKey {
    OwnedKey::ObjectId([number; 12])
}

pub(super) fn number(value: i64) -> Properties {
    Properties::from([("n".into(), Value::Scalar(Scalar::Int(value)))])
}

pub(super) fn create(file: &mut RealmFile, of: u8) {
    file.create("Reading", &key(of), &number(of.into()));
}

#[tokio::test]
async fn every_generation_of_clients_uploads_and_comes_back() {
    for generation in Generation::ALL {
        let stage = Stage::new().await;
        let mut file = RealmFile::new();
        create(&mut file, 1);
        create(&mut file, 2);
        let mut client = stage.bound(generation, &mut file).await;
        client.upload_all(&mut file).await.unwrap();
        let documents = stage.documents("development", "Reading").await;
        let id = |number| Bson::ObjectId(ObjectId::from_bytes([number; 12]));
        assert_eq!(
            documents,
            [doc! { "_id": id(1), "n": 1_i64 }, doc! { "_id": id(2), "n": 2_i64 }],
            "{generation:?}"
        );
        client.ping(&mut file).await.unwrap();
        client.unbind(&mut file).await.unwrap();
        // The same connection, the next session; then another connection.
        create(&mut file, 3);
        client.bind(&mut file).await.unwrap();
        client.upload_all(&mut file).await.unwrap();
        drop(client);
        create(&mut file, 4);
        let mut client = stage.bound(generation, &mut file).await;
        client.upload_all(&mut file).await.unwrap();
        assert_eq!(stage.count("Reading").await, 4, "{generation:?}");
    }
}

#[tokio::test]
async fn objects_that_were_stored_and_not_acknowledged_are_not_stored_twice() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    for number in 1..=20 {
        create(&mut file, number);
    }
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload(&file).await.unwrap();
    stage.world.store.arrival().await;
    drop(client);
    // Whatever the first connection still does, the second sends everything again.
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(stage.count("Reading").await, 20);
    assert_eq!(file.pending(), 0);
}

#[tokio::test]
async fn two_gateways_on_one_store_take_turns_with_a_file() {
    let stage = Stage::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = stage.world.gateway.store().clone();
    let second = crate::Gateway::builder(store).dev(true).build().await.unwrap();
    let second = second.serve(listener).unwrap();
    let addresses = [stage.server.local_addr(), second.local_addr()];
    let mut file = RealmFile::new();
    for number in 1..=6 {
        create(&mut file, number);
        let address = addresses[usize::from(number % 2)];
        let client = RealmClient::connect(address, APP, &stage.token, Generation::Core13);
        let mut client = client.await.unwrap();
        client.bind(&mut file).await.unwrap();
        client.upload_all(&mut file).await.unwrap();
    }
    assert_eq!(stage.count("Reading").await, 6);
}

#[tokio::test]
async fn a_file_that_another_server_knew_is_taken_over_with_what_it_holds() {
    for generation in Generation::ALL {
        let stage = Stage::new().await;
        let mut file = RealmFile::formerly_bound(9001, 77, 68, 40);
        create(&mut file, 1);
        file.subscribe();
        let mut client = stage.connect(generation).await;
        client.bind(&mut file).await.unwrap();
        client.upload_all(&mut file).await.unwrap();
        // What it subscribed to was answered after its first upload.
        client.mark(&mut file).await.unwrap();
        create(&mut file, 2);
        client.upload_all(&mut file).await.unwrap();
        assert_eq!(stage.count("Reading").await, 2, "{generation:?}");
    }
}

#[tokio::test]
async fn a_large_backlog_and_a_large_transaction_arrive() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    for number in 0..5_000_i64 {
        file.create("Reading", &OwnedKey::Int(number), &self::number(number));
    }
    let blob = Value::Scalar(Scalar::Binary(vec![7; 15 * 1024 * 1024].into()));
    file.create("Reading", &OwnedKey::Int(-1), &Properties::from([("blob".into(), blob)]));
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(stage.count("Reading").await, 5_001);
}

#[tokio::test]
async fn a_changeset_that_cannot_be_decoded_is_kept_aside_and_the_device_goes_on() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    create(&mut file, 1);
    file.commit(b"\x3f\x00\x01A\x02\x00\x0d".to_vec());
    create(&mut file, 2);
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(stage.count("Reading").await, 2);
    let [refused] = client.refused() else { panic!("{:?}", client.refused()) };
    assert_eq!(refused.table, "A");
    assert_eq!(
        refused.reason,
        "the changeset cannot be decoded: 13 is no type of a primary key at byte 4, in \
         CreateObject of `A`"
    );
    let kept = stage.documents("__asymmetric", "device_sync_quarantine").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].get_str("code").unwrap(), "unknown");
    assert_eq!(kept[0].get_binary_generic("changeset").unwrap(), b"\x3f\x00\x01A\x02\x00\x0d");
}

#[tokio::test]
async fn what_the_store_does_not_take_is_sent_again() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    create(&mut file, 1);
    stage.world.store.fail(Some("Reading"));
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    let told = client.upload_all(&mut file).await.unwrap_err();
    let ClientError::Told { code: 201, action, .. } = told else { panic!("{told}") };
    assert_eq!(action, "Transient");
    assert_eq!(file.pending(), 1);
    stage.world.store.fail(None);
    client.unbind_failed().await.unwrap();
    client.bind(&mut file).await.unwrap();
    client.upload_all(&mut file).await.unwrap();
    assert_eq!(stage.count("Reading").await, 1);
}

#[tokio::test]
async fn a_bad_token_is_told_in_the_way_that_the_client_understands() {
    let stage = Stage::new().await;
    let address = stage.server.local_addr();
    for token in ["", "nonsense", "a.b.c"] {
        let old = RealmClient::connect(address, APP, token, Generation::Core12).await;
        assert!(matches!(old, Err(ClientError::Refused(401))), "{old:?}");
        let mut file = RealmFile::new();
        let new = RealmClient::connect(address, APP, token, Generation::Core14).await;
        let closed = new.unwrap().step(&mut file).await;
        assert!(matches!(closed, Err(ClientError::Closed(Some(4001)))), "{closed:?}");
    }
    // Of another app.
    let other = RealmClient::connect(address, "other-fghij", &stage.token, Generation::Core12);
    assert!(matches!(other.await, Err(ClientError::Refused(401 | 403))));
}

#[tokio::test]
async fn requests_that_are_no_web_socket_are_refused() {
    let stage = Stage::new().await;
    let path = format!("/api/client/v2.0/app/{APP}/realm-sync?baas_at={}", stage.token);
    let answer = stage.world.get(&path, None).await;
    assert_eq!(answer.error().0, 400);
    let address = stage.server.local_addr();
    let tokens = ["mqtt".to_owned()];
    let connected =
        RealmClient::connect_offering(address, APP, &stage.token, Generation::Core14, &tokens);
    assert!(matches!(connected.await, Err(ClientError::Refused(400))));
}

#[tokio::test]
async fn sync_by_partitions_is_refused_with_a_reason() {
    let stage = Stage::new().await;
    let tokens = ["com.mongodb.realm-sync#14".to_owned()];
    let address = stage.server.local_addr();
    let client =
        RealmClient::connect_offering(address, APP, &stage.token, Generation::Core14, &tokens);
    let told = client.await.unwrap().step(&mut RealmFile::new()).await.unwrap_err();
    let ClientError::Told { code: 113, action, message } = told else { panic!("{told}") };
    assert_eq!(action, "ApplicationBug");
    assert!(message.contains("flexible sync"), "{message}");
}

#[tokio::test]
async fn a_gateway_that_stops_sends_its_devices_on() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    let stopping = tokio::spawn(stage.server.shutdown(std::time::Duration::from_secs(30)));
    let told = client.step(&mut file).await.unwrap_err();
    assert!(matches!(told, ClientError::Told { code: 101, .. }), "{told}");
    drop(client);
    assert_eq!(stopping.await.unwrap(), crate::Drained::Completely);
}

#[tokio::test]
async fn five_hundred_devices_at_once_are_served() {
    let stage = Stage::new().await;
    let mut devices = tokio::task::JoinSet::new();
    for number in 0..500_i64 {
        let (address, token) = (stage.server.local_addr(), stage.token.clone());
        devices.spawn(async move {
            let mut file = RealmFile::new();
            file.create("Reading", &OwnedKey::Int(number), &self::number(number));
            let client = RealmClient::connect(address, APP, &token, Generation::Core14).await;
            let mut client = client.unwrap();
            client.bind(&mut file).await.unwrap();
            client.upload_all(&mut file).await.unwrap();
        });
    }
    while let Some(device) = devices.join_next().await {
        device.unwrap();
    }
    assert_eq!(stage.count("Reading").await, 500);
    assert_eq!(stage.world.gateway.counters().acknowledged, 500);
}

#[tokio::test]
async fn a_device_is_seen_in_metrics_and_in_the_log() {
    let stage = Stage::new().await;
    let mut file = RealmFile::new();
    create(&mut file, 1);
    let mut client = stage.bound(Generation::Core14, &mut file).await;
    client.upload_all(&mut file).await.unwrap();
    file.commit(b"\x3f\x00\x01A\x02\x00\x0d".to_vec());
    client.upload_all(&mut file).await.unwrap();
    let gateway = stage.world.gateway.clone();
    let metrics = gateway.metrics().unwrap();
    for line in [
        "asymmetric_device_sync_connections{version=\"14\"} 1",
        "asymmetric_device_sync_uploads_total{outcome=\"stored\"} 2",
        "asymmetric_device_sync_changesets_quarantined_total 1",
        "asymmetric_objects_acknowledged_total 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in {metrics}");
    }
    let drained = stage.server.shutdown(std::time::Duration::from_secs(30)).await;
    assert_eq!(drained, crate::Drained::Completely);
    drop(client);
    let metrics = gateway.metrics().unwrap();
    assert!(
        metrics.contains("asymmetric_device_sync_connections{version=\"14\"} 0\n"),
        "{metrics}"
    );
    let (entries, _) = gateway.log().find(|entry| entry.path.ends_with("/realm-sync"), 0, 10);
    let kinds: Vec<_> = entries.iter().rev().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["SYNC_CLIENT_WRITE", "SYNC_CLIENT_WRITE", "SYNC_CONNECTION_END"]);
}
