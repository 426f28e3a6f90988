//! What makes an upload that waits try again, without a new write.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{
    server::Reply,
    world::{World, options, session, write},
};
use crate::client::{UploadState, outbox::StoredSession, upload::Control};

const ASKED_FOR_TIME: Reply =
    Reply::Refuse { status: 503, retry_after: Some(Duration::from_secs(1000)) };

/// An upload that waits as long as it ever does, over a server that is back.
async fn waiting() -> World {
    let mut world = World::with_objects([Reply::status(404)], [1]);
    world.offline().await;
    world
}

#[tokio::test(start_paused = true)]
async fn time() {
    let world = waiting().await;
    let took = world.settled_after().await;
    assert!((30..=61).contains(&took.as_secs()), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_network_that_returns() {
    let world = waiting().await;
    *world.machine.network.lock().unwrap() = None;
    tokio::time::sleep(Duration::from_secs(5)).await;
    *world.machine.network.lock().unwrap() = Some(IpAddr::from([192, 168, 1, 2]));
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept() {
    let world = waiting().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    *world.machine.slept.lock().unwrap() += Duration::from_secs(3600);
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_nudge() {
    let world = waiting().await;
    world.nudge();
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn but_not_when_the_server_asked_for_time() {
    let mut world = World::with_objects([ASKED_FOR_TIME], [1]);
    world.offline().await;
    world.nudge();
    *world.machine.network.lock().unwrap() = Some(IpAddr::from([192, 168, 1, 2]));
    *world.machine.slept.lock().unwrap() += Duration::from_secs(60);
    let took = world.settled_after().await;
    assert!(took >= Duration::from_secs(990), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_travels_on_a_network_that_is_gone_is_sent_again_on_the_new_one() {
    let world = World::with_objects([Reply::Stall], [3]);
    tokio::time::sleep(Duration::from_secs(3)).await;
    *world.machine.network.lock().unwrap() = Some(IpAddr::from([192, 168, 1, 2]));
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    let server = world.stop().await;
    assert_eq!(*server.received.lock().unwrap(), [[1, 2, 3], [1, 2, 3]]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_changes_nothing_for_the_worse() {
    let world = World::with_objects([], []);
    *world.machine.slept.lock().unwrap() = Duration::from_secs(1_000_000);
    *world.server.is_down.lock().unwrap() = true;
    write(&world.outbox, 1, 0);
    tokio::time::sleep(Duration::from_secs(10)).await;
    *world.machine.slept.lock().unwrap() = Duration::ZERO;
    tokio::time::sleep(Duration::from_secs(600)).await;
    *world.server.is_down.lock().unwrap() = false;
    let took = world.settled_after().await;
    assert!(took <= Duration::from_secs(61), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_upload_does_not_look_around() {
    let world = World::with_objects([], [1]);
    world.settled().await;
    // What it would have noticed, if it looked.
    *world.machine.slept.lock().unwrap() += Duration::from_secs(3600);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(*world.state.borrow(), UploadState::Idle);
    write(&world.outbox, 1, 0);
    world.settled().await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_owners_condition_holds_objects_back_until_it_holds() {
    let is_unmetered = Arc::new(AtomicBool::new(false));
    let mut options = options();
    let asked = Arc::clone(&is_unmetered);
    options.only_when = Some(Arc::new(move || asked.load(Ordering::Relaxed)));
    let mut world = World::with([], [2], options, |_| {});
    world.state(|state| *state == UploadState::Paused).await;
    tokio::time::sleep(Duration::from_secs(1000)).await;
    assert_eq!(world.pending(), 2);

    is_unmetered.store(true, Ordering::Relaxed);
    let took = world.settled_after().await;
    assert!(took <= Duration::from_secs(6), "{took:?}");
    world.state(|state| *state == UploadState::Idle).await;

    is_unmetered.store(false, Ordering::Relaxed);
    write(&world.outbox, 1, 0);
    world.state(|state| *state == UploadState::Paused).await;
    is_unmetered.store(true, Ordering::Relaxed);
    world.nudge();
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_paused_upload_sends_nothing_and_goes_on_when_resumed() {
    let mut world = World::start([]);
    world.control(Control::Pause);
    world.state(|state| *state == UploadState::Paused).await;
    write(&world.outbox, 1, 0);
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    assert_eq!(world.pending(), 1);
    world.control(Control::Run);
    world.settled().await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_login_by_hand() {
    let mut world = World::with_objects([Reply::status(401)], [2]);
    world.state(|state| *state == UploadState::LoginRequired).await;
    write(&world.outbox, 1, 0);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!((world.pending(), world.server.received.lock().unwrap().len()), (3, 1));

    world.session.send_modify(|now| {
        now.stored = Some(session());
        now.logins += 1;
    });
    let took = world.settled_after().await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(world.outbox.session().unwrap(), Some(session()));
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_the_session_again() {
    let mut world = World::with_objects((0..3).map(|_| Reply::status(401)), [2]);
    world.state(|state| *state == UploadState::LoginRequired).await;
    let took = world.settled_after().await;
    assert!((90..=185).contains(&took.as_secs()), "{took:?}");
    world.state(|state| *state == UploadState::Idle).await;
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_401_is_answered_at_the_slowest_pace() {
    let world = World::with_objects((0..10_000).map(|_| Reply::status(401)), [2]);
    // A transport that logs in by itself changes the session each time.
    for round in 0..600 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        world.session.send_modify(|now| {
            let refresh_token = format!("token {round}");
            now.stored = Some(StoredSession { refresh_token, ..session() });
        });
    }
    let requests = world.server.received.lock().unwrap().len();
    assert!(requests <= 21, "{requests} requests in ten minutes");
    assert_eq!(world.pending(), 2);
    world.stop().await;
}
