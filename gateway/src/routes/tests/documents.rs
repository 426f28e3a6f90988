//! `functions/call`: functions, and documents by rules.

use axum::http::header;
use serde_json::{Value, json};

use super::accounts::{files, post};
use crate::{
    apps::AppFiles,
    testing::{Answer, World, request},
};

pub(super) const APP: &str = "/api/client/v2.0/app/plant";
const SOURCE: &str = "data_sources/mongodb-atlas";

const FUNCTIONS: [(&str, &str); 6] = [
    ("sum", "exports = (a, b) => a + b;"),
    (
        "who",
        "exports = () => [context.user.id, context.user.data.email, context.values.get('max')];",
    ),
    ("boom", "exports = () => { throw new TypeError('kaput'); };"),
    ("hidden", "exports = () => 1;"),
    ("guarded", "exports = () => 'in';"),
    ("isOwner", "exports = (id) => id === context.user.id;"),
];

/// An app with one asymmetric collection and some ordinary ones.
pub(super) fn app() -> AppFiles {
    let mut files = files(&json!({ "autoConfirm": true }), &FUNCTIONS);
    let functions = json!([
        { "name": "sum" }, { "name": "who" }, { "name": "boom" },
        { "name": "hidden", "private": true },
        { "name": "guarded", "can_evaluate": { "%%user.data.email": "ann@example.com" } },
        { "name": "isOwner", "private": true },
    ]);
    let own = json!({ "owner": "%%user.id" });
    let notes = json!({ "database": "plant", "collection": "notes", "roles": [{
        "name": "owner",
        "document_filters": { "read": own, "write": own },
        "fields": { "secret": {} },
        "additional_fields": { "write": true },
        "delete": { "locked": { "$ne": true } },
    }] });
    let all = json!({ "name": "all", "read": true, "write": true });
    let readings = json!({ "database": "plant", "collection": "readings", "roles": [all] });
    let called = json!({ "database": "plant", "collection": "called", "roles": [{
        "name": "called", "write": true,
        "apply_when": { "%function": { "name": "isOwner", "arguments": ["%%user.id"] } },
    }] });
    let schema = json!({
        "title": "Reading", "bsonType": "object", "required": ["_id", "celsius"],
        "properties": { "_id": { "bsonType": "objectId" }, "celsius": { "bsonType": "double" } },
    });
    let sync = json!({
        "type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
        "asymmetric_tables": ["readings"],
    });
    let data_api = json!({ "disabled": false, "versions": ["v1"], "return_type": "JSON" });
    for (path, content) in [
        ("functions/config.json".to_owned(), functions),
        (
            format!("{SOURCE}/config.json"),
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas" }),
        ),
        (format!("{SOURCE}/plant/notes/rules.json"), notes),
        (format!("{SOURCE}/plant/called/rules.json"), called),
        (format!("{SOURCE}/plant/readings/rules.json"), readings),
        (format!("{SOURCE}/plant/readings/schema.json"), schema),
        (format!("{SOURCE}/plant/readings/relationships.json"), json!({})),
        ("sync/config.json".to_owned(), sync),
        ("http_endpoints/data_api_config.json".to_owned(), data_api),
        ("values/max.json".to_owned(), json!({ "name": "max", "value": 100 })),
    ] {
        files.insert(&path, content.to_string()).unwrap();
    }
    files
}

/// A user of the app, and the gateway.
pub(super) struct Client {
    pub(super) world: World,
    pub(super) user_id: String,
    pub(super) token: String,
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Client {
    pub(super) async fn new() -> Self {
        Self::of(app()).await
    }

    /// The same in another app of this id.
    pub(super) async fn of(app: AppFiles) -> Self {
        let world = World::with(|builder| builder.dev(false).app(app)).await;
        let account = json!({ "email": "ann@example.com", "password": "correct horse" });
        let register = format!("{APP}/auth/providers/local-userpass/register");
        assert_eq!(post(&world, &register, None, account).await.status, 201);
        let login = format!("{APP}/auth/providers/local-userpass/login");
        let credentials = json!({ "username": "ann@example.com", "password": "correct horse" });
        let login = post(&world, &login, None, credentials).await.json();
        Self { user_id: text(&login["user_id"]), token: text(&login["access_token"]), world }
    }

    pub(super) async fn call(&self, body: Value) -> Answer {
        post(&self.world, &format!("{APP}/functions/call"), Some(&self.token), body).await
    }

    pub(super) async fn function(&self, name: &str, arguments: Value) -> Answer {
        self.call(json!({ "name": name, "arguments": arguments })).await
    }

    /// An operation on a collection.
    pub(super) async fn on(&self, collection: &str, name: &str, mut argument: Value) -> Answer {
        argument["database"] = "plant".into();
        argument["collection"] = collection.into();
        let service = "mongodb-atlas";
        self.call(json!({ "name": name, "service": service, "arguments": [argument] })).await
    }

    pub(super) async fn notes(&self, name: &str, argument: Value) -> Answer {
        self.on("notes", name, argument).await
    }

    /// Some notes of the user, and one of somebody else, past all rules.
    pub(super) async fn with_notes(self) -> Self {
        let mut documents = Vec::new();
        for number in 1..=4 {
            documents.push(bson::rawdoc! {
                "_id": number, "owner": self.user_id.as_str(), "n": number, "secret": 7,
                "locked": number == 4,
            });
        }
        documents.push(bson::rawdoc! { "_id": 5, "owner": "eve", "n": 5 });
        let documents = documents.into_iter().map(|document| document.try_into().unwrap());
        let namespace = crate::Namespace::new("plant", "notes").unwrap();
        let insert = crate::store::Insert { namespace, documents: documents.collect() };
        self.world.gateway.store().insert(vec![insert]).await;
        self
    }

    async fn stored(&self, id: i32) -> Option<bson::Document> {
        let namespace = crate::Namespace::new("plant", "notes").unwrap();
        let found = self.world.gateway.store().get(&namespace, id.into()).await.unwrap();
        found.map(|document| document.try_into().unwrap())
    }
}

pub(super) fn int(number: i32) -> Value {
    json!({ "$numberInt": number.to_string() })
}

#[tokio::test]
async fn functions_are_called_by_name_and_answer_their_bare_value() {
    let client = Client::new().await;
    assert_eq!(
        client.function("sum", json!([int(2), { "$numberLong": "40" }])).await.json(),
        int(42)
    );
    let who = client.function("who", json!([])).await.json();
    assert_eq!(who, json!([client.user_id, "ann@example.com", int(100)]));
    assert_eq!(client.function("guarded", json!([])).await.json(), "in");

    let boom = client.function("boom", json!([])).await;
    assert_eq!(boom.error(), (400, "FunctionExecutionError".to_owned()));
    let error: Value = serde_json::from_str(boom.json()["error"].as_str().unwrap()).unwrap();
    assert_eq!(error, json!({ "message": "kaput", "name": "TypeError" }));
    for (name, expected) in [("hidden", (403, "NotCallable")), ("none", (404, "FunctionNotFound"))]
    {
        let refused = client.function(name, json!([])).await;
        assert_eq!(refused.error(), (expected.0, expected.1.to_owned()), "{name}");
    }
    let login = format!("{APP}/auth/providers/anon-user/login");
    let other = text(&post(&client.world, &login, None, json!({})).await.json()["access_token"]);
    let body = json!({ "name": "guarded", "arguments": [] });
    let path = format!("{APP}/functions/call");
    let denied = post(&client.world, &path, Some(&other), body).await;
    assert_eq!(denied.error(), (403, "NotCallable".to_owned()));
}

#[tokio::test]
async fn asymmetric_objects_are_inserted_and_never_read() {
    let client = Client::new().await;
    let id = json!({ "$oid": "65f0c0ffee00000000000050" });
    let reading = json!({ "_id": id, "celsius": { "$numberDouble": "21.5" } });
    let inserted = client.on("readings", "insertOne", json!({ "document": reading })).await;
    assert_eq!(inserted.json(), json!({ "insertedId": id }));
    let many = json!({ "documents": [{ "celsius": { "$numberDouble": "1.0" } }] });
    let many = client.on("readings", "insertMany", many).await.json();
    assert!(many["insertedIds"][0]["$oid"].is_string());

    let again = client.on("readings", "insertOne", json!({ "document": reading })).await;
    assert_eq!(again.error(), (400, "MongoDBError".to_owned()));
    let wrong = json!({ "documents": [
        { "celsius": { "$numberDouble": "1.0" } }, { "celsius": "warm" },
    ] });
    let wrong = client.on("readings", "insertMany", wrong).await;
    assert_eq!(wrong.error(), (400, "SchemaValidationFailedWrite".to_owned()));
    let namespace = crate::Namespace::new("plant", "readings").unwrap();
    let count = client.world.gateway.store().count(&namespace).await.unwrap();
    assert_eq!(count, 2, "of a request with a document that is refused, nothing is stored");

    for name in [
        "find",
        "findOne",
        "count",
        "aggregate",
        "updateOne",
        "updateMany",
        "deleteOne",
        "deleteMany",
        "findOneAndUpdate",
        "findOneAndReplace",
        "findOneAndDelete",
        "watch",
    ] {
        let refused = client.on("readings", name, json!({ "query": {} })).await;
        assert_eq!(refused.error(), (403, "NoMatchingRuleFound".to_owned()), "{name}");
        assert!(text(&refused.json()["error"]).contains("asymmetric"), "{name}");
    }
}

#[tokio::test]
async fn reads_show_what_the_role_shows() {
    let client = Client::new().await.with_notes().await;
    let ids = |answer: Answer| {
        let documents = answer.json();
        let ids = documents.as_array().unwrap().iter().map(|d| text(&d["_id"]["$numberInt"]));
        ids.collect::<Vec<_>>().join(",")
    };
    assert_eq!(ids(client.notes("find", json!({})).await), "1,2,3,4");
    let sorted =
        json!({ "query": { "n": { "$gt": int(1) } }, "sort": { "n": int(-1) }, "limit": int(2) });
    assert_eq!(ids(client.notes("find", sorted).await), "4,3");
    assert_eq!(ids(client.notes("find", json!({ "query": { "owner": "eve" } })).await), "");
    let one =
        client.notes("findOne", json!({ "query": { "_id": int(2) }, "project": { "n": int(1) } }));
    assert_eq!(one.await.json(), json!({ "_id": int(2), "n": int(2) }));
    let whole = client.notes("findOne", json!({ "query": { "_id": int(2) } })).await.json();
    assert!(whole.get("secret").is_none() && whole.get("owner").is_some());
    assert_eq!(
        client.notes("findOne", json!({ "query": { "_id": int(5) } })).await.json(),
        Value::Null
    );
    assert_eq!(client.notes("count", json!({})).await.json(), json!({ "$numberLong": "4" }));
    let query = json!({ "query": { "_id": { "$in": [int(1), int(5)] } } });
    assert_eq!(client.notes("count", query).await.json(), json!({ "$numberLong": "1" }));
}

#[tokio::test]
async fn changes_are_made_as_far_as_the_role_permits() {
    let client = Client::new().await.with_notes().await;
    let update = |id: i32, update: Value| json!({ "query": { "_id": int(id) }, "update": update });
    let counts = |matched: i32, modified: i32| json!({ "matchedCount": int(matched), "modifiedCount": int(modified) });
    let set = client.notes("updateOne", update(1, json!({ "$set": { "n": int(10) } }))).await;
    assert_eq!(set.json(), counts(1, 1));
    let same = client.notes("updateOne", update(1, json!({ "$set": { "n": int(10) } }))).await;
    assert_eq!(same.json(), counts(1, 0));
    let all =
        client.notes("updateMany", json!({ "query": {}, "update": { "$inc": { "n": int(1) } } }));
    assert_eq!(all.await.json(), counts(4, 4));
    assert_eq!(client.stored(5).await.unwrap().get_i32("n").unwrap(), 5, "not one of theirs");
    assert_eq!(client.stored(1).await.unwrap().get_i32("n").unwrap(), 11);

    let hidden = client.notes("updateOne", update(5, json!({ "$set": { "n": int(1) } }))).await;
    assert_eq!(hidden.json(), counts(0, 0), "what is hidden is not found");
    for change in [
        json!({ "$set": { "secret": int(1) } }),
        json!({ "$unset": { "secret": "" } }),
        json!({ "$set": { "owner": "eve" } }),
    ] {
        let denied = client.notes("updateOne", update(2, change.clone())).await;
        assert_eq!(denied.error(), (403, "NoMatchingRuleFound".to_owned()), "{change}");
    }
    assert_eq!(client.stored(2).await.unwrap().get_i32("secret").unwrap(), 7);
    for wrong in
        [json!({ "n": 1 }), json!({ "$set": { "_id": int(9) } }), json!({ "$foo": {} }), json!({})]
    {
        let answer = client.notes("updateOne", update(2, wrong.clone())).await;
        assert_eq!(answer.error(), (400, "BadRequest".to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn upserts_insert_what_is_not_found() {
    let client = Client::new().await.with_notes().await;
    let owner = client.user_id.as_str();
    let argument = json!({
        "query": { "_id": int(9), "owner": owner },
        "update": { "$set": { "n": int(1) }, "$setOnInsert": { "new": true } },
        "upsert": true,
    });
    let upserted = client.notes("updateOne", argument.clone()).await.json();
    let expected = json!({ "matchedCount": int(0), "modifiedCount": int(0), "upsertedId": int(9) });
    assert_eq!(upserted, expected);
    let stored = client.stored(9).await.unwrap();
    assert_eq!(stored, bson::doc! { "_id": 9, "owner": owner, "n": 1, "new": true });
    assert_eq!(client.notes("updateOne", argument).await.json()["matchedCount"], int(1));
    let foreign = json!({ "query": { "_id": int(8) }, "update": { "$set": { "owner": "eve" } }, "upsert": true });
    let foreign = client.notes("updateOne", foreign).await;
    assert_eq!(foreign.error(), (403, "NoMatchingRuleFound".to_owned()));
}

#[tokio::test]
async fn documents_are_removed_as_far_as_the_role_permits() {
    let client = Client::new().await.with_notes().await;
    let query = |id: i32| json!({ "query": { "_id": int(id) } });
    // The role may not write `secret`, and so may not remove a document that has one.
    let denied = client.notes("deleteOne", query(1)).await;
    assert_eq!(denied.error(), (403, "NoMatchingRuleFound".to_owned()));
    assert_eq!(client.notes("deleteOne", query(5)).await.json(), json!({ "deletedCount": int(0) }));
    let owner = client.user_id.as_str();
    for (id, locked) in [(10, false), (11, true)] {
        let document = json!({ "_id": int(id), "owner": owner, "locked": locked });
        assert_eq!(client.notes("insertOne", json!({ "document": document })).await.status, 200);
    }
    assert_eq!(
        client.notes("deleteOne", query(10)).await.json(),
        json!({ "deletedCount": int(1) })
    );
    let locked = client.notes("deleteOne", query(11)).await;
    assert_eq!(locked.json()["error"], "delete not permitted");
    let without = client.notes("deleteMany", json!({})).await;
    assert_eq!(without.error(), (400, "BadRequest".to_owned()), "no query is not all");
}

#[tokio::test]
async fn find_and_change_answers_the_document_before_or_after() {
    let client = Client::new().await;
    let owner = client.user_id.as_str();
    let document = json!({ "_id": int(1), "owner": owner, "n": int(1) });
    client.notes("insertOne", json!({ "document": document })).await;
    let filter = json!({ "_id": int(1) });
    let argument = json!({ "filter": filter, "update": { "$inc": { "n": int(1) } } });
    assert_eq!(client.notes("findOneAndUpdate", argument.clone()).await.json()["n"], int(1));
    let mut new = argument;
    new["returnNewDocument"] = true.into();
    assert_eq!(client.notes("findOneAndUpdate", new).await.json()["n"], int(3));
    let replacement =
        json!({ "filter": filter, "update": { "owner": owner }, "returnNewDocument": true });
    let replaced = client.notes("findOneAndReplace", replacement).await.json();
    assert_eq!(replaced, json!({ "_id": int(1), "owner": owner }));
    // This is how realm-web 2.0.1 asks for a removal.
    let removed = client.notes("findOneAndReplace", json!({ "filter": filter })).await.json();
    assert_eq!(removed["_id"], int(1));
    assert_eq!(
        client.notes("findOneAndDelete", json!({ "filter": filter })).await.json(),
        Value::Null
    );
}

#[tokio::test]
async fn what_no_rule_allows_is_refused_by_name() {
    let client = Client::new().await;
    for (collection, service, status, code, part) in [
        ("other", "mongodb-atlas", 403, "NoMatchingRuleFound", "namespace 'plant.other'"),
        ("notes", "elsewhere", 404, "ServiceNotFound", "service not found: 'elsewhere'"),
        ("system.users", "mongodb-atlas", 400, "BadRequest", "system collection"),
    ] {
        let argument = json!({ "database": "plant", "collection": collection });
        let body = json!({ "name": "find", "service": service, "arguments": [argument] });
        let answer = client.call(body).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{collection}");
        assert!(text(&answer.json()["error"]).contains(part));
    }
    let unknown = client.notes("drop", json!({})).await;
    assert_eq!(unknown.error(), (400, "ServiceCommandNotFound".to_owned()));
    // A rule that calls a function is asked like any other.
    let called = json!({ "document": { "a": int(1) } });
    assert_eq!(client.on("called", "insertOne", called).await.status, 200);
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_nothing_panics() {
    let client = Client::new().await.with_notes().await;
    let deep = format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500));
    let call = |query: &str| {
        format!(
            r#"{{"name":"find","service":"mongodb-atlas","arguments":[
                {{"database":"plant","collection":"notes","query":{query}}}]}}"#
        )
    };
    let nor = format!("{}{{}}{}", r#"{"$nor":["#.repeat(60), "]}".repeat(60));
    for body in [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        r#"{"name":7}"#.to_owned(),
        r#"{"name":"find","service":"mongodb-atlas","arguments":[7]}"#.to_owned(),
        r#"{"name":"find","service":"mongodb-atlas","arguments":[{"database":1}]}"#.to_owned(),
        call(&deep),
        call(&nor),
        call(r#"{"_id":{"$oid":"zz"}}"#),
        call(r#"{"a":{"$numberInt":"99999999999"}}"#),
        call(r#"{"a":{"$date":"yesterday"}}"#),
        call(r#"{"a":{"$binary":{"base64":"!!","subType":"00"}}}"#),
        call(r#"{"a":{"$numberDecimal":"x"}}"#),
        call(r#"{"$where":"while(1);"}"#),
        call(r#"{"a":{"$where":"1"}}"#),
        call(r#"{"$expr":{"$function":{"body":"1","args":[],"lang":"js"}}}"#),
        call(r#"{"$or":[{"$or":[]}]}"#),
        call(r#"{"a":{"$in":1}}"#),
        call(r#"{"a\u0000b":1}"#),
        call("7"),
    ] {
        let path = format!("{APP}/functions/call");
        let answer =
            client.world.send(request("POST", &path, Some(&client.token), body.clone())).await;
        assert_eq!(answer.error().0, 400, "{body}");
    }
    let large = vec![b' '; 33 * 1024 * 1024];
    let path = format!("{APP}/functions/call");
    let answer = client.world.send(request("POST", &path, Some(&client.token), large)).await;
    assert_eq!(answer.error(), (413, "ReadSizeLimitExceeded".to_owned()));
    let mut zipped = request("POST", &path, Some(&client.token), "x");
    zipped.headers_mut().insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
    assert_eq!(client.world.send(zipped).await.status.as_u16(), 415);
}

#[tokio::test]
async fn functions_run_as_whom_the_app_says() {
    let mut files = app();
    let who = "exports = () => [context.user.data.email, context.runningAsSystem()];";
    let names = ["own", "system", "script", "wrong", "argued"];
    for name in names {
        files.insert(&format!("functions/{name}.js"), who.to_owned()).unwrap();
    }
    let config = json!([
        { "name": "own" },
        { "name": "system", "run_as_system": true },
        { "name": "script", "run_as_user_id_script_source": "exports = (id) => id;" },
        { "name": "wrong", "run_as_user_id": "nobody" },
        { "name": "argued", "can_evaluate": { "%%args.0": "let me in", "%%user.type": "normal" } },
    ]);
    files.insert("functions/config.json", config.to_string()).unwrap();
    let client = Client::of(files).await;
    let login = format!("{APP}/auth/providers/anon-user/login");
    let other = post(&client.world, &login, None, json!({})).await.json();
    let ann = json!("ann@example.com");
    for (name, arguments, expected) in [
        ("own", json!([]), json!([null, false])),
        ("system", json!([]), json!([null, true])),
        ("script", json!([client.user_id]), json!([ann, false])),
        ("argued", json!(["let me in"]), json!([null, false])),
    ] {
        let body = json!({ "name": name, "arguments": arguments });
        let path = format!("{APP}/functions/call");
        let answer = post(&client.world, &path, Some(&text(&other["access_token"])), body).await;
        assert_eq!(answer.json(), expected, "{name}");
    }
    let wrong = client.function("wrong", json!([])).await;
    assert_eq!(wrong.error(), (400, "FunctionExecutionError".to_owned()));
    let gone = client.function("script", json!(["65f0c0ffee00000000000099"])).await;
    assert_eq!(gone.error(), (404, "UserNotFound".to_owned()));
    let denied = client.function("argued", json!(["please"])).await;
    assert_eq!(denied.error(), (403, "NotCallable".to_owned()));
}
