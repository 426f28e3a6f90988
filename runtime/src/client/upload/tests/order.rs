//! Time series: nothing is sent before everything earlier is settled.

use std::time::Duration;

use proptest::prelude::*;

use super::{
    property::reply,
    server::{Reply, Server},
    world::{Place, World, options},
};

fn start(replies: Vec<Reply>, transactions: Vec<usize>, prepare: impl FnOnce(&Server)) -> World {
    let place = Place::new();
    let outbox = place.open_ordered();
    World::over(place, outbox, replies, transactions, options(), prepare)
}

/// Nothing came before everything earlier was settled, and nothing at the same time.
fn assert_in_order(server: &Server) {
    assert_eq!(*server.overtaking.lock().unwrap(), [0; 0]);
    assert_eq!(server.most_at_once.lock().unwrap().1, 1);
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_leaves_open_is_sent_before_anything_later() {
    let replies = vec![
        Reply::AcknowledgeFirst(2),
        Reply::LoseAnswer,
        Reply::LoseRequest,
        Reply::status(500),
        Reply::status(500),
        Reply::status(500),
        Reply::status(500),
    ];
    let world = start(replies, vec![3; 10], |_| {});
    world.settled().await;
    let server = world.stop().await;
    assert_in_order(&server);
    assert_eq!(*server.stored.lock().unwrap(), (1..=30).collect());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_breaks_the_server_is_rejected_before_the_later_ones_are_sent() {
    for guilty in [17, 40, 1] {
        let world = start(Vec::new(), vec![40; 3], |server| {
            server.poison.lock().unwrap().insert(guilty, (500, ""));
        });
        let progress = world.settled().await;
        assert_eq!((progress.rejected, progress.acknowledged), (1, 119));
        let server = world.stop().await;
        assert_in_order(&server);
        let guilty_at = |batch: &Vec<u64>| batch.contains(&guilty);
        let received = server.received.lock().unwrap();
        let last = received.iter().rposition(guilty_at).unwrap();
        // Nothing later was accepted while it was open.
        assert!(received[..last].iter().all(|batch| batch[0] <= guilty));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_server_does_nothing_overtakes(
        transactions in prop::collection::vec(1_usize..20, 1..10),
        replies in prop::collection::vec(reply(), 0..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let world = start(replies, transactions, |_| {});
            let settled = tokio::time::timeout(Duration::from_secs(10_000_000), world.settled());
            settled.await.unwrap();
            let server = world.stop().await;
            assert_in_order(&server);
        });
    }
}
