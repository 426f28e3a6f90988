//! Devices that send until they are answered, gateways that die, and what is in the server in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use asymmetric_testkit::soak_duration;
use axum::body::Body;
use bson::{DateTime, doc, rawdoc};
use futures_util::TryStreamExt;
use mongodb::Client;
use tokio::{sync::watch, time::sleep};

use crate::{
    Gateway, MongoStore, Namespace, Store,
    testing::{KillingStore, batch_of_client, class, ranges, send, upload},
};

/// The servers of the tests are on this machine: what they were sent takes effect within this time.
/// A long soak meets longer stalls of the machine.
fn straggle() -> Duration {
    Duration::from_secs(if soak_duration() > Duration::from_secs(60) { 10 } else { 2 })
}

/// An ordinary collection and a time series.
pub(super) const COLLECTIONS: [&str; 2] = ["readings", "samples"];

/// Collection and `_id` of objects.
pub(super) type Acknowledged = Vec<(&'static str, String)>;

/// A gateway until it is killed.
pub(super) struct Generation {
    pub(super) gateway: Gateway,
    pub(super) killed: watch::Sender<bool>,
}

impl Generation {
    /// The next gateway, as soon as there is a server.
    pub(super) async fn start(uri: &str) -> Arc<Self> {
        loop {
            let store = Arc::new(MongoStore::connect(uri).await.unwrap());
            let store = Arc::new(KillingStore::with_straggle(store, straggle()));
            if let Ok(gateway) = Gateway::builder(store).dev(true).build().await {
                return Arc::new(Self { gateway, killed: watch::Sender::new(false) });
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Makes the collection that is a time series.
pub(super) async fn create_collections(uri: &str) {
    let database = Client::with_uri_str(uri).await.unwrap().database("plant");
    let time_series = doc! { "timeField": "at", "metaField": "device" };
    let create = doc! { "create": COLLECTIONS[1], "timeseries": time_series };
    database.run_command(create).await.unwrap();
}

/// Sends batches as long as `goes_on` says of the number of those before, each until all of it is
/// acknowledged. Answers what was.
pub(super) async fn device(
    number: u8,
    token: Arc<str>,
    mut current: watch::Receiver<Arc<Generation>>,
    goes_on: impl Fn(u64) -> bool,
) -> Acknowledged {
    let collection = COLLECTIONS[usize::from(number) % 2];
    let classes = [class(1, "plant", collection)];
    let mut acknowledged = Vec::new();
    let (mut first, mut batches) = (1, 0);
    while goes_on(batches) {
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
                if ranges(&answer) == [(first, first + size - 1)] {
                    break;
                }
            } else {
                let (status, code) = answer.error();
                assert_eq!(status, 503, "{code}");
                assert!(answer.headers.contains_key("retry-after"), "{code}");
            }
            sleep(Duration::from_millis(100)).await;
        }
        acknowledged.extend(ids.into_iter().map(|id| (collection, id)));
        first += size;
        batches += 1;
    }
    acknowledged
}

/// Asserts that the collections hold what was acknowledged, each object once, and nothing else.
pub(super) async fn assert_stored_once(uri: &str, acknowledged: Acknowledged) {
    let expected: BTreeSet<_> = acknowledged.into_iter().collect();
    let store = MongoStore::connect(uri).await.unwrap();
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
}
