//! A bad line between gateway and server, and a server that fails: nothing is lost, and nothing is
//! stored twice.

use std::{sync::Arc, time::Duration};

use asymmetric_testkit::{Mode, MongoServer, SmallDisk, TcpProxy};
use tokio::{sync::watch, task::JoinSet};

use super::devices::{Generation, assert_stored_once, create_collections, device};
use crate::{Counters, testing::log_in};

/// Half of them write into the time series.
const DEVICES: u8 = 8;

/// A gateway that reaches its server by a proxy.
struct Stage {
    server: MongoServer,
    proxy: TcpProxy,
    gateway: Arc<Generation>,
    token: Arc<str>,
}

impl Stage {
    async fn new(server: MongoServer) -> Self {
        create_collections(&server.uri()).await;
        let proxy = TcpProxy::start(server.address()).await.unwrap();
        let address = proxy.address();
        // What is gone is noticed soon.
        let uri = format!(
            "mongodb://{address}/?directConnection=true&serverSelectionTimeoutMS=500\
             &heartbeatFrequencyMS=500&serverMonitoringMode=poll"
        );
        let gateway = Generation::start(&uri).await;
        let token = log_in(&gateway.gateway).await.into();
        Self { server, proxy, gateway, token }
    }

    fn counters(&self) -> Counters {
        self.gateway.gateway.counters()
    }

    /// Waits for so many more acknowledged objects.
    async fn progress(&self, objects: u64) {
        let target = self.counters().acknowledged + objects;
        while self.counters().acknowledged < target {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets devices send while `faults` go on, and for a while after.
    async fn run(mut self, faults: impl AsyncFnOnce(&mut Self)) {
        let (current, _) = watch::channel(Arc::clone(&self.gateway));
        let stop = watch::Sender::new(false);
        let mut devices = JoinSet::new();
        for number in 0..DEVICES {
            let stop = stop.subscribe();
            let goes_on = move |_| !*stop.borrow();
            devices.spawn(device(number, Arc::clone(&self.token), current.subscribe(), goes_on));
        }
        self.progress(20).await;
        faults(&mut self).await;
        self.progress(20).await;
        stop.send_replace(true);
        let acknowledged = devices.join_all().await.concat();
        assert_eq!(self.counters().rejected, 0, "no object is to blame");
        assert_stored_once(&self.server.uri(), acknowledged).await;
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let stage = Stage::new(MongoServer::start().unwrap()).await;
    stage
        .run(async |stage| {
            for mode in [Mode::Delay(Duration::from_millis(300)), Mode::Throttle(4_000)] {
                stage.proxy.set(mode);
                stage.progress(10).await;
                stage.proxy.set(Mode::Forward);
            }
        })
        .await;
}

#[tokio::test]
async fn connections_that_are_cut_after_a_commit_leave_each_object_once() {
    let stage = Stage::new(MongoServer::start().unwrap()).await;
    stage
        .run(async |stage| {
            // Until answers to inserts were among those that were lost: the objects were there when
            // they came again.
            while stage.counters().duplicates < 10 {
                let lost = stage.proxy.answers_dropped();
                stage.proxy.set(Mode::DropAnswers);
                stage.proxy.wait_for_answers_dropped(lost + 1).await;
                stage.proxy.set(Mode::Forward);
                stage.progress(1).await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_waited_for() {
    let stage = Stage::new(MongoServer::start().unwrap()).await;
    stage
        .run(async |stage| {
            for _ in 0..3 {
                stage.proxy.set(Mode::Refuse);
                stage.proxy.cut();
                // Long enough that requests are answered without it.
                tokio::time::sleep(Duration::from_millis(800)).await;
                stage.proxy.set(Mode::Forward);
                stage.progress(5).await;
            }
        })
        .await;
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again_has_everything_that_was_acknowledged() {
    let stage = Stage::new(MongoServer::start().unwrap()).await;
    stage
        .run(async |stage| {
            for _ in 0..3 {
                stage.server.kill().unwrap();
                stage.server.restart().unwrap();
                stage.progress(5).await;
            }
        })
        .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_of_the_server_refuses_no_object() {
    let disk = SmallDisk::mount(256 * 1024 * 1024);
    let stage = Stage::new(MongoServer::start_in(disk.path()).unwrap()).await;
    stage
        .run(async |stage| {
            let filler = disk.fill_but(256 * 1024).unwrap();
            // The server dies of it, or answers with errors.
            let before = stage.counters().acknowledged;
            tokio::time::sleep(Duration::from_secs(2)).await;
            std::fs::remove_file(filler).unwrap();
            stage.server.kill().unwrap();
            stage.server.restart().unwrap();
            eprintln!("{} stored meanwhile", stage.counters().acknowledged - before);
            stage.progress(20).await;
        })
        .await;
}
