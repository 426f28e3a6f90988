//! What pipelines make of documents in memory.

use bson::{Bson, Document, bson, doc};

use crate::query::{Pipeline, QueryError, Running};

fn run(stages: &[Document], documents: &[Document]) -> Result<Vec<Document>, QueryError> {
    let mut running = Running::new(Pipeline::compile(stages)?);
    for document in documents {
        if !running.push(document.clone())? {
            break;
        }
    }
    running.finish()
}

fn readings() -> Vec<Document> {
    vec![
        doc! { "_id": 1, "s": "a", "n": 5, "tags": ["x", "y"], "in": { "m": 1 } },
        doc! { "_id": 2, "s": "b", "n": 2.5, "tags": [], "in": { "m": 2 } },
        doc! { "_id": 3, "s": "a", "n": 7_i64, "tags": ["x"] },
        doc! { "_id": 4, "s": "b", "n": null },
    ]
}

#[test]
fn each_stage_does_its_work() {
    let all = readings();
    for (stages, expected) in [
        (vec![], all.clone()),
        (
            vec![doc! { "$match": { "n": { "$gt": 4 } } }, doc! { "$count": "many" }],
            vec![doc! { "many": 2 }],
        ),
        (vec![doc! { "$match": { "n": 99 } }, doc! { "$count": "many" }], vec![]),
        (
            vec![doc! { "$sort": { "_id": -1 } }, doc! { "$skip": 1 }, doc! { "$limit": 1 }],
            vec![all[2].clone()],
        ),
        (
            vec![
                doc! { "$limit": 1 },
                doc! { "$project": { "_id": 0, "in.m": 1, "twice": { "$multiply": ["$n", 2] } } },
            ],
            vec![doc! { "in": { "m": 1 }, "twice": 10 }],
        ),
        (
            vec![doc! { "$limit": 1 }, doc! { "$project": { "tags": 0, "in": 0, "n": 0 } }],
            vec![doc! { "_id": 1, "s": "a" }],
        ),
        (
            vec![
                doc! { "$limit": 1 },
                doc! { "$unset": ["tags", "in"] },
                doc! { "$set": { "x.y": "$s", "n": "$$REMOVE" } },
            ],
            vec![doc! { "_id": 1, "s": "a", "x": { "y": "a" } }],
        ),
        (
            vec![doc! { "$unwind": "$tags" }, doc! { "$project": { "tags": 1 } }],
            vec![
                doc! { "_id": 1, "tags": "x" },
                doc! { "_id": 1, "tags": "y" },
                doc! { "_id": 3, "tags": "x" },
            ],
        ),
        (
            vec![
                doc! { "$skip": 1 },
                doc! { "$unwind": { "path": "$tags", "includeArrayIndex": "i", "preserveNullAndEmptyArrays": true } },
                doc! { "$project": { "i": 1 } },
            ],
            vec![
                doc! { "_id": 2, "i": null },
                doc! { "_id": 3, "i": 0_i64 },
                doc! { "_id": 4, "i": null },
            ],
        ),
        (
            vec![doc! { "$group": {
                "_id": "$s", "count": { "$sum": 1 }, "sum": { "$sum": "$n" }, "avg": { "$avg": "$n" },
                "min": { "$min": "$n" }, "max": { "$max": "$n" }, "first": { "$first": "$_id" },
                "last": { "$last": "$n" }, "all": { "$push": "$in.m" }, "set": { "$addToSet": "$s" },
                "also": { "$count": {} },
            } }],
            vec![
                doc! {
                    "_id": "a", "count": 2, "sum": 12_i64, "avg": 6.0, "min": 5, "max": 7_i64,
                    "first": 1, "last": 7_i64, "all": [1], "set": ["a"], "also": 2,
                },
                doc! {
                    "_id": "b", "count": 2, "sum": 2.5, "avg": 2.5, "min": 2.5, "max": 2.5,
                    "first": 2, "last": null, "all": [2], "set": ["b"], "also": 2,
                },
            ],
        ),
        (
            vec![doc! { "$group": { "_id": null, "n": { "$max": { "$ifNull": ["$n", 100] } } } }],
            vec![doc! { "_id": null, "n": 100 }],
        ),
    ] {
        assert_eq!(run(&stages, &all).unwrap(), expected, "{stages:?}");
    }
}

#[test]
fn each_operator_computes() {
    let document = doc! {
        "_id": 1, "n": 7, "f": 2.5, "t": "Ab", "l": [1, 2, 3], "null": null,
        "at": (bson::DateTime::from_millis(1000)), "docs": [{ "k": 1 }, { "k": 2 }, { "x": 0 }],
    };
    for (expression, expected) in [
        (bson!({ "$add": ["$n", 1, "$f"] }), bson!(10.5)),
        (bson!({ "$add": ["$n", "$null"] }), Bson::Null),
        (bson!({ "$add": ["$at", 500] }), Bson::DateTime(bson::DateTime::from_millis(1500))),
        (bson!({ "$subtract": ["$at", "$at"] }), bson!(0_i64)),
        (bson!({ "$subtract": [{ "$literal": 3 }, 5] }), bson!(-2)),
        (bson!({ "$multiply": ["$n", (i32::MAX)] }), bson!(15_032_385_529_i64)),
        (bson!({ "$divide": ["$n", 2] }), bson!(3.5)),
        (bson!({ "$mod": ["$n", 4] }), bson!(3)),
        (bson!({ "$abs": -3 }), bson!(3)),
        (bson!({ "$eq": ["$n", 7.0] }), bson!(true)),
        (bson!({ "$ne": ["$none", null] }), bson!(true)),
        (bson!({ "$gt": ["$t", "$n"] }), bson!(true)),
        (bson!({ "$gte": ["$n", 7] }), bson!(true)),
        (bson!({ "$lt": ["$none", null] }), bson!(true)),
        (bson!({ "$lte": ["$n", 6] }), bson!(false)),
        (bson!({ "$cmp": ["$n", 8] }), bson!(-1)),
        (bson!({ "$and": ["$n", "$t", 1] }), bson!(true)),
        (bson!({ "$and": ["$n", "$null"] }), bson!(false)),
        (bson!({ "$or": ["$null", 0] }), bson!(false)),
        (bson!({ "$not": ["$null"] }), bson!(true)),
        (bson!({ "$cond": [{ "$gt": ["$n", 5] }, "big", "small"] }), bson!("big")),
        (bson!({ "$cond": { "if": "$null", "then": 1, "else": 2 } }), bson!(2)),
        (bson!({ "$ifNull": ["$none", "$null", "x"] }), bson!("x")),
        (bson!({ "$concat": ["$t", "-", "$t"] }), bson!("Ab-Ab")),
        (bson!({ "$concat": ["$t", "$none"] }), Bson::Null),
        (bson!({ "$toLower": "$t" }), bson!("ab")),
        (bson!({ "$toUpper": "$none" }), bson!("")),
        (bson!({ "$size": "$l" }), bson!(3)),
        (bson!({ "$arrayElemAt": ["$l", -1] }), bson!(3)),
        (bson!({ "$in": [2.0, "$l"] }), bson!(true)),
        (bson!("$docs.k"), bson!([1, 2])),
        (bson!("$$ROOT.n"), bson!(7)),
        (bson!(["$n", "$none"]), bson!([7, null])),
        (bson!({ "a": { "$literal": "$n" }, "b": "$none" }), bson!({ "a": "$n" })),
    ] {
        let made = run(
            &[doc! { "$project": { "_id": 0, "v": [expression.clone()] } }],
            std::slice::from_ref(&document),
        );
        let made = made.unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(made, [doc! { "v": [expected] }], "{expression}");
    }
    for wrong in [
        bson!({ "$add": ["$t", 1] }),
        bson!({ "$multiply": ["$at", 2] }),
        bson!({ "$divide": [1, 0] }),
        bson!({ "$concat": ["$n"] }),
        bson!({ "$size": "$n" }),
        bson!({ "$in": [1, "$n"] }),
    ] {
        let made =
            run(&[doc! { "$project": { "v": wrong.clone() } }], std::slice::from_ref(&document));
        assert!(matches!(made, Err(QueryError::Argument { .. })), "{wrong}: {made:?}");
    }
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    for (stage, part) in [
        (doc! { "$lookup": {} }, "stage `$lookup`"),
        (doc! { "$out": "x" }, "stage `$out`"),
        (doc! { "match": {} }, "objects with the name"),
        (doc! { "$match": {}, "$limit": 1 }, "objects with the name"),
        (doc! { "$match": 1 }, "`$match` takes"),
        (doc! { "$match": { "$expr": 1 } }, "operator `$expr`"),
        (doc! { "$limit": 0 }, "`$limit` takes"),
        (doc! { "$skip": -1 }, "`$skip` takes"),
        (doc! { "$count": "a.b" }, "`$count` takes"),
        (doc! { "$project": {} }, "`$project` takes"),
        (doc! { "$project": { "a": { "$year": "$at" } } }, "operator `$year`"),
        (doc! { "$project": { "a": "$$NOW" } }, "operator `$$NOW`"),
        (doc! { "$project": { "a": 0, "b": "$c" } }, "fields to keep"),
        (doc! { "$project": { "a": "$b..c" } }, "`$b..c`"),
        (doc! { "$addFields": {} }, "`$addFields` takes"),
        (doc! { "$group": { "n": { "$sum": 1 } } }, "an `_id`"),
        (doc! { "$group": { "_id": null, "n": { "$stdDevPop": "$n" } } }, "operator `$stdDevPop`"),
        (doc! { "$group": { "_id": null, "n": 1 } }, "one accumulator"),
        (doc! { "$unwind": "tags" }, "path of an array"),
        (doc! { "$unset": [1] }, "names of fields"),
    ] {
        let error = Pipeline::compile(std::slice::from_ref(&stage)).unwrap_err().to_string();
        assert!(error.contains(part), "{stage}: {error}");
    }
    let mut deep = bson!("$a");
    for _ in 0..60 {
        deep = bson!({ "$abs": deep });
    }
    let deep = Pipeline::compile(&[doc! { "$project": { "a": deep } }]);
    assert_eq!(deep, Err(QueryError::TooDeep));
}

#[test]
fn what_a_pipeline_holds_is_bounded() {
    let list: Vec<_> = (0..2000).collect();
    let document =
        doc! { "_id": 1, "a": list.clone(), "b": list.clone(), "c": list, "t": "x".repeat(1000) };
    let unwound: Vec<_> = ["$a", "$b", "$c"].iter().map(|path| doc! { "$unwind": path }).collect();
    let counted = [unwound, vec![doc! { "$count": "n" }]].concat();
    let doubling = vec![doc! { "$set": { "t": { "$concat": ["$t", "$t"] } } }; 60];
    let copies = vec![bson!("$$ROOT"); 2000];
    let grouped = vec![doc! { "$group": { "_id": null, "all": { "$push": "$$ROOT" } } }];
    let many = vec![document.clone(); 200];
    for (stages, documents) in [
        (counted, vec![document.clone()]),
        (doubling, vec![document.clone()]),
        (vec![doc! { "$project": { "all": copies } }], vec![document.clone()]),
        (grouped, many.clone()),
        (vec![doc! { "$sort": { "_id": 1 } }; 1001], vec![]),
    ] {
        let ended = run(&stages, &documents);
        let bounded = matches!(ended, Err(QueryError::TooMuch(_) | QueryError::TooDeep));
        assert!(bounded, "{:?}", ended.map(|answer| answer.len()));
    }
    let first = run(&[doc! { "$limit": 1 }, doc! { "$project": { "_id": 1 } }], &many);
    assert_eq!(first.unwrap(), [doc! { "_id": 1 }], "what is not needed is not looked at");
}
