//! Many devices, and everything dies again and again.

use std::{sync::Arc, time::Duration};

use asymmetric_testkit::{MongoServer, soak_duration};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::devices::{Generation, assert_stored_once, create_collections, device};
use crate::testing::log_in;

const DEVICES: u8 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak_200_devices_while_gateway_and_server_are_killed() {
    let mut server = MongoServer::start().unwrap();
    let uri = server.uri();
    create_collections(&uri).await;
    let current = watch::Sender::new(Generation::start(&uri).await);
    let token: Arc<str> = log_in(&current.borrow().gateway.clone()).await.into();
    let stop = Instant::now() + soak_duration();
    let mut devices = JoinSet::new();
    for number in 0..DEVICES {
        let goes_on = move |_| Instant::now() < stop;
        devices.spawn(device(number, Arc::clone(&token), current.subscribe(), goes_on));
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
        current.send_replace(Generation::start(&uri).await);
    }
    let acknowledged = devices.join_all().await.concat();
    assert!(acknowledged.len() >= usize::from(DEVICES), "{} objects", acknowledged.len());
    assert_stored_once(&uri, acknowledged).await;
}
