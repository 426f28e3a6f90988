//! Writes of tasks.

use std::time::Duration;

use futures_util::FutureExt as _;

use super::{disk::Disk, *};

struct World {
    disk: Disk,
    outbox: Arc<Outbox>,
    _committer: Committer,
}

impl World {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        let disk = Disk::default();
        let outbox = Arc::new(disk.open_with(options));
        let committer = Committer::start(&outbox).unwrap();
        Self { disk, outbox, _committer: committer }
    }
}

#[tokio::test]
async fn tasks_share_commits_and_block_no_thread() {
    const TASKS: i64 = 64;
    let world = World::new();
    let before = world.disk.syncs();
    // As long as this is held, no commit ends. All tasks run on this very thread.
    let held = world.outbox.database().begin_write().unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|id| {
            let outbox = Arc::clone(&world.outbox);
            tokio::spawn(async move {
                outbox.commit_async(&mut objects(&outbox, [id]), Durability::Durable).await
            })
        })
        .collect();
    while world.outbox.group.queued_below() < SequenceNumber::FIRST.after(64) {
        tokio::task::yield_now().await;
    }
    assert!(tasks.iter().all(|task| !task.is_finished()));
    held.abort().unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(stored(&world.outbox).len(), 64);
    let syncs = world.disk.syncs() - before;
    assert!(syncs <= 3, "{syncs} syncs");
}

#[tokio::test]
async fn threads_and_tasks_write_side_by_side() {
    let world = World::new();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let outbox = Arc::clone(&world.outbox);
            thread::spawn(move || {
                for n in 0..50 {
                    commit(&outbox, [thread * 50 + n]);
                }
            })
        })
        .collect();
    let tasks: Vec<_> = (4..8)
        .map(|task| {
            let outbox = Arc::clone(&world.outbox);
            tokio::spawn(async move {
                for n in 0..50 {
                    let mut objects = objects(&outbox, [task * 50 + n]);
                    outbox.commit_async(&mut objects, Durability::Durable).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for thread in threads {
        thread.join().unwrap();
    }
    let mut ids: Vec<_> = stored(&world.outbox).into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..400).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_write_that_is_dropped_was_made_or_was_not() {
    let world = World::new();
    let outbox = &world.outbox;
    drop(outbox.commit_async(&mut objects(outbox, [1]), Durability::Durable));
    let held = outbox.database().begin_write().unwrap();
    let mut second = objects(outbox, [2]);
    let polled = outbox.commit_async(&mut second, Durability::Durable).now_or_never();
    assert!(polled.is_none());
    assert!(second.is_empty());
    held.abort().unwrap();
    outbox.flush_async().await.unwrap();
    // The one that was never polled did not happen; the other one did, and nobody waited for it.
    assert_eq!(stored(outbox), [(1, 2)]);
}

#[tokio::test]
async fn a_write_that_waits_for_room_goes_on_when_there_is_some_and_may_be_dropped() {
    let when_full = WhenFull::Block { timeout: Duration::from_secs(3600) };
    let limits = Limits { max_objects: Some(2), when_full, ..Limits::default() };
    let world = World::with(Options { limits, ..Options::default() });
    let outbox = &world.outbox;
    outbox.commit_async(&mut objects(outbox, [1, 2]), Durability::Durable).await.unwrap();

    let mut dropped = objects(outbox, [3]);
    assert!(outbox.commit_async(&mut dropped, Durability::Durable).now_or_never().is_none());
    assert_eq!(dropped.len(), 1);

    let mut waiting = objects(outbox, [4]);
    {
        let mut write = Box::pin(outbox.commit_async(&mut waiting, Durability::Durable));
        assert!((&mut write).now_or_never().is_none());
        outbox.settle(&chunks(outbox));
        write.await.unwrap();
    }
    assert_eq!(stored(outbox), [(3, 4)]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_finds_no_room_in_time_fails() {
    let when_full = WhenFull::Block { timeout: Duration::from_secs(3600) };
    let limits = Limits { max_objects: Some(2), when_full, ..Limits::default() };
    let world = World::with(Options { limits, ..Options::default() });
    let outbox = &world.outbox;
    outbox.commit_async(&mut objects(outbox, [1, 2]), Durability::Durable).await.unwrap();
    let start = tokio::time::Instant::now();
    let full = outbox.commit_async(&mut objects(outbox, [3]), Durability::Durable).await;
    assert!(matches!(full, Err(CommitError::Full { pending_objects: 2, .. })), "{full:?}");
    assert!(start.elapsed() >= Duration::from_secs(3600));
}

#[tokio::test]
async fn a_broken_disk_is_told_to_every_task() {
    let world = World::new();
    world.disk.is_broken(true);
    for id in [1, 2] {
        let mut objects = objects(&world.outbox, [id]);
        let failed = world.outbox.commit_async(&mut objects, Durability::Durable).await;
        assert!(matches!(failed, Err(CommitError::Failed(_))), "{failed:?}");
    }
}
