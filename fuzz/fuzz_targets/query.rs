//! Queries, sorts, projections, updates and pipelines of clients: refused, or worked on within their
//! limits.

#![no_main]
#![allow(dead_code, unused_imports, reason = "a target needs part of the modules")]

#[path = "../../gateway/src/ejson.rs"]
mod ejson;
#[path = "../src/json.rs"]
mod json;
#[path = "../../gateway/src/query/mod.rs"]
mod query;

use bson::{Bson, Document, RawDocumentBuf};
use libfuzzer_sys::fuzz_target;

use self::query::{Filter, Pipeline, Projection, Running, Sort, Update};

const TEXTS: [&str; 92] = [
    "a", "b", "a.b", "a.0", "_id", "", "$a", "$a.b", "$$ROOT", "$$REMOVE", "$eq", "$ne", "$gt",
    "$gte", "$lt", "$lte", "$in", "$nin", "$all", "$size", "$exists", "$not", "$elemMatch", "$and",
    "$or", "$nor", "$set", "$setOnInsert", "$unset", "$inc", "$mul", "$min", "$max", "$bit", "and",
    "or", "xor", "$push", "$each", "$position", "$slice", "$sort", "$addToSet", "$pull", "$pullAll",
    "$pop", "$rename", "$currentDate", "$type", "date", "a.$[]", "a.$[e]", "a.$[].b", "e", "$match",
    "$project", "$addFields", "$skip", "$limit", "$count", "$group", "$unwind", "path",
    "includeArrayIndex", "preserveNullAndEmptyArrays", "$sum", "$avg", "$first", "$last", "$add",
    "$subtract", "$multiply", "$divide", "$mod", "$abs", "$cmp", "$cond", "if", "then", "else",
    "$ifNull", "$concat", "$toLower", "$toUpper", "$arrayElemAt", "$literal", "$numberLong",
    "9223372036854775807", "$date", "2024-01-02T03:04:05Z", "$numberDecimal", "x",
];

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes;
    let choice = json::next(&mut bytes);
    let asked = value(&mut bytes);
    let documents = [document(&mut bytes), document(&mut bytes), document(&mut bytes)];
    let raw = documents.each_ref().map(|document| RawDocumentBuf::try_from(document));
    let [Ok(first), Ok(second), Ok(third)] = raw else { return };
    match (choice % 5, &asked) {
        (0, Bson::Document(query)) => {
            if let Ok(filter) = Filter::compile(query) {
                let not = Filter::compile(&bson::doc! { "$nor": [query.clone()] });
                for document in [&first, &second, &third] {
                    let matches = filter.matches(document);
                    // One level deeper, it may be too deep.
                    assert!(not.as_ref().is_ok_and(|not| not.matches(document) != matches) || not.is_err());
                }
                drop(Filter::seed(query));
            }
        }
        (1, Bson::Document(sort)) => {
            if let Ok(sort) = Sort::compile(sort) {
                let order = |left, right| sort.compare(left, right);
                assert_eq!(order(&first, &second), order(&second, &first).reverse());
                if order(&first, &second).is_le() && order(&second, &third).is_le() {
                    assert!(order(&first, &third).is_le(), "{asked}");
                }
            }
        }
        (2, Bson::Document(projection)) => {
            if let Ok(Some(projection)) = Projection::compile(projection) {
                let once = projection.apply(&first);
                assert_eq!(projection.apply(&once), once, "{asked}");
            }
        }
        (3, Bson::Document(update)) => {
            let filters = [bson::doc! { "e": { "$gt": 1 } }];
            let used: &[Document] = if asked.to_string().contains("$[e]") { &filters } else { &[] };
            if let Ok(update) = Update::compile(update, used)
                && let Ok(after) = update.apply(&documents[0], choice > 127)
            {
                assert_eq!(after.get("_id"), documents[0].get("_id"));
                assert!(update.fields().all(|path| !path.is_empty()));
            }
        }
        (_, Bson::Array(stages)) => {
            let stages: Vec<_> = stages.iter().filter_map(Bson::as_document).cloned().collect();
            run(&stages, &documents);
        }
        (_, Bson::Document(stage)) => {
            let stages = stage.iter().map(|(name, argument)| bson::doc! { name: argument.clone() });
            run(&stages.collect::<Vec<_>>(), &documents);
        }
        _ => {}
    }
});

fn run(stages: &[Document], documents: &[Document]) {
    let Ok(pipeline) = Pipeline::compile(stages) else { return };
    let mut running = Running::new(pipeline);
    for document in documents {
        match running.push(document.clone()) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return,
        }
    }
    for document in running.finish().into_iter().flatten() {
        assert!(RawDocumentBuf::try_from(&document).is_ok(), "{document}");
    }
}

fn value(bytes: &mut &[u8]) -> Bson {
    ejson::to_bson(json::value(bytes, &TEXTS)).unwrap_or(Bson::Null)
}

fn document(bytes: &mut &[u8]) -> Document {
    let mut document = bson::doc! { "_id": i32::from(json::next(bytes)) };
    document.insert("a", value(bytes));
    document.insert("b", value(bytes));
    document
}
