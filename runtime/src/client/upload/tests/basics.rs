//! Objects arrive, fail to, and arrive in the end.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    server::Reply,
    world::{Place, World, options, write},
};
use crate::client::UploadState;

#[tokio::test(start_paused = true)]
async fn everything_arrives_and_leaves_the_file() {
    let world = World::with_objects([], [3, 2]);
    write(&world.outbox, 4, 0);
    let progress = world.settled().await;
    assert_eq!((progress.acknowledged, progress.pending_objects()), (9, 0));
    let server = world.stop().await;
    assert_eq!(*server.stored.lock().unwrap(), (1..=9).collect());
}

#[tokio::test(start_paused = true)]
async fn small_transactions_travel_together() {
    let world = World::with_objects([], [1; 40]);
    world.settled().await;
    let server = world.stop().await;
    assert_eq!(*server.received.lock().unwrap(), [(1..=40).collect::<Vec<_>>()]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_means_sending_again() {
    let world = World::with_objects([Reply::LoseAnswer], [3]);
    let progress = world.settled().await;
    assert_eq!(progress.acknowledged, 3);
    let server = world.stop().await;
    assert_eq!(*server.received.lock().unwrap(), [[1, 2, 3], [1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_does_not_name_is_sent_again() {
    let world = World::with_objects([Reply::AcknowledgeFirst(4)], [3, 3]);
    let progress = world.settled().await;
    assert_eq!(progress.acknowledged, 6);
    let server = world.stop().await;
    // The first chunk is whole; of the second only one object was named.
    assert_eq!(*server.received.lock().unwrap(), [vec![1, 2, 3, 4, 5, 6], vec![4, 5, 6]]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_nothing_is_not_asked_for_in_circles() {
    let world = World::with_objects((0..5).map(|_| Reply::AcknowledgeFirst(0)), [1]);
    let start = Instant::now();
    world.settled().await;
    // Five waits, each a random part of 1, 2, 4, 8 and 16 seconds; without them it takes 30 ms.
    assert!(start.elapsed() > Duration::from_millis(100), "{:?}", start.elapsed());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn rejected_objects_are_kept_and_do_not_block_the_others() {
    let world = World::with_objects([Reply::RejectAll], [2]);
    world.settled().await;
    write(&world.outbox, 1, 0);
    let progress = world.settled().await;
    assert_eq!((progress.rejected, progress.acknowledged), (2, 1));
    assert_eq!(progress.pending_objects(), 0);
    let outbox = Arc::clone(&world.outbox);
    world.stop().await;
    let rejected = outbox.rejected().unwrap();
    let sequences: Vec<_> = rejected.iter().map(|object| object.sequence.get()).collect();
    assert_eq!(sequences, [1, 2]);
    assert_eq!(rejected[0].class, "Reading");
    assert_eq!(rejected[1].primary_key(), Some(1_i64.into()));
}

#[tokio::test(start_paused = true)]
async fn the_server_says_when_to_come_back() {
    let retry_after = Some(Duration::from_secs(1000));
    let world = World::with_objects([Reply::Refuse { status: 503, retry_after }], [1]);
    let start = Instant::now();
    world.settled().await;
    assert!(start.elapsed() >= Duration::from_secs(1000), "{:?}", start.elapsed());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_eternity_is_asked_again_after_a_day() {
    let retry_after = Some(Duration::from_secs(u64::MAX));
    let world = World::with_objects([Reply::Refuse { status: 503, retry_after }], [1]);
    let start = Instant::now();
    world.settled().await;
    assert_eq!(start.elapsed().as_secs() / 3600, 24);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_failed_goes_on_by_itself() {
    let failures = [503, 500, 404, 400, 429].map(Reply::status);
    let mut world = World::with_objects(failures, [1]);
    world.offline().await;
    // No new write, no command: only time passes.
    world.settled().await;
    world.state(|state| *state == UploadState::Idle).await;
    let server = world.stop().await;
    assert_eq!(server.received.lock().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn acknowledged_objects_leave_the_file_without_another_write() {
    let world = World::with_objects([], [1]);
    world.settled().await;
    assert!(world.outbox.needs_flush());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!world.outbox.needs_flush());
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_keeps_what_was_not_acknowledged() {
    let refusals = (0..3).map(|_| Reply::status(503));
    let mut world = World::with_objects(refusals, [5]);
    world.offline().await;
    let outbox = Arc::clone(&world.outbox);
    world.stop().await;
    assert_eq!(outbox.progress().borrow().pending_objects(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_chunk_stops_nothing_wherever_it_is() {
    const CHUNKS: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new("chunks");
    for damaged in [1, 3, 5] {
        let place = Place::new();
        (0..3).for_each(|_| write(&place.open(), 2, 0));
        {
            let transaction = redb::Database::open(place.path()).unwrap().begin_write().unwrap();
            let mut chunks = transaction.open_table(CHUNKS).unwrap();
            chunks.insert(damaged, b"rotten".as_slice()).unwrap();
            drop(chunks);
            transaction.commit().unwrap();
        }
        let outbox = place.open();
        let mut world = World::over(place, outbox, [], [], options(), |_| {});
        let progress = world.settled().await;
        assert_eq!((progress.acknowledged, progress.pending_objects()), (4, 0), "{damaged}");
        assert_eq!(progress.damaged_chunks, 1);
        // Nothing is left to do, whatever is left in the file.
        world.state(|state| *state == UploadState::Idle).await;
        write(&world.outbox, 1, 0);
        assert_eq!(world.settled().await.acknowledged, 5);
        world.stop().await;
    }
}
