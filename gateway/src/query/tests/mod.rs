//! What queries, projections, orders and updates mean.

use bson::{Bson, Document, RawDocumentBuf, doc};

use super::{Filter, Projection, QueryError, Sort, Update};

mod agreement;
mod pipelines;

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

#[test]
fn a_query_means_what_it_means_to_mongodb() {
    let document = raw(&doc! {
        "_id": 1, "n": 5, "text": "b", "null": null, "list": [1, 5, "x"],
        "in": { "n": 2 }, "all": [{ "a": 1, "b": 2 }, { "a": 3 }],
    });
    for (query, expected) in [
        (doc! {}, true),
        (doc! { "n": 5.0 }, true),
        (doc! { "n": { "$gt": 4, "$lt": 6 } }, true),
        (doc! { "n": { "$gte": "4" } }, false),
        (doc! { "list": 5 }, true),
        (doc! { "list": [1, 5, "x"] }, true),
        (doc! { "list": { "$all": [1, "x"] } }, true),
        (doc! { "list": { "$all": [] } }, false),
        (doc! { "list": { "$size": 3 } }, true),
        (doc! { "list.0": 1 }, true),
        (doc! { "in.n": { "$in": [1, 2] } }, true),
        (doc! { "in": { "n": 2 } }, true),
        (doc! { "all.a": 3 }, true),
        (doc! { "all": { "$elemMatch": { "a": 3, "b": 2 } } }, false),
        (doc! { "all": { "$elemMatch": { "a": 1, "b": 2 } } }, true),
        // Null is also what is not there.
        (doc! { "none": null }, true),
        (doc! { "null": null }, true),
        (doc! { "n": null }, false),
        (doc! { "none": { "$in": [null] } }, true),
        (doc! { "none": { "$ne": 1 } }, true),
        (doc! { "n": { "$nin": [5] } }, false),
        (doc! { "none": { "$exists": false }, "null": { "$exists": true } }, true),
        (doc! { "n": { "$not": { "$gt": 5 } } }, true),
        (doc! { "$or": [{ "n": 1 }, { "text": "b" }] }, true),
        (doc! { "$and": [{ "n": 5 }, { "text": "c" }] }, false),
        (doc! { "$nor": [{ "n": 1 }, { "n": 2 }] }, true),
    ] {
        assert_eq!(Filter::compile(&query).unwrap().matches(&document), expected, "{query}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for query in [
        doc! { "$where": "1" },
        doc! { "a": { "$regex": "x" } },
        doc! { "a": { "$gt": 1, "b": 1 } },
        doc! { "$or": [] },
        doc! { "a": { "$in": 1 } },
        doc! { "a": { "$size": "x" } },
    ] {
        assert!(Filter::compile(&query).is_err(), "{query}");
    }
    let mut deep = doc! { "a": 1 };
    for _ in 0..60 {
        deep = doc! { "$and": [deep] };
    }
    assert_eq!(Filter::compile(&deep), Err(QueryError::TooDeep));
    for sort in [doc! { "a": 0 }, doc! { "a": "up" }] {
        assert!(Sort::compile(&sort).is_err(), "{sort}");
    }
    for projection in [doc! { "a": 1, "b": 0 }, doc! { "a": { "$slice": 1 } }] {
        assert!(Projection::compile(&projection).is_err(), "{projection}");
    }
}

#[test]
fn a_projection_keeps_or_leaves_out() {
    let document = raw(&doc! {
        "_id": 1, "a": 1, "b": { "c": 2, "d": 3 }, "l": [{ "c": 4, "d": 5 }, 6],
    });
    for (projection, expected) in [
        (doc! { "a": 1 }, doc! { "_id": 1, "a": 1 }),
        (doc! { "a": true, "_id": 0 }, doc! { "a": 1 }),
        (doc! { "_id": 1 }, doc! { "_id": 1 }),
        (doc! { "b.c": 1 }, doc! { "_id": 1, "b": { "c": 2 } }),
        (doc! { "l.c": 1, "_id": 0 }, doc! { "l": [{ "c": 4 }] }),
        (doc! { "b": 0, "l": 0 }, doc! { "_id": 1, "a": 1 }),
        (
            doc! { "b.c": 0, "l.c": 0, "_id": 0 },
            doc! { "a": 1, "b": { "d": 3 }, "l": [{ "d": 5 }, 6] },
        ),
        (doc! { "a.x": 1, "_id": 0 }, doc! {}),
    ] {
        let compiled = Projection::compile(&projection).unwrap().unwrap();
        assert_eq!(compiled.apply(&document), raw(&expected), "{projection}");
    }
    assert_eq!(Projection::compile(&doc! {}).unwrap(), None);
}

#[test]
fn an_order_is_by_kind_and_then_by_value() {
    let values = [
        Bson::MinKey,
        Bson::Null,
        Bson::Int32(1),
        Bson::Double(1.5),
        Bson::Int64(2),
        "a".into(),
        doc! { "x": 1 }.into(),
        bson::bson!([[]]),
        true.into(),
        Bson::MaxKey,
    ];
    let sort = Sort::compile(&doc! { "v": -1, "n": 1 }).unwrap();
    let mut documents: Vec<_> =
        values.iter().map(|value| raw(&doc! { "v": value.clone(), "n": 1 })).collect();
    let expected: Vec<_> = documents.iter().rev().cloned().collect();
    documents.sort_by(|left, right| sort.compare(left, right));
    assert_eq!(documents, expected);
    let missing = raw(&doc! { "n": 0 });
    assert!(sort.compare(&missing, &raw(&doc! { "v": null, "n": 1 })).is_lt());
}

#[test]
fn operators_change_what_they_name() {
    let before = doc! { "_id": 1, "n": 1, "f": 1.5, "l": [1, 2], "in": { "a": 1 } };
    let changed = |update: Document| {
        Update::compile(&update, &[]).and_then(|update| update.apply(&before, false))
    };
    let with = |key: &str, value: Bson| {
        let mut document = before.clone();
        document.insert(key, value);
        document
    };
    for (update, expected) in [
        (doc! { "$set": { "n": "x" } }, with("n", "x".into())),
        (doc! { "$set": { "in.b.c": 2 } }, with("in", bson::bson!({ "a": 1, "b": { "c": 2 } }))),
        (doc! { "$set": { "l.1": 9 } }, with("l", bson::bson!([1, 9]))),
        (doc! { "$set": { "l.2": 3 } }, with("l", bson::bson!([1, 2, 3]))),
        (doc! { "$unset": { "in.a": "" } }, with("in", bson::bson!({}))),
        (doc! { "$inc": { "n": 2 } }, with("n", 3.into())),
        (doc! { "$inc": { "n": i32::MAX } }, with("n", 2_147_483_648_i64.into())),
        (doc! { "$inc": { "new": 5_i64 } }, with("new", 5_i64.into())),
        (doc! { "$mul": { "f": 2 } }, with("f", 3.0.into())),
        (doc! { "$min": { "n": 0 } }, with("n", 0.into())),
        (doc! { "$min": { "n": 5 } }, before.clone()),
        (doc! { "$max": { "n": 5.5 } }, with("n", 5.5.into())),
        (doc! { "$push": { "l": [3] } }, with("l", bson::bson!([1, 2, [3]]))),
        (doc! { "$push": { "l": { "$each": [3, 4] } } }, with("l", bson::bson!([1, 2, 3, 4]))),
        (
            doc! { "$push": { "l": { "$each": [0], "$position": 0, "$slice": 2 } } },
            with("l", bson::bson!([0, 1])),
        ),
        (
            doc! { "$push": { "l": { "$each": [3, 0], "$sort": -1, "$slice": -3 } } },
            with("l", bson::bson!([2, 1, 0])),
        ),
        (doc! { "$pull": { "l": { "$gt": 1 } } }, with("l", bson::bson!([1]))),
        (doc! { "$pullAll": { "l": [1, 2.0] } }, with("l", bson::bson!([]))),
        (doc! { "$bit": { "n": { "or": 6 } } }, with("n", 7.into())),
        (doc! { "$set": { "l.3": 9 } }, with("l", bson::bson!([1, 2, null, 9]))),
        (doc! { "$unset": { "l.0": "" } }, with("l", bson::bson!([null, 2]))),
        (doc! { "$inc": { "l.$[]": 1 } }, with("l", bson::bson!([2, 3]))),
        (doc! { "$addToSet": { "l": { "$each": [2.0, 3] } } }, with("l", bson::bson!([1, 2, 3]))),
        (doc! { "$pull": { "l": 1 } }, with("l", bson::bson!([2]))),
        (doc! { "$pop": { "l": 1 } }, with("l", bson::bson!([1]))),
        (doc! { "$pop": { "l": -1 } }, with("l", bson::bson!([2]))),
        (doc! { "$setOnInsert": { "n": 7 } }, before.clone()),
    ] {
        assert_eq!(changed(update.clone()).unwrap(), expected, "{update}");
    }
    let renamed = changed(doc! { "$rename": { "n": "in.n" } }).unwrap();
    assert_eq!(renamed, doc! { "_id": 1, "f": 1.5, "l": [1, 2], "in": { "a": 1, "n": 1 } });
    let dated = changed(doc! { "$currentDate": { "at": true } }).unwrap();
    assert!(dated.get_datetime("at").is_ok());
    for update in [
        doc! { "$set": { "_id": 2 } },
        doc! { "$unset": { "_id": "" } },
        doc! { "$set": { "n.a": 1 } },
        doc! { "$set": { "l.999999": 1 } },
        doc! { "$set": { "n.$[]": 1 } },
        doc! { "$set": { "l.$[other]": 1 } },
        doc! { "$set": { "l.$": 1 } },
        doc! { "$inc": { "in": 1 } },
        doc! { "$inc": { "n": i64::MAX } },
        doc! { "$push": { "n": 1 } },
        doc! { "$push": { "l": { "$each": [1], "$other": 1 } } },
        doc! { "$pull": { "l": { "$other": 1 } } },
        doc! { "$bit": { "f": { "and": 1 } } },
        doc! { "n": 1 },
        doc! {},
    ] {
        assert!(changed(update.clone()).is_err(), "{update}");
    }
}

#[test]
fn elements_are_chosen_by_array_filters() {
    let before =
        doc! { "_id": 1, "g": [70, 85, 95], "d": [{ "k": "a", "n": [1, 2] }, { "k": "b" }] };
    let changed = |update: Document, filters: &[Document]| {
        Update::compile(&update, filters).and_then(|update| update.apply(&before, false))
    };
    let high = [doc! { "e": { "$gte": 80 } }];
    let set = changed(doc! { "$set": { "g.$[e]": 100 } }, &high).unwrap();
    assert_eq!(set.get_array("g").unwrap(), bson::bson!([70, 100, 100]).as_array().unwrap());
    let inner = [doc! { "d.k": "a" }, doc! { "n": 2 }];
    let inc = changed(doc! { "$inc": { "d.$[d].n.$[n]": 5 } }, &inner).unwrap();
    assert_eq!(inc.get_array("d").unwrap()[0], bson::bson!({ "k": "a", "n": [1, 7] }));
    for (update, filters) in [
        (doc! { "$set": { "g.$[x]": 1 } }, &high[..]),
        (doc! { "$set": { "g.$[]": 1 } }, &high[..]),
        (doc! { "$set": { "$[e]": 1 } }, &high[..]),
        (doc! { "$set": { "g.$[e]": 1 } }, &[doc! { "e": 1, "f": 1 }][..]),
        (doc! { "$set": { "g.$[e]": 1 } }, &[doc! {}][..]),
    ] {
        assert!(changed(update.clone(), filters).is_err(), "{update}");
    }
}

#[test]
fn a_replacement_keeps_the_id_alone() {
    let before = doc! { "_id": 1, "n": 1 };
    let replaced =
        |new: Document| Update::replacement(&new).and_then(|update| update.apply(&before, false));
    assert_eq!(replaced(doc! { "a": 2 }).unwrap(), doc! { "_id": 1, "a": 2 });
    assert_eq!(replaced(doc! { "_id": 1.0, "a": 2 }).unwrap(), doc! { "_id": 1.0, "a": 2 });
    assert_eq!(replaced(doc! { "_id": 2 }), Err(QueryError::Id));
    assert!(replaced(doc! { "$set": { "a": 1 } }).is_err());
}

#[test]
fn an_upsert_begins_with_what_the_query_asks_for() {
    let query = doc! {
        "a": 1, "b": { "$eq": 2 }, "c": { "$gt": 3 }, "$and": [{ "d.e": 4 }], "$or": [{ "f": 5 }],
    };
    assert_eq!(Filter::seed(&query), doc! { "a": 1, "b": 2, "d.e": 4 });
}
