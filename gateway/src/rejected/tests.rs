use std::sync::Arc;

use asymmetric_protocol::{ClientFileId, SequenceNumber, ack::RejectionCode};
use bson::{RawDocumentBuf, oid::ObjectId, rawdoc};
use futures_util::TryStreamExt;

use super::{RejectedObject, RejectedObjects, ReplayError, Replayed};
use crate::{EmbeddedStore, Namespace, Store};

struct World {
    store: Arc<EmbeddedStore>,
    rejected: RejectedObjects,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(EmbeddedStore::open(directory.path()).await.unwrap());
        let rejected = RejectedObjects::new(store.clone());
        Self { store, rejected, _directory: directory }
    }
}

fn object(sequence: u64, bytes: &[u8]) -> RejectedObject {
    let client = ClientFileId::from_bytes([1; 12]);
    let (code, reason) = RejectedObject::why(&RejectionCode::SchemaValidationFailed, "no");
    RejectedObject {
        id: RejectedObject::id_of(client, SequenceNumber::new(sequence)),
        at: bson::DateTime::from_millis(1),
        app: "weather-abcde".to_owned(),
        user: ObjectId::from_bytes([2; 12]),
        class: "Reading".to_owned(),
        database: "plant".to_owned(),
        collection: "readings".to_owned(),
        code,
        reason,
        document: RejectedObject::payload(bytes),
    }
}

fn reading(id: i32) -> RawDocumentBuf {
    rawdoc! { "_id": id, "celsius": "hot" }
}

#[tokio::test]
async fn a_kept_object_is_listed_read_and_discarded() {
    let world = World::new().await;
    let objects = [object(1, reading(1).as_bytes()), object(2, b"no document")];
    world.rejected.keep(&objects).await.unwrap();
    // A second rejection of the same object, after a lost answer, changes nothing.
    let later = RejectedObject { reason: "later".to_owned(), ..objects[0].clone() };
    world.rejected.keep(&[later]).await.unwrap();

    let mut listed: Vec<_> = world.rejected.list().try_collect().await.unwrap();
    listed.sort_by(|a: &RejectedObject, b| a.id.cmp(&b.id));
    assert_eq!(listed, objects);
    assert_eq!(world.rejected.get(&objects[1].id).await.unwrap().unwrap(), objects[1]);

    assert!(world.rejected.discard(&objects[0].id).await.unwrap());
    assert!(!world.rejected.discard(&objects[0].id).await.unwrap());
    assert_eq!(world.rejected.get(&objects[0].id).await.unwrap(), None);
}

#[tokio::test]
async fn a_replayed_object_is_in_its_collection_once_and_forgotten() {
    let world = World::new().await;
    let readings = Namespace::new("plant", "readings").unwrap();
    let kept = object(1, reading(7).as_bytes());
    for expected in [Replayed::Inserted, Replayed::AlreadyThere] {
        world.rejected.keep(std::slice::from_ref(&kept)).await.unwrap();
        assert_eq!(world.rejected.replay(&kept.id).await.unwrap(), expected);
        assert_eq!(world.store.get(&readings, 7.into()).await.unwrap().unwrap(), reading(7));
        assert_eq!(world.rejected.get(&kept.id).await.unwrap(), None);
    }
    assert_eq!(world.store.count(&readings).await.unwrap(), 1);
}

#[tokio::test]
async fn what_cannot_be_replayed_stays() {
    let world = World::new().await;
    let elsewhere =
        RejectedObject { database: "admin".to_owned(), ..object(2, reading(1).as_bytes()) };
    let lost = RejectedObject { document: None, ..object(3, b"") };
    let objects = [object(1, b"no document"), elsewhere, lost];
    world.rejected.keep(&objects).await.unwrap();

    let replay = |index: usize| world.rejected.replay(&objects[index].id);
    assert!(matches!(replay(0).await, Err(ReplayError::Malformed(_))));
    assert!(matches!(replay(1).await, Err(ReplayError::Namespace(_))));
    assert!(matches!(replay(2).await, Err(ReplayError::NotKept)));
    assert!(matches!(world.rejected.replay("x").await, Err(ReplayError::NotFound(_))));
    assert_eq!(world.rejected.list().try_collect::<Vec<_>>().await.unwrap().len(), 3);
}

#[test]
fn reasons_and_payloads_are_bounded() {
    let long = "ä".repeat(100_000);
    let (_, reason) = RejectedObject::why(&RejectionCode::StoreRefused, &long);
    assert!(reason.len() <= 8 * 1024 && long.starts_with(&reason));
    assert_eq!(RejectedObject::payload(&vec![0; crate::store::MAX_DOCUMENT_BYTES]), None);
}
