//! Batches that the server cannot digest.

use std::time::Duration;

use asymmetric_protocol::limits::CHUNK_BYTES;

use super::{
    server::Reply,
    world::{World, options, write},
};
use crate::client::upload::Control;

/// Every object but these is stored; these are rejected with `code`, each with its own document.
async fn assert_isolated(world: World, objects: u64, guilty: &[u64], code: &str) {
    let progress = world.settled().await;
    assert_eq!(progress.rejected, guilty.len() as u64);
    assert_eq!(progress.acknowledged, objects - guilty.len() as u64);
    let outbox = std::sync::Arc::clone(&world.outbox);
    let server = world.stop().await;
    let expected: Vec<_> = (1..=objects).filter(|n| !guilty.contains(n)).collect();
    assert_eq!(server.stored.lock().unwrap().iter().copied().collect::<Vec<_>>(), expected);
    let rejected = outbox.rejected().unwrap();
    let found: Vec<_> = rejected.iter().map(|object| object.sequence.get()).collect();
    assert_eq!(found, guilty);
    assert!(rejected.iter().all(|object| object.code.as_str() == code), "{rejected:?}");
    assert!(rejected.iter().all(|object| object.primary_key().is_some()));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_breaks_the_server_is_found_inside_its_chunk() {
    let poison = |server: &super::server::Server| {
        server.poison.lock().unwrap().insert(137, (500, "InternalServerError"));
    };
    let world = World::with([], [300], options(), poison);
    assert_isolated(world, 300, &[137], "undigested").await;
}

#[tokio::test(start_paused = true)]
async fn objects_that_break_the_server_are_found_among_small_transactions() {
    let poison = |server: &super::server::Server| {
        for guilty in [1, 40, 41, 100] {
            server.poison.lock().unwrap().insert(guilty, (400, "BatchMalformed"));
        }
    };
    let world = World::with([], [1; 100], options(), poison);
    assert_isolated(world, 100, &[1, 40, 41, 100], "undigested").await;
}

#[tokio::test(start_paused = true)]
async fn a_guilty_object_delays_the_others_by_seconds_and_not_by_minutes() {
    let poison = |server: &super::server::Server| {
        server.poison.lock().unwrap().insert(1, (500, ""));
    };
    let world = World::with([], [1000], options(), poison);
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(60), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_everything_makes_no_object_guilty() {
    let poison = |server: &super::server::Server| {
        for object in 1..=50 {
            server.poison.lock().unwrap().insert(object, (400, "BatchMalformed"));
        }
    };
    let world = World::with([], [50], options(), poison);
    tokio::time::sleep(Duration::from_secs(24 * 60 * 60)).await;
    assert_eq!(world.outbox.progress().borrow().rejected, 0);
    assert_eq!(world.pending(), 50);
    // The gateway is mended, and everything arrives as it is.
    world.server.poison.lock().unwrap().clear();
    let progress = world.settled().await;
    assert_eq!((progress.acknowledged, progress.rejected), (50, 0));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn batches_shrink_until_the_server_accepts_them() {
    let world = World::start([]);
    world.control(Control::Pause);
    for _ in 0..8 {
        write(&world.outbox, 10, CHUNK_BYTES / 100);
    }
    // Less than a single chunk has: chunks are cut.
    *world.server.max_bytes.lock().unwrap() = Some(CHUNK_BYTES / 30);
    world.control(Control::Run);
    let took = world.settled_after().await;
    // Being too large is no reason to wait.
    assert!(took < Duration::from_secs(5), "{took:?}");
    let server = world.stop().await;
    assert_eq!(*server.stored.lock().unwrap(), (1..=80).collect());
}

#[tokio::test(start_paused = true)]
async fn a_lone_object_that_is_too_large_is_rejected_and_blocks_nothing() {
    let world = World::start([]);
    world.control(Control::Pause);
    write(&world.outbox, 3, 10);
    write(&world.outbox, 1, 50_000);
    write(&world.outbox, 3, 10);
    *world.server.max_bytes.lock().unwrap() = Some(20_000);
    world.control(Control::Run);
    assert_isolated(world, 7, &[4], "too_large").await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_breaks_over_one_batch_lets_the_others_through_and_rejects_nothing() {
    // The first batch never gets through; others do.
    let replies = (0..40).flat_map(|_| [Reply::LoseRequest, Reply::Acknowledge]);
    let world = World::with_objects(replies, [20]);
    for _ in 0..20 {
        write(&world.outbox, 1, 0);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let progress = world.settled().await;
    assert_eq!((progress.acknowledged, progress.rejected), (40, 0));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn rejected_objects_of_a_chunk_in_pieces_are_told_once_and_together() {
    let poison = |server: &super::server::Server| {
        server.poison.lock().unwrap().insert(7, (500, ""));
    };
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = std::sync::Arc::clone(&told);
    let mut options = options();
    options.on_rejected = Some(std::sync::Arc::new(move |object| {
        heard.lock().unwrap().push(object.sequence.get());
    }));
    let world = World::with((0..3).map(|_| Reply::RejectEvery(5)), [20], options, poison);
    world.settled().await;
    let progress = world.outbox.progress().borrow().clone();
    assert_eq!(progress.acknowledged + progress.rejected, 20);
    let told = told.lock().unwrap().clone();
    let outbox = std::sync::Arc::clone(&world.outbox);
    world.stop().await;
    let rejected: Vec<_> = outbox.rejected().unwrap().iter().map(|o| o.sequence.get()).collect();
    assert_eq!(told, rejected);
    assert!(rejected.contains(&7));
}
