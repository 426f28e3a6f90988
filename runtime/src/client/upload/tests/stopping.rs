//! The task ends, at any moment, and nothing is lost.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    property::{Judge, assert_exactly_one_of},
    server::{Reply, Server},
    world::{Machine, Place, World, options, session, write},
};
use crate::client::{
    UploadState,
    events::EventSender,
    upload::{Orders, Uploader, Wires},
    user::Session,
};

/// Drops a future after it was polled so many times.
struct DroppedAfter<F>(Option<Pin<Box<F>>>, usize);

impl<F: Future<Output = ()>> Future for DroppedAfter<F> {
    /// Whether it had ended by itself.
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.1 == 0 {
            self.0 = None;
            return Poll::Ready(false);
        }
        self.1 -= 1;
        match self.0.as_mut().map(|future| future.as_mut().poll(context)) {
            Some(Poll::Ready(())) | None => Poll::Ready(true),
            Some(Poll::Pending) => Poll::Pending,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_dropped_at_any_await_loses_and_doubles_nothing() {
    let script = [
        Reply::LoseAnswer,
        Reply::status(401),
        Reply::AcknowledgeFirst(4),
        Reply::RejectEvery(3),
        Reply::status(503),
        Reply::Late(Duration::from_secs(1)),
        Reply::Garble,
    ];
    let mut awaits = 0;
    loop {
        let place = Place::new();
        let outbox = place.open();
        for objects in [3, 2, 4] {
            write(&outbox, objects, 0);
        }
        let server = Arc::new(Server::default());
        server.replies.lock().unwrap().extend(script.clone());
        let judge = Judge { server: Arc::clone(&server), told: Arc::new(Mutex::new(Vec::new())) };
        let (orders, commands) = watch::channel(Orders::default());
        let mut progress = outbox.progress().subscribe();
        let uploader = Uploader::new(
            Arc::clone(&outbox),
            Arc::clone(&server),
            judge.options(options()),
            Wires {
                state: watch::Sender::new(UploadState::Idle),
                orders: commands,
                session: watch::Sender::new(Session::default()).subscribe(),
                events: EventSender::new(),
            },
            Box::new(Machine::new()),
        );
        // When everything is settled, the owner lets go.
        let owner = tokio::spawn(async move {
            let settled = progress.wait_for(|now| now.pending_objects() == 0).await.is_ok();
            drop(orders);
            settled
        });
        let ended = DroppedAfter(Some(Box::pin(uploader.run())), awaits).await;
        owner.abort();
        drop(outbox);
        assert_exactly_one_of(&place, &judge, 9).await;
        if ended {
            break;
        }
        awaits += 1;
    }
    assert!(awaits > 20, "the upload has ended after {awaits} awaits");
}

#[tokio::test(start_paused = true)]
async fn a_login_just_before_the_end_is_kept() {
    // What the task sees first, the login or the end, is a matter of chance.
    for _ in 0..16 {
        let world = World::with_objects([], [1]);
        world.settled().await;
        let outbox = Arc::clone(&world.outbox);
        world.session.send_modify(|now| now.stored = Some(session()));
        world.stop().await;
        assert_eq!(outbox.session().unwrap(), Some(session()));
    }
}
