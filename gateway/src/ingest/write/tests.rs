use std::sync::Arc;

use asymmetric_protocol::ClientFileId;
use bson::rawdoc;
use futures_util::future::join_all;
use tokio::task::yield_now;

use super::WritePath;
use crate::{
    EmbeddedStore, Namespace, Store,
    store::{Insert, Inserted, Outcome},
    testing::FaultyStore,
};

struct World {
    store: FaultyStore,
    path: Arc<WritePath>,
    _directory: tempfile::TempDir,
}

fn readings() -> Namespace {
    Namespace::new("plant", "readings").unwrap()
}

fn client(number: u8) -> ClientFileId {
    ClientFileId::from_bytes([number; 12])
}

fn insert(ids: impl IntoIterator<Item = i32>) -> Insert {
    let documents = ids.into_iter().map(|id| rawdoc! { "_id": id }.try_into().unwrap());
    Insert { namespace: readings(), documents: documents.collect() }
}

impl World {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = FaultyStore::new(EmbeddedStore::open(directory.path()).await.unwrap());
        let path = Arc::new(WritePath::new(Arc::new(store.clone())));
        Self { store, path, _directory: directory }
    }

    async fn write(&self, number: u8, ids: impl IntoIterator<Item = i32>) -> Inserted {
        self.path.write(client(number), vec![insert(ids)], None).await.remove(0)
    }

    /// Fills the lane behind an insert that the store holds back, then lets everything through.
    async fn behind_a_running_insert<T>(&self, waiting: impl Future<Output = T>) -> T {
        self.store.close();
        let first = self.write(0, [-1]);
        let rest = async {
            self.store.arrival().await;
            let mut waiting = std::pin::pin!(waiting);
            // Lets everything be handed over.
            tokio::select! {
                biased;
                _ = &mut waiting => panic!("the store holds everything back"),
                () = yield_now() => self.store.open(),
            }
            waiting.await
        };
        tokio::join!(first, rest).1
    }
}

#[tokio::test]
async fn what_waits_behind_an_insert_leaves_as_one_and_each_client_is_told_its_own() {
    let world = World::new().await;
    world.path.write(client(9), vec![insert([7, 8])], None).await;
    world.store.arrival().await;
    let before = world.store.inserts();

    // Every client brings one new document and one that is there.
    let writes = (0..100_u8).map(|n| world.write(n, [100 + i32::from(n), 7 + i32::from(n % 2)]));
    let answers = world.behind_a_running_insert(join_all(writes)).await;

    for Inserted { outcomes, error } in answers {
        assert_eq!(outcomes, [Outcome::Inserted, Outcome::AlreadyThere]);
        assert!(error.is_none());
    }
    assert_eq!(world.store.inserts() - before, 2, "the first, and all others together");
    assert_eq!(world.store.count(&readings()).await.unwrap(), 103);
}

#[tokio::test]
async fn an_insert_is_bounded_and_a_full_one_does_not_wait() {
    let world = World::new().await;
    world.store.close();
    let first = world.write(0, [-1]);
    let rest = async {
        world.store.arrival().await;
        // Nothing has come back, and yet a full insert comes.
        let full = world.write(1, 0..5_000);
        let more = world.write(2, 5_000..9_000);
        let opened = async {
            world.store.arrival().await;
            world.store.open();
        };
        tokio::join!(full, more, opened)
    };
    let (_, (full, more, ())) = tokio::join!(first, rest);
    assert_eq!((full.outcomes.len(), more.outcomes.len()), (5_000, 4_000));
    assert_eq!(world.store.inserts(), 3, "they do not fit into one");
    assert_eq!(world.store.count(&readings()).await.unwrap(), 9_001);
}

#[tokio::test]
async fn a_client_with_much_to_write_does_not_hold_up_the_others() {
    let world = World::new().await;
    let greedy = join_all((0..10).map(|n| world.write(1, n * 2_000..(n + 1) * 2_000)));
    let modest = world.write(2, [100_000]);
    let order = world.behind_a_running_insert(async {
        tokio::select! {
            biased;
            _ = greedy => "greedy",
            _ = modest => "modest",
        }
    });
    assert_eq!(order.await, "modest");
}

#[tokio::test]
async fn a_failure_of_the_store_is_told_to_everybody_in_the_insert() {
    let world = World::new().await;
    world.store.fail(Some("readings"));
    let writes = [world.write(1, 1..2), world.write(2, 2..4)];
    for Inserted { outcomes, error } in world.behind_a_running_insert(join_all(writes)).await {
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Unknown), "{outcomes:?}");
        assert!(error.is_some());
    }
}

#[tokio::test]
async fn documents_are_written_when_nobody_waits_for_them() {
    let world = World::new().await;
    world.store.close();
    let path = Arc::clone(&world.path);
    let waiting = tokio::spawn(async move { path.write(client(1), vec![insert([1])], None).await });
    world.store.arrival().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    world.store.open();
    // Behind the first one in the same lane.
    assert_eq!(world.write(2, [1]).await.outcomes, [Outcome::AlreadyThere]);
}

#[tokio::test]
async fn lanes_are_forgotten_when_nothing_waits() {
    let world = World::new().await;
    for n in 0..20 {
        let namespace = Namespace::new("plant", &format!("c{n}")).unwrap();
        let documents = vec![rawdoc! { "_id": n }.try_into().unwrap()];
        world.path.write(client(1), vec![Insert { namespace, documents }], None).await;
    }
    // The answer comes before the lane is left; the last task still has to end.
    while !world.path.lanes.by_namespace.lock().unwrap().is_empty() {
        yield_now().await;
    }
}

#[tokio::test]
async fn what_is_late_is_not_sent() {
    let world = World::new().await;
    let now = tokio::time::Instant::now();
    let late = world.path.write(client(1), vec![insert([1])], Some(now)).await.remove(0);
    assert_eq!(late.outcomes, [Outcome::Unknown]);
    assert!(late.error.is_some());
    assert_eq!(world.store.count(&readings()).await.unwrap(), 0);
}
