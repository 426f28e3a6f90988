//! Rules: whatever an app says, compiling finds the mistake, and no document makes them panic. A rule
//! that the store is asked as a query shows the same documents.

#![no_main]
#![allow(dead_code, unused_imports, reason = "a target needs part of the modules")]

#[path = "../../gateway/src/ejson.rs"]
mod ejson;
#[path = "../src/json.rs"]
mod json;
#[path = "../../gateway/src/query/mod.rs"]
mod query;
#[path = "../../gateway/src/rules/mod.rs"]
mod rules;

use bson::{Bson, Document, RawDocumentBuf, doc};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

use self::{
    query::Filter,
    rules::{NoFunctions, Rules, Scope},
};

const TEXTS: [&str; 64] = [
    "a", "b", "c.d", "d", "a.0", "_id", "", ".", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in",
    "$nin", "$exists", "%exists", "%in", "%and", "$and", "%or", "$or", "%not", "$not", "%nor", "$nor",
    "%function", "name", "arguments", "%stringToOid", "%oidToString", "%stringToUuid",
    "%uuidToString", "$oid", "65f0c0ffee00000000000051", "$numberLong", "1", "$date", "$regex",
    "%%true", "%%false", "%%user", "%%user.id", "%%user.absent", "%%user.list", "%%values.v",
    "%%environment.tag", "%%request.httpMethod", "%%this", "%%this.a", "%%prev", "%%root",
    "%%root.a", "%%prevRoot", "%%prevRoot.b", "%%args", "%%partition", "%%bad", "x", "u1", "read",
    "write", "fields",
];

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes;
    let expression = json::value(&mut bytes, &TEXTS);
    let more = json::value(&mut bytes, &TEXTS);
    let (before, after) = (document(&mut bytes), document(&mut bytes));
    let known = doc! { "user": { "id": "u1", "list": [1, "x"] }, "values": { "v": 1 } };
    let scope = Scope::new(&known, &NoFunctions).expect("no key holds a NUL");

    let filtered = json!({ "roles": [{
        "name": "r", "read": true, "document_filters": { "read": expression },
    }] });
    if let Ok(rules) = Rules::compile(&filtered) {
        drop(rules.unfit_for_sessions(&|field| field == "a"));
        if let Ok(Some(role)) = rules.select(&scope)
            && let Some(query) = role.visible()
            && let Ok(filter) = Filter::compile(&query)
        {
            for document in [&before, &after] {
                assert_eq!(
                    role.sees(document),
                    filter.matches(document),
                    "{expression} as {query} of {document:?}"
                );
            }
        }
    }
    let everywhere = json!({
        "roles": [{
            "name": "r", "apply_when": more, "insert": expression, "delete": more,
            "write": expression, "document_filters": { "read": more, "write": expression },
            "fields": { "a": { "write": more, "fields": { "d": { "read": expression } } } },
            "additional_fields": { "read": expression },
        }],
        "filters": [{ "apply_when": more, "query": { "a": expression }, "projection": more }],
    });
    if let Ok(rules) = Rules::compile(&everywhere) {
        drop(rules.filters(&scope));
        if let Ok(Some(role)) = rules.select(&scope) {
            drop((role.may_insert(&after), role.may_delete(&before)));
            drop((role.may_update(&before, &after), role.may_name(&before, &["a", "d"])));
            if let Some(shown) = role.readable(&after) {
                assert!(shown.iter().all(|field| field.is_ok_and(|(name, _)| after.get(name).is_ok_and(|v| v.is_some()))));
            }
        }
    }
});

fn document(bytes: &mut &[u8]) -> RawDocumentBuf {
    let fields = ["a", "b", "c"].map(|name| {
        let value = ejson::to_bson(json::value(bytes, &TEXTS)).unwrap_or(Bson::Null);
        (name.to_owned(), value)
    });
    RawDocumentBuf::try_from(&Document::from_iter(fields)).unwrap_or_default()
}
