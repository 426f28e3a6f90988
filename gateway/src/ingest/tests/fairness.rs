//! One client that sends more than everybody else.

use std::sync::Arc;

use bson::rawdoc;
use tokio::task::JoinSet;

use crate::{
    Namespace, Store as _,
    testing::{Answer, World, batch_of_client, class, ranges},
};

const KIB: usize = 1024;
const FLOOD: u8 = 40;

fn upload(client: u8, id: i32, bytes: usize) -> Vec<u8> {
    let document = rawdoc! { "_id": id, "text": "x".repeat(bytes) };
    batch_of_client([client; 12], &[class(1, "plant", "readings")], 1, &[(1, document)])
}

#[tokio::test]
async fn a_client_that_floods_the_gateway_is_sent_away_and_the_others_are_served_in_their_turn() {
    let world = World::with(|builder| {
        builder.in_flight_bytes(1024 * KIB).in_flight_bytes_per_client(256 * KIB)
    });
    let world = Arc::new(world.await);
    let (greedy, modest) = (world.access_token().await, world.access_token().await);
    world.store.close();
    let send = |number: u8| {
        let (world, token) = (Arc::clone(&world), greedy.clone());
        let body = upload(number, number.into(), 60 * KIB);
        async move { (number, world.upload(&token, body).await) }
    };
    let mut flood = JoinSet::new();
    for number in 1..=FLOOD {
        flood.spawn(send(number));
    }
    // Four of them are all that it may have in memory.
    let mut sent_away = Vec::new();
    while sent_away.len() < usize::from(FLOOD) - 4 {
        let (number, answer): (u8, Answer) = flood.join_next().await.unwrap().unwrap();
        assert_eq!(answer.error(), (503, "TooBusy".to_owned()));
        assert!(answer.headers.contains_key("retry-after"));
        sent_away.push(number);
    }
    // There is room for somebody else, who waits for the insert that runs, and for no more.
    let inserts = world.store.inserts();
    let (answer, ()) = tokio::join!(world.upload(&modest, upload(200, 1000, KIB)), async {
        tokio::task::yield_now().await;
        world.store.open();
    });
    assert_eq!(ranges(&answer.acknowledgement()), [(1, 1)]);
    assert!(world.store.inserts() <= inserts + 1, "{} inserts", world.store.inserts());

    // Whoever was sent away comes back, and everything arrives.
    while let Some(ended) = flood.join_next().await {
        assert_eq!(ranges(&ended.unwrap().1.acknowledgement()), [(1, 1)]);
    }
    for number in sent_away {
        assert_eq!(ranges(&send(number).await.1.acknowledgement()), [(1, 1)]);
    }
    let readings = Namespace::new("plant", "readings").unwrap();
    assert_eq!(world.store.count(&readings).await.unwrap(), u64::from(FLOOD) + 1);
}
