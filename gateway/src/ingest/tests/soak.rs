//! Many devices, and everything dies again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use asymmetric_testkit::{MongoServer, soak_duration};
use axum::body::Body;
use bson::{DateTime, doc, rawdoc};
use futures_util::TryStreamExt;
use mongodb::Client;
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use crate::{
    Gateway, MongoStore, Namespace, Store,
    testing::{KillingStore, batch_of_client, class, log_in, send, upload},
};

const DEVICES: u8 = 200;
/// The server of the test is on this machine: what it was sent takes effect within this time.
const STRAGGLE: Duration = Duration::from_secs(2);
const COLLECTIONS: [&str; 2] = ["readings", "samples"];

/// A gateway until it is killed.
struct Generation {
    gateway: Gateway,
    killed: watch::Sender<bool>,
}

async fn generation(uri: &str) -> Arc<Generation> {
    loop {
        let store = Arc::new(MongoStore::connect(uri).await.unwrap());
        let store = Arc::new(KillingStore::with_straggle(store, STRAGGLE));
        // The server may be down.
        if let Ok(gateway) = Gateway::builder(store).dev(true).build().await {
            return Arc::new(Generation { gateway, killed: watch::Sender::new(false) });
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Sends one batch after the other, each until all of it is acknowledged. Answers what was.
async fn device(
    number: u8,
    token: Arc<str>,
    mut current: watch::Receiver<Arc<Generation>>,
    stop: Instant,
) -> Vec<(&'static str, String)> {
    let collection = COLLECTIONS[usize::from(number) % 2];
    let classes = [class(1, "plant", collection)];
    let mut acknowledged = Vec::new();
    let mut first = 1;
    while Instant::now() < stop {
        let size = 1 + first % 4;
        let ids: Vec<_> = (first..first + size).map(|n| format!("{number}-{n}")).collect();
        let documents: Vec<_> = ids
            .iter()
            .map(|id| (1, rawdoc! { "_id": id.as_str(), "at": DateTime::now(), "device": i32::from(number) }))
            .collect();
        let client = [number; 12];
        loop {
            let generation = Arc::clone(&current.borrow_and_update());
            let body = batch_of_client(client, &classes, first, &documents);
            let mut killed = generation.killed.subscribe();
            let answer = tokio::select! {
                answer = send(&generation.gateway, upload(&token, Body::from(body))) => answer,
                () = async { drop(killed.wait_for(|killed| *killed).await) } => {
                    current.changed().await.unwrap();
                    continue;
                }
            };
            if answer.status.is_success() {
                let answer = answer.acknowledgement();
                assert_eq!(answer.rejected, [], "nothing is wrong with the objects");
                let range = (first, first + size - 1);
                if crate::testing::ranges(&answer) == [range] {
                    break;
                }
            }
            sleep(Duration::from_millis(100)).await;
        }
        acknowledged.extend(ids.into_iter().map(|id| (collection, id)));
        first += size;
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_200_devices_while_gateway_and_server_are_killed() {
    let mut server = MongoServer::start().unwrap();
    let uri = server.uri();
    let database = Client::with_uri_str(&uri).await.unwrap().database("plant");
    let time_series = doc! { "timeField": "at", "metaField": "device" };
    let create = doc! { "create": COLLECTIONS[1], "timeseries": time_series };
    database.run_command(create).await.unwrap();

    let current = watch::Sender::new(generation(&uri).await);
    let token: Arc<str> = log_in(&current.borrow().gateway.clone()).await.into();
    let stop = Instant::now() + soak_duration();
    let mut devices = JoinSet::new();
    for number in 0..DEVICES {
        devices.spawn(device(number, Arc::clone(&token), current.subscribe(), stop));
    }
    let mut round = 0_u64;
    while Instant::now() < stop {
        // Neither in step with anything, nor by chance.
        round += 1;
        sleep_until(Instant::now() + Duration::from_millis(200 + round * 137 % 700)).await;
        let old = Arc::clone(&current.borrow());
        old.killed.send_replace(true);
        if round.is_multiple_of(3) {
            server.kill().unwrap();
            server.restart().unwrap();
        }
        drop(old);
        current.send_replace(generation(&uri).await);
    }

    let mut expected = BTreeSet::new();
    while let Some(acknowledged) = devices.join_next().await {
        expected.extend(acknowledged.unwrap());
    }
    let store = MongoStore::connect(&uri).await.unwrap();
    let mut found: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for collection in COLLECTIONS {
        let namespace = Namespace::new("plant", collection).unwrap();
        let documents: Vec<_> = store.find(&namespace).try_collect().await.unwrap();
        for document in documents {
            let id = document.get_str("_id").unwrap().to_owned();
            *found.entry((collection, id)).or_default() += 1;
        }
    }
    let twice: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{} stored more than once: {twice:?}", twice.len());
    let missing: Vec<_> = expected.iter().filter(|id| !found.contains_key(*id)).collect();
    assert!(missing.is_empty(), "{} missing: {missing:?}", missing.len());
    assert_eq!(found.len(), expected.len(), "nothing else is there");
    assert!(expected.len() >= usize::from(DEVICES), "{} objects", expected.len());
}
