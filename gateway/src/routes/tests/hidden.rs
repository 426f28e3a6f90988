//! Fields that a role hides are not there: nothing that a request does tells what they hold.

use std::sync::Arc;

use axum::body::Body;
use serde_json::{Value, json};

use super::documents::{APP, Client, app, int, text};
use crate::{
    MongoStore,
    apps::AppFiles,
    testing::{Answer, request, send},
};

const RULES: &str = "data_sources/mongodb-atlas/plant/notes/rules.json";

/// The app with these field permissions on the notes of their owner.
fn with(fields: &Value, additional: &Value, filters: &Value) -> AppFiles {
    let own = json!({ "owner": "%%user.id" });
    let mut files = app();
    let rules = json!({
        "database": "plant", "collection": "notes",
        "roles": [{
            "name": "owner", "document_filters": { "read": own, "write": own },
            "fields": fields, "additional_fields": additional,
        }],
        "filters": filters,
    });
    files.insert(RULES, rules.to_string()).unwrap();
    files
}

fn secret() -> AppFiles {
    with(&json!({ "secret": {} }), &json!({ "write": true }), &json!([]))
}

#[tokio::test]
async fn nothing_is_found_or_sorted_by_a_hidden_field() {
    // The notes have `secret: 7`; one of somebody else has none.
    let client = Client::of(secret()).await.with_notes().await;
    let count = async |query: Value| {
        let answer = client.notes("count", json!({ "query": query })).await.json();
        text(&answer["$numberLong"]).parse::<u32>().unwrap()
    };
    for (query, found) in [
        (json!({ "secret": int(7) }), 0),
        (json!({ "secret": { "$gt": int(0) } }), 0),
        (json!({ "secret": { "$exists": true } }), 0),
        (json!({ "secret": { "$ne": int(7) } }), 4),
        (json!({ "$or": [{ "secret": int(7) }, { "n": int(1) }] }), 1),
        (json!({ "$and": [{ "$nor": [{ "secret": int(7) }] }, { "n": int(2) }] }), 1),
        (json!({ "n": { "$gte": int(3) } }), 2),
        (json!({}), 4),
    ] {
        assert_eq!(count(query.clone()).await, found, "{query}");
        let documents = client.notes("find", json!({ "query": query })).await.json();
        assert_eq!(documents.as_array().unwrap().len(), found as usize, "{query}");
    }
    let changed = client.notes(
        "updateMany",
        json!({
            "query": { "secret": int(7) }, "update": { "$set": { "n": int(0) } },
        }),
    );
    assert_eq!(changed.await.json()["matchedCount"], int(0));
    let deleted = client.notes("deleteMany", json!({ "query": { "secret": int(7) } })).await;
    assert_eq!(deleted.json()["deletedCount"], int(0));
    let expression = json!({ "query": { "$expr": { "$eq": ["$secret", 7] } } });
    assert_eq!(client.notes("find", expression).await.error(), (400, "BadRequest".to_owned()));

    for (id, secret) in [(1, 3), (2, 1), (3, 4), (4, 2)] {
        let namespace = crate::Namespace::new("plant", "notes").unwrap();
        let stored = client.world.gateway.store().get(&namespace, id.into()).await.unwrap();
        let mut document: bson::Document = stored.unwrap().try_into().unwrap();
        document.insert("secret", secret);
        let document = bson::RawDocumentBuf::try_from(&document).unwrap().try_into().unwrap();
        client.world.gateway.store().replace(&namespace, document).await.unwrap();
    }
    let order = async |sort: Value| {
        let found = client.notes("find", json!({ "sort": sort, "limit": int(2) })).await.json();
        let ids = found.as_array().unwrap().iter().map(|d| text(&d["_id"]["$numberInt"]));
        ids.collect::<Vec<_>>().join(",")
    };
    assert_eq!(order(json!({ "secret": int(1) })).await, order(json!({ "secret": int(-1) })).await);
    assert_eq!(order(json!({ "secret": int(1), "n": int(-1) })).await, "4,3");
}

#[tokio::test]
async fn pipelines_see_no_hidden_field() {
    let client = Client::of(secret()).await.with_notes().await;
    let run = async |pipeline: Value| {
        client.notes("aggregate", json!({ "pipeline": pipeline })).await.json()
    };
    let counted = json!([{ "_id": null, "n": int(4) }]);
    for (pipeline, expected) in [
        (json!([{ "$match": { "secret": int(7) } }]), json!([])),
        (json!([{ "$group": { "_id": "$secret", "n": { "$sum": int(1) } } }]), counted),
        (
            json!([{ "$limit": int(1) }, { "$project": { "_id": int(0), "x": "$secret" } }]),
            json!([{}]),
        ),
        (
            json!([{ "$group": { "_id": null, "max": { "$max": "$secret" } } }]),
            json!([{ "_id": null, "max": null }]),
        ),
    ] {
        assert_eq!(run(pipeline.clone()).await, expected, "{pipeline}");
    }
    let roots = run(json!([{ "$replaceRoot": { "newRoot": "$$ROOT" } }])).await;
    assert!(text(&roots["error"]).contains("`$replaceRoot` is not supported here"), "{roots}");
}

#[tokio::test]
async fn an_update_that_names_a_hidden_field_is_refused_whatever_it_holds() {
    let client = Client::of(secret()).await.with_notes().await;
    let mut answers = Vec::new();
    for (change, id) in [
        (json!({ "$set": { "secret": int(7) } }), 1),
        (json!({ "$set": { "secret": int(8) } }), 1),
        (json!({ "$min": { "secret": int(9) } }), 1),
        (json!({ "$min": { "secret": int(1) } }), 1),
        (json!({ "$unset": { "secret": "" } }), 1),
        (json!({ "$unset": { "secret": "" } }), 9),
        (json!({ "$rename": { "secret": "shown" } }), 1),
        (json!({ "$rename": { "none": "secret" } }), 1),
    ] {
        let owner = client.user_id.as_str();
        let own = json!({ "document": { "_id": int(id), "owner": owner } });
        client.notes("insertOne", own).await;
        let update = json!({ "query": { "_id": int(id) }, "update": change });
        answers.push((client.notes("updateOne", update).await.json()["error"].clone(), change));
    }
    for (answer, change) in &answers {
        assert_eq!(
            text(answer),
            "update not permitted: the role may not write the field `secret`",
            "{change}"
        );
    }
    let shown = json!({ "query": { "_id": int(1) }, "update": { "$min": { "n": int(0) } } });
    assert_eq!(client.notes("updateOne", shown).await.json()["modifiedCount"], int(1));
}

#[tokio::test]
async fn what_is_shown_may_depend_on_the_document() {
    let fields = json!({ "n": { "read": { "locked": false } } });
    let files = with(&fields, &json!({ "read": true }), &json!([]));
    let client = Client::of(files).await.with_notes().await;
    // Of the notes 1 to 4, the last is locked.
    let ids = async |argument: Value| {
        let found = client.notes("find", argument).await.json();
        let ids = found.as_array().unwrap().iter().map(|d| text(&d["_id"]["$numberInt"]));
        ids.collect::<Vec<_>>().join(",")
    };
    assert_eq!(ids(json!({ "query": { "n": { "$gte": int(2) } } })).await, "2,3");
    assert_eq!(ids(json!({ "query": { "n": { "$exists": false } } })).await, "4");
    assert_eq!(ids(json!({ "sort": { "n": int(-1) } })).await, "3,2,1,4");
    let sum = json!({ "pipeline": [{ "$group": { "_id": null, "n": { "$sum": "$n" } } }] });
    assert_eq!(client.notes("aggregate", sum).await.json(), json!([{ "_id": null, "n": int(6) }]));
}

#[tokio::test]
async fn what_filters_leave_out_is_hidden_too() {
    let filters =
        json!([{ "name": "f", "apply_when": {}, "query": {}, "projection": { "secret": 0 } }]);
    let files = with(&json!({}), &json!({ "write": true }), &filters);
    let client = Client::of(files).await.with_notes().await;
    let by = json!({ "query": { "secret": int(7) } });
    assert_eq!(client.notes("count", by.clone()).await.json(), json!({ "$numberLong": "0" }));
    let whole = client.notes("findOne", json!({ "query": { "_id": int(1) } })).await.json();
    assert!(whole.get("secret").is_none() && whole.get("n").is_some());
    let grouped = json!({ "pipeline": [{ "$group": { "_id": "$secret" } }] });
    assert_eq!(client.notes("aggregate", grouped).await.json(), json!([{ "_id": null }]));
}

#[tokio::test]
async fn documents_of_which_nothing_is_shown_are_not_counted() {
    let mut files = app();
    let rules = json!({ "database": "plant", "collection": "notes", "roles": [
        { "name": "writer", "read": { "locked": true }, "insert": true },
    ] });
    files.insert(RULES, rules.to_string()).unwrap();
    let client = Client::of(files).await.with_notes().await;
    assert_eq!(client.notes("count", json!({})).await.json(), json!({ "$numberLong": "1" }));
    let first = client.notes("find", json!({ "limit": int(1) })).await.json();
    assert_eq!(first[0]["_id"], int(4), "the limit is one of documents that are shown");
}

/// A gateway on a MongoDB with notes of one user and of others, and what is asked of it.
struct OnMongo {
    _server: asymmetric_testkit::MongoServer,
    gateway: crate::Gateway,
    token: String,
}

impl OnMongo {
    async fn with(fields: Value) -> Self {
        let server = asymmetric_testkit::MongoServer::start().unwrap();
        let store = Arc::new(MongoStore::connect(&server.uri()).await.unwrap());
        let files = with(&fields, &json!({ "write": true }), &json!([]));
        let gateway = crate::Gateway::builder(store).dev(false).app(files).build().await.unwrap();
        let login = format!("{APP}/auth/providers/anon-user/login");
        let user = send(&gateway, request("POST", &login, None, Body::empty())).await.json();
        let owner = text(&user["user_id"]);
        let mut documents = Vec::new();
        for n in 1..=6 {
            let owner = if n == 6 { "eve" } else { owner.as_str() };
            let kind = if n % 2 == 0 { "even" } else { "odd" };
            documents.push(bson::rawdoc! { "_id": n, "owner": owner, "n": n, "kind": kind });
        }
        let documents = documents.into_iter().map(|document| document.try_into().unwrap());
        let namespace = crate::Namespace::new("plant", "notes").unwrap();
        let insert = crate::store::Insert { namespace, documents: documents.collect() };
        gateway.store().insert(vec![insert]).await;
        Self { _server: server, token: text(&user["access_token"]), gateway }
    }

    async fn notes(&self, name: &str, mut argument: Value) -> Answer {
        argument["database"] = "plant".into();
        argument["collection"] = "notes".into();
        let body = json!({ "name": name, "service": "mongodb-atlas", "arguments": [argument] });
        let path = format!("{APP}/functions/call");
        send(&self.gateway, request("POST", &path, Some(&self.token), body.to_string())).await
    }
}

#[tokio::test]
async fn mongodb_works_on_pipelines_behind_the_rules() {
    let world = OnMongo::with(json!({ "secret": {} })).await;
    // Only MongoDB knows this stage.
    let counted = json!({ "pipeline": [{ "$sortByCount": "$kind" }] });
    let answer = world.notes("aggregate", counted.clone()).await;
    assert_eq!(answer.error(), (400, "BadRequest".to_owned()), "it would see the secret");

    let files = with(&json!({ "n": { "read": true } }), &json!({ "write": true }), &json!([]));
    world.gateway.apps().put(crate::apps::App::configured(files).unwrap());
    let answer = world.notes("aggregate", counted).await.json();
    let odd = json!({ "_id": "odd", "count": int(3) });
    assert_eq!(answer, json!([odd, { "_id": "even", "count": int(2) }]), "but not eve's");
    let unheard = json!({ "pipeline": [{ "$group": { "_id": null, "n": { "$unheard": "$n" } } }] });
    let refused = world.notes("aggregate", unheard).await;
    assert_eq!(refused.error(), (400, "MongoDBError".to_owned()));
    let unheard = world.notes("find", json!({ "query": { "n": { "$unheard": int(1) } } })).await;
    assert_eq!(unheard.error(), (400, "MongoDBError".to_owned()));
    let written = json!({ "pipeline": [{ "$out": "stolen" }] });
    assert_eq!(world.notes("aggregate", written).await.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn mongodb_is_not_asked_about_hidden_fields() {
    let world = OnMongo::with(json!({ "n": {} })).await;
    let count = async |query: Value| {
        world.notes("count", json!({ "query": query })).await.json()["$numberLong"].clone()
    };
    assert_eq!(
        count(json!({ "kind": { "$regularExpression": { "pattern": "^o", "options": "" } } }))
            .await,
        "3"
    );
    assert_eq!(count(json!({ "n": int(1) })).await, "0");
    assert_eq!(count(json!({ "n": { "$gt": int(0) } })).await, "0");
    let expression = json!({ "$expr": { "$eq": ["$n", 1] } });
    let refused = world.notes("count", json!({ "query": expression })).await;
    assert_eq!(refused.error(), (400, "BadRequest".to_owned()));
    let sum = json!({ "pipeline": [{ "$group": { "_id": "$kind", "n": { "$sum": "$n" } } }] });
    let sums = world.notes("aggregate", sum).await.json();
    assert_eq!(sums, json!([{ "_id": "even", "n": int(0) }, { "_id": "odd", "n": int(0) }]));
}
