//! How much travels at a time, and what is told of it.

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use futures_util::FutureExt as _;

use super::{
    server::Reply,
    world::{World, options, write},
};
use crate::client::{UploadState, events::SyncEvent, upload::Control};

fn backlog(world: &World, chunks: usize) {
    world.control(Control::Pause);
    for _ in 0..chunks {
        // About as large as a chunk gets.
        write(&world.outbox, 250, 1000);
    }
    world.control(Control::Run);
}

#[tokio::test(start_paused = true)]
async fn a_quick_line_carries_four_batches_at_a_time() {
    let world = World::start([]);
    backlog(&world, 40);
    world.settled().await;
    let server = world.stop().await;
    assert_eq!(server.most_at_once.lock().unwrap().1, 4);
}

#[tokio::test(start_paused = true)]
async fn a_long_line_carries_larger_batches() {
    let world = World::with([], [], options(), |server| {
        *server.distance.lock().unwrap() = (Duration::from_millis(300), Duration::ZERO);
    });
    backlog(&world, 40);
    world.settled().await;
    let server = world.stop().await;
    let largest = server.received.lock().unwrap().iter().map(Vec::len).max();
    assert_eq!(largest, Some(1000));
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_carries_smaller_batches() {
    let world = World::with([], [], options(), |server| {
        *server.distance.lock().unwrap() = (Duration::ZERO, Duration::from_millis(100));
    });
    world.control(Control::Pause);
    for _ in 0..400 {
        write(&world.outbox, 1, 4000);
    }
    world.control(Control::Run);
    world.settled().await;
    let server = world.stop().await;
    let received = server.received.lock().unwrap();
    let (first, last) = (received.first().unwrap().len(), received[received.len() - 2].len());
    assert!(last * 4 <= first, "{first} objects at first, {last} at last");
}

#[tokio::test(start_paused = true)]
async fn a_cap_is_kept() {
    let mut options = options();
    options.bytes_per_second = NonZeroU64::new(10_000);
    let world = World::with([], [], options, |_| {});
    world.control(Control::Pause);
    for _ in 0..100 {
        write(&world.outbox, 1, 1000);
    }
    world.control(Control::Run);
    let took = world.settled_after().await;
    let server = world.stop().await;
    let bytes = *server.bytes.lock().unwrap();
    // What travels last is paid for by nobody.
    assert!(took.as_secs() >= (bytes - 10_000) / 10_000, "{bytes} bytes in {took:?}");
    assert!(took.as_secs() <= bytes / 10_000 + 2, "{bytes} bytes in {took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_is_told() {
    let world = World::with_objects([Reply::Late(Duration::from_secs(2))], [3]);
    let mut progress = world.outbox.progress().subscribe();
    let now = progress.wait_for(|now| now.in_flight_objects() > 0).await.unwrap().clone();
    assert_eq!((now.in_flight_objects(), now.pending_objects()), (3, 3));
    assert_eq!(now.in_flight_bytes(), now.pending_bytes());
    let bytes = now.pending_bytes();
    let now = world.settled().await;
    assert_eq!((now.in_flight_objects(), now.in_flight_bytes()), (0, 0));
    assert_eq!((now.acknowledged, now.acknowledged_bytes), (3, bytes));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn events_tell_what_happens() {
    let mut world = World::with_objects([Reply::status(503), Reply::RejectEvery(2)], [3]);
    world.settled().await;
    world.state(|state| *state == UploadState::Idle).await;
    let mut told = Vec::new();
    while let Some(Some(event)) = world.events.next().now_or_never() {
        told.push(match event {
            SyncEvent::StateChanged(state) => state.name().to_owned(),
            SyncEvent::Acknowledged { objects, .. } => format!("{objects} acknowledged"),
            SyncEvent::Rejected(object) => format!("{} rejected", object.sequence),
            SyncEvent::Failed { error } => error.to_string(),
            event => format!("{event:?}"),
        });
    }
    assert_eq!(
        told,
        [
            "connecting",
            "the server refused: no (503)",
            "offline",
            "connecting",
            "2 acknowledged",
            "2 rejected",
            "idle",
        ]
    );
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_callback_that_panics_is_survived() {
    let mut options = options();
    options.on_rejected = Some(Arc::new(|_| panic!("the application's own mistake")));
    let world = World::with([Reply::RejectAll], [2], options, |_| {});
    let progress = world.settled().await;
    assert_eq!(progress.rejected, 2);
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_late_holds_up_none_of_the_others() {
    let late = Reply::Late(Duration::from_secs(30));
    let world = World::with_objects([late], []);
    backlog(&world, 10);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(world.pending(), 250);
    world.settled().await;
    let server = world.stop().await;
    assert_eq!(server.stored.lock().unwrap().len(), 2500);
    assert_eq!(server.received.lock().unwrap().len(), 10);
}
