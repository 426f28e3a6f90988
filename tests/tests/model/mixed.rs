//! Mixed values: everything that App Services allows in one, and nothing else.

use asymmetric::{AsymmetricObject, Binary, Bson, DateTime, ObjectId, Uuid, asymmetric};
use bson::{Timestamp, bson, doc, spec::BinarySubtype};

use crate::support::{assert_encodes, refusal};

#[asymmetric]
struct Event {
    #[asymmetric(primary_key)]
    id: ObjectId,
    payload: Bson,
}

fn event(payload: Bson) -> Event {
    Event { id: ObjectId::from_bytes([7; 12]), payload }
}

#[test]
fn every_scalar_and_every_nesting_of_lists_and_maps_is_encoded_as_bson_does() {
    let binary = Binary { subtype: BinarySubtype::Generic, bytes: vec![1, 2, 3] };
    let payload = bson!({
        "null": null,
        "bool": true,
        "int": 7,
        "long": 7_i64,
        "double": 1.5,
        "string": "text",
        "date": DateTime::from_millis(-5),
        "id": ObjectId::from_bytes([1; 12]),
        "uuid": Uuid::from_bytes([2; 16]),
        "binary": binary,
        "decimal": "1.20".parse::<bson::Decimal128>().unwrap(),
        "list": [1, [], [{ "deep": [null, "a"] }], 2.5, 3, 4, 5, 6, 7, 8, 9, 10],
        "map": { "inner": {} },
    });
    let event = event(payload.clone());
    assert_encodes(&event, &doc! { "_id": event.id, "payload": payload });
}

#[test]
fn a_null_is_stored_as_null() {
    let event = event(Bson::Null);
    assert_encodes(&event, &doc! { "_id": event.id, "payload": null });
}

#[test]
fn types_that_app_services_does_not_know_are_refused_where_they_are() {
    let unknown = [
        Bson::Undefined,
        Bson::MinKey,
        Bson::MaxKey,
        Bson::Symbol("a".into()),
        Bson::JavaScriptCode("a".into()),
        Bson::Timestamp(Timestamp { time: 1, increment: 1 }),
    ];
    for value in unknown {
        let nested = bson!({ "list": [1, { "inner": value.clone() }] });
        for (payload, path) in [(value, "payload"), (nested, "payload.list.1.inner")] {
            let error = event(payload).encode(&mut Vec::new()).unwrap_err();
            assert_eq!(error.property(), path);
            assert_eq!(error.rule(), "a mixed value is null, a scalar, a list or a map");
        }
    }
}

#[test]
fn nesting_ends_at_a_hundred_levels() {
    let nested = |levels: usize| (0..levels).fold(Bson::Int32(1), |inner, _| bson!([inner]));
    let deepest = event(nested(100));
    assert_encodes(&deepest, &doc! { "_id": deepest.id, "payload": nested(100) });
    let message = refusal(&event(nested(101)));
    assert!(message.ends_with("`a mixed value nests at most 100 levels deep`"), "{message}");
}

#[test]
fn keys_are_checked_at_every_level() {
    let error = event(bson!({ "a": { "b.c": 1 } })).encode(&mut Vec::new()).unwrap_err();
    assert_eq!((error.property(), error.value()), ("payload.a", "b.c"));
}
