//! A server that learns classes from its clients.

use std::{sync::Arc, time::Duration};

use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};

use super::{
    server::Reply,
    world::{Place, World, options, write},
};
use crate::client::outbox::Outbox;

fn learning(replies: Vec<Reply>, transactions: Vec<usize>) -> World {
    World::with(replies, transactions, options(), |server| *server.learns.lock().unwrap() = true)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_is_told_at_once_and_only_then() {
    let world = learning(vec![], vec![3]);
    // Two round trips, and no back-off between them.
    let took = world.settled_after().await;
    assert!(took < Duration::from_millis(500), "{took:?}");
    let server = world.stop().await;
    assert_eq!(*server.announced.lock().unwrap(), [Some("Reading".to_owned())]);
    assert_eq!(server.received.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_announced_in_vain_is_announced_again() {
    // The connection breaks after the announcement has arrived, and later a busy server has not
    // learnt it.
    let world = learning(vec![Reply::LoseAnswer, Reply::status(503)], vec![3, 3]);
    let progress = world.settled().await;
    assert_eq!(progress.acknowledged, 6);
    assert!(world.stop().await.announced.lock().unwrap().len() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_class_of_an_earlier_build_is_said_to_be_unavailable() {
    const MORE: &[PropertySchema] = &[
        PropertySchema::new("_id", PropertyType::Long),
        PropertySchema::new("padding", PropertyType::String),
    ];
    const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", MORE)];
    let place = Place::new();
    {
        write(&place.open(), 2, 0);
    }
    let later = RealmSchema::new(CLASSES);
    let outbox = Arc::new(Outbox::open(&place.path(), "app", &later).unwrap());
    let world = World::over(place, outbox, [], [2], options(), |server| {
        *server.learns.lock().unwrap() = true;
    });
    world.settled().await;
    let server = world.stop().await;
    let mut announced = server.announced.lock().unwrap().clone();
    announced.sort();
    assert_eq!(announced, [None, Some("Reading".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_has_enough_is_asked_at_the_pace_of_failures() {
    // It asks for what it was told, again and again.
    let world = World::with(vec![], vec![3], options(), |server| {
        *server.asks_for_ever.lock().unwrap() = true;
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let asked = world.server.received.lock().unwrap().len();
    assert!(asked < 20, "{asked} times in a minute");
    *world.server.asks_for_ever.lock().unwrap() = false;
    assert_eq!(world.settled().await.acknowledged, 3);
    world.stop().await;
}
