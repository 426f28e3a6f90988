use asymmetric_protocol::{batch::CONTENT_TYPE, chunk::Codec, limits::MAX_BATCH_BYTES};
use axum::{
    body::Body,
    http::{Request, header},
};
use bson::rawdoc;
use futures_util::TryStreamExt;

use crate::{
    Counters, Namespace,
    testing::{World, batch, batch_in, batch_of_bytes, class, ranges, upload},
};

#[tokio::test]
async fn objects_are_acknowledged_once_they_are_in_the_store() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings"), class(2, "plant", "alarms")];
    let documents = [
        (1, rawdoc! { "_id": 1, "t": 20.5 }),
        (2, rawdoc! { "_id": 1, "text": "hot" }),
        (1, rawdoc! { "_id": 2, "t": 21.5 }),
    ];

    let answer = world.upload(&token, batch(&classes, 10, &documents)).await.acknowledgement();
    assert_eq!(ranges(&answer), [(10, 12)]);
    assert_eq!((answer.rejected, answer.backoff_ms), (vec![], None));

    let readings = Namespace::new("plant", "readings").unwrap();
    let store = world.gateway.store();
    assert_eq!(store.count(&readings).await.unwrap(), 2);
    assert_eq!(store.get(&readings, 2.into()).await.unwrap().unwrap(), documents[2].1);

    // The same again, as after a lost answer.
    let again = world.upload(&token, batch(&classes, 10, &documents)).await.acknowledgement();
    assert_eq!(ranges(&again), [(10, 12)]);
    assert_eq!(store.count(&readings).await.unwrap(), 2);
    let counters = world.gateway.counters();
    assert_eq!(
        (counters.batches, counters.acknowledged, counters.duplicates, counters.rejected),
        (2, 6, 3, 0)
    );
    assert_ne!(counters, Counters::default());
}

#[tokio::test]
async fn a_rejected_object_does_not_hold_up_its_neighbours() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [
        class(1, "plant", "readings"),
        class(2, "admin", "users"),
        class(3, "a.b", "c"),
        class(4, "plant", "system.users"),
    ];
    let good = rawdoc! { "_id": 1 }.into_bytes();
    let no_id = rawdoc! { "a": 1 }.into_bytes();
    // A length that fits and an element type that does not exist.
    let broken = [8, 0, 0, 0, 0x77, b'a', 0, 0];
    let objects: [(u32, &[u8]); 7] =
        [(1, &good), (2, &good), (1, &no_id), (3, &good), (1, &broken), (4, &good), (1, &good)];

    let batch = batch_of_bytes(&classes, 1, objects);
    let answer = world.upload(&token, batch).await.acknowledgement();

    assert_eq!(ranges(&answer), [(1, 1), (7, 7)]);
    let rejected: Vec<_> =
        answer.rejected.iter().map(|r| (r.sequence.get(), r.code.as_str())).collect();
    assert_eq!(
        rejected,
        [
            (2, "write_not_allowed"),
            (3, "malformed_document"),
            (4, "unknown_class"),
            (5, "malformed_document"),
            (6, "write_not_allowed"),
        ]
    );
    assert!(answer.rejected.iter().all(|rejection| !rejection.reason.is_empty()));
    let counters = world.gateway.counters();
    assert_eq!((counters.acknowledged, counters.duplicates, counters.rejected), (2, 1, 5));
}

#[tokio::test]
async fn rejected_objects_are_kept_with_reason_and_payload() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings"), class(2, "admin", "users")];
    let good = rawdoc! { "_id": 1 };
    let objects: [(u32, &[u8]); 3] =
        [(1, good.as_bytes()), (2, good.as_bytes()), (1, &[5, 0, 0, 0, 0])];
    let upload = batch_of_bytes(&classes, 1, objects);
    // Twice, as after a lost answer.
    for _ in 0..2 {
        let answer = world.upload(&token, upload.clone()).await.acknowledgement();
        assert_eq!(answer.rejected.len(), 2);
    }
    let mut kept: Vec<_> = world.gateway.rejected().list().try_collect().await.unwrap();
    kept.sort_by(|a, b| a.id.cmp(&b.id));
    let about: Vec<_> = kept
        .iter()
        .map(|kept| (kept.id.as_str(), kept.class.as_str(), kept.code.as_str()))
        .collect();
    assert_eq!(
        about,
        [
            ("070707070707070707070707-2", "users", "write_not_allowed"),
            ("070707070707070707070707-3", "readings", "malformed_document"),
        ]
    );
    assert_eq!(kept[0].document.as_ref().unwrap().bytes, good.as_bytes());
    assert!(kept.iter().all(|kept| kept.app == "weather-abcde" && !kept.reason.is_empty()));
}

#[tokio::test]
async fn an_object_that_cannot_be_kept_is_not_rejected() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings")];
    let no_id = batch(&classes, 1, &[(1, rawdoc! { "a": 1 })]);
    let both = batch(&classes, 1, &[(1, rawdoc! { "_id": 1 }), (1, rawdoc! { "a": 1 })]);

    world.store.fail(Some("rejected"));
    let answer = world.upload(&token, no_id.clone()).await;
    assert_eq!(answer.error(), (503, "StoreUnavailable".to_owned()));
    let answer = world.upload(&token, both).await.acknowledgement();
    assert_eq!((ranges(&answer), answer.rejected.len()), (vec![(1, 1)], 0));
    assert!(answer.backoff_ms.is_some());

    world.store.fail(None);
    let answer = world.upload(&token, no_id).await.acknowledgement();
    assert_eq!(answer.rejected.len(), 1);
    assert_eq!(world.gateway.counters().rejected, 1);
}

#[tokio::test]
async fn nothing_is_claimed_while_the_store_fails() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings")];
    let no_id = rawdoc! { "a": 1 };
    let batch = batch(&classes, 1, &[(1, rawdoc! { "_id": 1 }), (1, no_id)]);

    world.store.fail(Some("readings"));
    let answer = world.upload(&token, batch.clone()).await;
    assert_eq!(answer.error(), (503, "StoreUnavailable".to_owned()));
    assert_eq!(answer.headers[header::RETRY_AFTER], "2");
    assert_eq!(world.gateway.counters(), Counters::default());

    world.store.fail(None);
    let answer = world.upload(&token, batch).await.acknowledgement();
    assert_eq!((ranges(&answer), answer.rejected.len()), (vec![(1, 1)], 1));
}

#[tokio::test]
async fn partial_success_is_told_as_it_is() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings"), class(2, "plant", "alarms")];
    let documents = [
        (1, rawdoc! { "_id": 1 }),
        (2, rawdoc! { "_id": 1 }),
        (1, rawdoc! { "_id": 2 }),
        (1, rawdoc! { "_id": 3 }),
    ];

    world.store.fail(Some("alarms"));
    let answer = world.upload(&token, batch(&classes, 1, &documents)).await.acknowledgement();

    assert_eq!(ranges(&answer), [(1, 1), (3, 4)]);
    assert_eq!(answer.rejected, []);
    assert!(answer.backoff_ms.is_some());
    assert_eq!(world.gateway.counters().acknowledged, 3);
}

#[tokio::test]
async fn a_compressed_batch_is_a_batch() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings")];
    let documents: Vec<_> = (0..5000).map(|id| (1, rawdoc! { "_id": id, "t": 20.5 })).collect();
    let plain = batch(&classes, 1, &documents);

    let answer = world.send(compressed(&token, &plain)).await.acknowledgement();
    assert_eq!(ranges(&answer), [(1, 5000)]);
    let readings = Namespace::new("plant", "readings").unwrap();
    assert_eq!(world.gateway.store().count(&readings).await.unwrap(), 5000);
    assert_eq!(world.gateway.counters().bytes, plain.len() as u64);
}

#[tokio::test]
async fn compressed_chunks_are_taken_like_others() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "plant", "readings")];
    let documents: Vec<_> = (0..9000).map(|id| rawdoc! { "_id": id, "t": 20.5 }).collect();
    let bytes = || documents.iter().map(|document| (1, document.as_bytes()));
    let chunks = batch_in(Codec::Zstd, &classes, 1, bytes());
    assert!(chunks.len() < batch_of_bytes(&classes, 1, bytes()).len() / 2);

    let answer = world.upload(&token, chunks).await.acknowledgement();
    assert_eq!(ranges(&answer), [(1, 9000)]);
    let readings = Namespace::new("plant", "readings").unwrap();
    let store = world.gateway.store();
    assert_eq!(store.count(&readings).await.unwrap(), 9000);
    assert_eq!(store.get(&readings, 8999.into()).await.unwrap().unwrap(), documents[8999]);
}

#[tokio::test]
async fn what_compressed_chunks_become_is_bounded_and_reserved() {
    let classes = [class(1, "plant", "readings")];
    let text = "a".repeat(1024 * 1024);
    let document = rawdoc! { "_id": 1, "text": text };
    let of = |count| (0..count).map(|_| (1, document.as_bytes()));
    let world = World::with(|builder| builder.in_flight_bytes(22 * 1024 * 1024)).await;
    let token = world.access_token().await;

    let bomb = batch_in(Codec::Zstd, &classes, 1, of(21));
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let answer = world.upload(&token, bomb).await;
    assert_eq!(answer.error(), (413, "ReadSizeLimitExceeded".to_owned()));

    let large = batch_in(Codec::Zstd, &classes, 1, of(5));
    world.upload(&token, large.clone()).await.acknowledgement();
    let world = World::with(|builder| builder.in_flight_bytes(4 * 1024 * 1024)).await;
    let token = world.access_token().await;
    assert_eq!(world.upload(&token, large).await.error(), (503, "TooBusy".to_owned()));
}

fn compressed(token: &str, plain: &[u8]) -> Request<Body> {
    let mut request = upload(token, zstd::encode_all(plain, 1).unwrap());
    request.headers_mut().insert(header::CONTENT_ENCODING, "zstd".parse().unwrap());
    request
}

#[tokio::test]
async fn what_is_no_batch_is_refused_with_its_status() {
    let world = World::new().await;
    let token = world.access_token().await;
    let with = |name: header::HeaderName, value: &str| {
        let mut request = upload(&token, batch(&[], 1, &[]));
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let too_large = vec![0; MAX_BATCH_BYTES + 1];

    for (request, expected) in [
        (with(header::CONTENT_TYPE, "application/json"), (415, "BadRequest")),
        (with(header::CONTENT_ENCODING, "gzip"), (415, "BadRequest")),
        (with(header::CONTENT_ENCODING, "zstd"), (400, "BatchMalformed")),
        (upload(&token, ""), (400, "BatchMalformed")),
        (upload(&token, "ASYBASYBASYB"), (400, "BatchMalformed")),
        (upload(&token, too_large.clone()), (413, "ReadSizeLimitExceeded")),
        (compressed(&token, &too_large), (413, "ReadSizeLimitExceeded")),
        (upload("abc", ""), (401, "AuthError")),
    ] {
        let headers = format!("{:?}", request.headers());
        let (status, code) = world.send(request).await.error();
        assert_eq!((status, code.as_str()), expected, "{headers}");
    }
    assert_eq!(world.gateway.counters(), Counters::default());
}

#[tokio::test]
async fn parameters_of_the_content_type_and_an_empty_batch_are_fine() {
    let world = World::new().await;
    let mut request = upload(&world.access_token().await, batch(&[], 1, &[]));
    let content_type = format!("{CONTENT_TYPE}; v=1").parse().unwrap();
    request.headers_mut().insert(header::CONTENT_TYPE, content_type);
    let answer = world.send(request).await.acknowledgement();
    assert_eq!((ranges(&answer), answer.rejected), (vec![], vec![]));
}

#[tokio::test]
async fn above_the_budget_of_bytes_clients_are_told_to_come_back() {
    let small = batch(&[class(1, "plant", "readings")], 1, &[(1, rawdoc! { "_id": 1 })]);
    // Enough for one, with what is needed to keep account of its object, but not for two.
    let budget = small.len() + small.len() / 2 + 100;
    let world = World::with(|builder| builder.in_flight_bytes(budget)).await;
    let token = world.access_token().await;

    // The first one holds its share until the store has answered.
    world.store.close();
    let first = world.upload(&token, small.clone());
    let second = async {
        world.store.arrival().await;
        let answer = world.upload(&token, small.clone()).await;
        world.store.open();
        answer
    };
    let (first, second) = tokio::join!(first, second);
    first.acknowledgement();
    assert_eq!(second.error(), (503, "TooBusy".to_owned()));
    assert!(second.headers.contains_key(header::RETRY_AFTER));

    world.upload(&token, small).await.acknowledgement();
}

#[tokio::test]
async fn no_damage_to_a_batch_makes_the_gateway_panic() {
    let world = World::new().await;
    let token = world.access_token().await;
    let batch = batch(
        &[class(1, "plant", "readings")],
        1,
        &[(1, rawdoc! { "_id": 1, "a": ["x", { "b": true }] })],
    );
    for place in 0..batch.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = batch.clone();
            damaged[place] ^= flip;
            let status = world.upload(&token, damaged).await.status.as_u16();
            assert!(matches!(status, 200 | 400 | 503), "{place}: {status}");
        }
        let status = world.upload(&token, batch[..place].to_vec()).await.status.as_u16();
        assert_eq!(status, 400, "cut at {place}");
    }
}
