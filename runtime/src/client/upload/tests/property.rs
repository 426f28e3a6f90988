//! Each object is exactly one of stored, acknowledged and rejected, whatever happens.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use proptest::prelude::*;
use tokio::sync::watch;

use super::{
    server::{Reply, Server},
    world::{Machine, Place, left, options, write},
};
use crate::client::{
    UploadState,
    events::EventSender,
    outbox::Outbox,
    upload::{Control, Orders, UploadOptions, Uploader, Wires},
    user::Session,
};

/// The server, and what the callback was told.
pub(super) struct Judge {
    pub(super) server: Arc<Server>,
    pub(super) told: Arc<Mutex<Vec<u64>>>,
}

impl Judge {
    pub(super) fn options(&self, options: UploadOptions) -> UploadOptions {
        let told = Arc::clone(&self.told);
        UploadOptions {
            on_rejected: Some(Arc::new(move |object| {
                told.lock().unwrap().push(object.sequence.get());
            })),
            ..options
        }
    }

    /// Runs an upload for this long, or until everything is settled.
    async fn upload(&self, outbox: &Arc<Outbox>, time: Duration) {
        let (orders, commands) = watch::channel(Orders::default());
        let uploader = Uploader::new(
            Arc::clone(outbox),
            Arc::clone(&self.server),
            self.options(options()),
            Wires {
                state: watch::Sender::new(UploadState::Idle),
                orders: commands,
                session: watch::Sender::new(Session::default()).subscribe(),
                events: EventSender::new(),
            },
            Box::new(Machine::new()),
        );
        let task = tokio::spawn(uploader.run());
        let mut progress = outbox.progress().subscribe();
        let settled = progress.wait_for(|now| now.pending_objects() == 0);
        // Whether it is done or not: now it is stopped.
        let _done = tokio::time::timeout(time, settled).await.is_ok();
        orders.send_modify(|orders| orders.control = Control::Stop);
        task.await.unwrap();
    }

    /// Every object is in the file, among the rejected, or with the server, and in none twice.
    fn judge(&self, outbox: &Outbox, objects: u64) {
        let in_file: BTreeSet<u64> = left(outbox).into_iter().collect();
        let rejected = outbox.rejected().unwrap();
        let rejected: BTreeSet<u64> = rejected.iter().map(|o| o.sequence.get()).collect();
        let stored = self.server.stored.lock().unwrap().clone();
        for object in 1..=objects {
            let homes = [
                in_file.contains(&object),
                rejected.contains(&object),
                !in_file.contains(&object) && !rejected.contains(&object),
            ];
            assert_eq!(homes.iter().filter(|home| **home).count(), 1, "object {object}: {homes:?}");
            if homes[2] {
                assert!(stored.contains(&object), "object {object} has left and nobody has it");
            }
            if homes[1] {
                assert!(!stored.contains(&object), "object {object} is stored and rejected");
            }
        }
        let told = self.told.lock().unwrap();
        let once: BTreeSet<u64> = told.iter().copied().collect();
        assert_eq!(once.len(), told.len(), "an object was told twice: {told:?}");
    }
}

/// Judges what a file holds, and again after everything was uploaded.
pub(super) async fn assert_exactly_one_of(place: &Place, judge: &Judge, objects: u64) {
    let outbox = place.open();
    judge.judge(&outbox, objects);
    judge.server.replies.lock().unwrap().clear();
    judge.upload(&outbox, Duration::from_secs(10_000_000)).await;
    assert_eq!(outbox.progress().borrow().pending_objects(), 0);
    judge.judge(&outbox, objects);
    let rejected = outbox.rejected().unwrap().len() as u64;
    let stored = judge.server.stored.lock().unwrap().len() as u64;
    assert_eq!(stored + rejected, objects);
}

pub(super) fn reply() -> impl Strategy<Value = Reply> {
    let status = prop_oneof![
        300_u16..=308,
        400_u16..=451,
        500_u16..=511,
        Just(401),
        Just(413),
        Just(429),
        Just(503),
    ];
    let seconds = (0_u64..120).prop_map(Duration::from_secs);
    prop_oneof![
        4 => Just(Reply::Acknowledge),
        2 => seconds.clone().prop_map(Reply::Late),
        2 => Just(Reply::LoseAnswer),
        2 => Just(Reply::LoseRequest),
        1 => Just(Reply::Stall),
        1 => Just(Reply::Garble),
        1 => Just(Reply::Babble),
        2 => (0_u64..6).prop_map(Reply::AcknowledgeFirst),
        1 => Just(Reply::RejectAll),
        1 => (2_u64..5).prop_map(Reply::RejectEvery),
        1 => seconds.clone().prop_map(Reply::BackOff),
        4 => (status, prop::option::of(seconds))
            .prop_map(|(status, retry_after)| Reply::Refuse { status, retry_after }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn every_object_is_exactly_one_of_stored_acknowledged_and_rejected(
        runs in prop::collection::vec(
            (prop::collection::vec(1_usize..30, 0..8), 0_u64..300),
            1..4,
        ),
        replies in prop::collection::vec(reply(), 0..24),
        poison in prop::collection::vec((1_u64..100, prop::sample::select(vec![400_u16, 500])), 0..3),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Arc::new(Server::default());
            server.replies.lock().unwrap().extend(replies);
            for (object, status) in poison {
                server.poison.lock().unwrap().insert(object, (status, "BatchMalformed"));
            }
            let judge = Judge { server, told: Arc::default() };
            let place = Place::new();
            let mut objects = 0;
            for (transactions, seconds) in runs {
                let outbox = place.open();
                for count in transactions {
                    write(&outbox, count, 0);
                    objects += count as u64;
                }
                judge.upload(&outbox, Duration::from_secs(seconds)).await;
                judge.judge(&outbox, objects);
            }
            // A server that refuses everything would go on to do so.
            judge.server.poison.lock().unwrap().clear();
            assert_exactly_one_of(&place, &judge, objects).await;
        });
    }
}
