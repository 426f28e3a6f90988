//! Every expansion and every operator that App Services documents, each with an expression that holds
//! and one that does not.

use bson::{Bson, RawDocumentBuf, doc, rawdoc};
use serde_json::{Value, json};

use super::*;

fn known() -> bson::Document {
    doc! {
        "user": {
            "id": "6b00000000000000000000aa", "type": "normal",
            "data": { "email": "a@b.c" }, "custom_data": { "kind": "device" },
            "identities": [{ "id": "1", "providerType": "anon-user" }],
        },
        "values": { "max": 100 },
        "environment": { "tag": "production", "values": { "url": "https://x" } },
        "request": {
            "httpMethod": "POST", "remoteIPAddress": "10.0.0.1", "httpUserAgent": "test",
            "httpReferrer": "https://page", "rawQueryString": "a=1",
            "requestHeaders": { "X-A": ["1"] },
        },
        "args": [1, { "deep": true }],
    }
}

#[derive(Debug)]
struct Double;

impl Functions for Double {
    fn call(&self, name: &str, arguments: Vec<Bson>) -> Result<Bson, String> {
        match (name, arguments.as_slice()) {
            ("double", [Bson::Int32(number)]) => Ok((number * 2).into()),
            ("yes", []) => Ok(true.into()),
            _ => Err("there is no such function".to_owned()),
        }
    }
}

/// The document as a write leaves it, and as it was.
fn documents() -> (RawDocumentBuf, RawDocumentBuf) {
    let id = bson::oid::ObjectId::parse_str("6b00000000000000000000aa").unwrap();
    let uuid = bson::Uuid::parse_str("c8edabc3-f738-4ca3-b68d-ab92a91478a3").unwrap();
    let after = rawdoc! {
        "n": 3, "tags": ["a", "b"], "owner": id, "uuid": bson::Binary::from(uuid), "in": { "m": 1 },
    };
    (after, rawdoc! { "n": 2 })
}

#[test]
#[expect(clippy::too_many_lines, reason = "a row for each")]
fn each_expansion_and_operator_does_what_it_says() {
    let uuid = "c8edabc3-f738-4ca3-b68d-ab92a91478a3";
    let call =
        |argument: i32| json!({ "%function": { "name": "double", "arguments": [argument] } });
    let rows: Vec<(&str, Value, Value)> = vec![
        ("true", json!(true), json!(false)),
        ("%%true", json!({ "%%true": true }), json!({ "%%true": false })),
        ("%%false", json!({ "%%false": false }), json!({ "%%false": true })),
        ("%%values", json!({ "%%values.max": 100 }), json!({ "%%values.max": 99 })),
        (
            "%%environment.tag",
            json!({ "%%environment.tag": "production" }),
            json!({ "%%environment.tag": "qa" }),
        ),
        (
            "%%environment.values",
            json!({ "%%environment.values.url": "https://x" }),
            json!({ "%%environment.values.none": "https://x" }),
        ),
        (
            "%%user.id",
            json!({ "%%user.id": "6b00000000000000000000aa" }),
            json!({ "%%user.id": "other" }),
        ),
        ("%%user.type", json!({ "%%user.type": "normal" }), json!({ "%%user.type": "server" })),
        (
            "%%user.data",
            json!({ "%%user.data.email": "a@b.c" }),
            json!({ "%%user.data.email": "x" }),
        ),
        (
            "%%user.custom_data",
            json!({ "%%user.custom_data.kind": "device" }),
            json!({ "%%user.custom_data.kind": "x" }),
        ),
        (
            "%%user.identities.id",
            json!({ "%%user.identities.id": "1" }),
            json!({ "%%user.identities.id": "2" }),
        ),
        (
            "%%user.identities.providerType",
            json!({ "%%user.identities.providerType": "anon-user" }),
            json!({ "%%user.identities.providerType": "api-key" }),
        ),
        (
            "%%request.httpMethod",
            json!({ "%%request.httpMethod": "POST" }),
            json!({ "%%request.httpMethod": "GET" }),
        ),
        (
            "%%request.remoteIPAddress",
            json!({ "%%request.remoteIPAddress": "10.0.0.1" }),
            json!({ "%%request.remoteIPAddress": "10.0.0.2" }),
        ),
        (
            "%%request.requestHeaders",
            json!({ "%%request.requestHeaders.X-A": "1" }),
            json!({ "%%request.requestHeaders.X-A": "2" }),
        ),
        (
            "%%request.httpReferrer",
            json!({ "%%request.httpReferrer": "https://page" }),
            json!({ "%%request.httpReferrer": "x" }),
        ),
        (
            "%%request.httpUserAgent",
            json!({ "%%request.httpUserAgent": "test" }),
            json!({ "%%request.httpUserAgent": "x" }),
        ),
        (
            "%%request.rawQueryString",
            json!({ "%%request.rawQueryString": "a=1" }),
            json!({ "%%request.rawQueryString": "" }),
        ),
        ("%%this", json!({ "%%this.n": 3 }), json!({ "%%this.n": 2 })),
        ("%%prev", json!({ "%%prev.n": 2 }), json!({ "%%prev.n": 3 })),
        ("%%root", json!({ "%%root.n": 3 }), json!({ "%%root.n": 2 })),
        ("%%prevRoot", json!({ "%%prevRoot.n": 2 }), json!({ "%%prevRoot.n": 3 })),
        ("%%args", json!({ "%%args.1.deep": true }), json!({ "%%args.0": 2 })),
        // Of partition-based sync, which is not served: it has no value.
        (
            "%%partition",
            json!({ "%%partition": { "$exists": false } }),
            json!({ "%%partition": "p" }),
        ),
        ("field", json!({ "n": 3, "in.m": 1 }), json!({ "n": 3, "in.m": 2 })),
        ("array field", json!({ "tags": "a" }), json!({ "tags": "c" })),
        ("%and", json!({ "%and": [true, { "n": 3 }] }), json!({ "%and": [true, { "n": 2 }] })),
        ("$and", json!({ "$and": [true, { "n": 3 }] }), json!({ "$and": [false] })),
        ("%or", json!({ "%or": [false, { "n": 3 }] }), json!({ "%or": [false, { "n": 2 }] })),
        ("$or", json!({ "$or": [{ "n": 3 }] }), json!({ "$or": [] })),
        ("%not", json!({ "%not": { "n": 2 } }), json!({ "%not": { "n": 3 } })),
        ("%nor", json!({ "%nor": [{ "n": 2 }, false] }), json!({ "%nor": [{ "n": 3 }] })),
        ("$exists", json!({ "n": { "$exists": true } }), json!({ "n": { "$exists": false } })),
        (
            "%exists",
            json!({ "none": { "%exists": false } }),
            json!({ "none": { "%exists": true } }),
        ),
        ("$in", json!({ "n": { "$in": [1, 3] } }), json!({ "n": { "$in": [1] } })),
        ("%in", json!({ "n": { "%in": [1, 3] } }), json!({ "n": { "%in": [1] } })),
        ("$nin", json!({ "n": { "$nin": [1] } }), json!({ "n": { "$nin": [3] } })),
        ("%nin", json!({ "n": { "%nin": [1] } }), json!({ "n": { "%nin": [3] } })),
        ("$eq", json!({ "n": { "$eq": 3.0 } }), json!({ "n": { "$eq": "3" } })),
        ("$ne", json!({ "n": { "$ne": 2 } }), json!({ "n": { "$ne": 3 } })),
        ("$gt", json!({ "n": { "$gt": 2 } }), json!({ "n": { "$gt": 3 } })),
        ("$gte", json!({ "n": { "$gte": 3 } }), json!({ "n": { "$gte": 4 } })),
        ("$lt", json!({ "n": { "$lt": 4 } }), json!({ "n": { "$lt": 3 } })),
        ("$lte", json!({ "n": { "$lte": 3 } }), json!({ "n": { "$lte": 2 } })),
        (
            "%stringToOid",
            json!({ "owner": { "%stringToOid": "%%user.id" } }),
            json!({ "owner": { "%stringToOid": "x" } }),
        ),
        (
            "%oidToString",
            json!({ "%%user.id": { "%oidToString": "%%root.owner" } }),
            json!({ "owner": { "%oidToString": "%%root.owner" } }),
        ),
        ("%stringToUuid", json!({ "uuid": { "%stringToUuid": uuid } }), json!({ "uuid": uuid })),
        (
            "%uuidToString",
            json!({ "%%root.uuid": { "%stringToUuid": { "%uuidToString": "%%root.uuid" } } }),
            json!({ "uuid": { "%uuidToString": "%%root.uuid" } }),
        ),
        ("%function as a value", json!({ "%%prevRoot.n": call(1) }), json!({ "n": call(1) })),
        (
            "%function as a condition",
            json!({ "%function": { "name": "yes" } }),
            json!({ "%not": { "%function": { "name": "yes" } } }),
        ),
    ];
    let (after, before) = documents();
    let documents =
        Documents { root: Some(&after), previous_root: Some(&before), ..Documents::default() };
    let scope = Scope::new(&known(), &Double).unwrap();
    let holds = |expression: &Value| {
        Expression::compile(expression).unwrap().bind(&scope).unwrap().matches(documents)
    };
    for (what, holding, failing) in &rows {
        assert!(holds(holding), "{what}: {holding}");
        assert!(!holds(failing), "{what}: {failing}");
    }
}
