//! What administrators can try out, and what is kept without being served.

use bson::{Bson, doc};
use serde_json::{Value, json};

use super::Admin;
use crate::{
    Namespace,
    routes::tests::accounts::files,
    store::{Document, Insert},
};

async fn plant(functions: &[(&str, &str)]) -> (Admin, String) {
    let admin = Admin::with_app(files(&json!({ "autoConfirm": true }), functions)).await;
    let app = admin.app().await;
    (admin, app)
}

#[tokio::test]
async fn a_function_is_called_as_the_system_or_as_a_user() {
    let who = "exports = (a, b) => { console.log('sum', a + b); \
               return { sum: a + b, user: context.user.data.email, \
                        system: context.user.type === 'system' }; };";
    let fails = "exports = () => { console.log('before'); throw new TypeError('kaput'); };";
    let (admin, app) = plant(&[("who", who), ("fails", fails), ("broken", "exports = ((")]).await;
    let body = json!({ "email": "ann@example.com", "password": "correct horse" });
    let user = admin.expect(201, "POST", &format!("{app}/users"), body).await;
    let path = format!("{app}/debug/execute_function");
    let arguments = json!([{ "$numberInt": "2" }, { "$numberInt": "40" }]);
    let call = json!({ "name": "who", "arguments": arguments });

    let by_user = format!("{path}?user_id={}", user["_id"].as_str().unwrap());
    let called = admin.expect(200, "POST", &by_user, call.clone()).await;
    assert_eq!(called["result"]["sum"], json!({ "$numberInt": "42" }));
    assert_eq!(called["result"]["user"], "ann@example.com");
    assert_eq!(called["error"], Value::Null);
    assert_eq!(called["logs"], json!(["sum 42"]));
    assert!(called["stats"]["execution_time"].as_str().unwrap().ends_with('s'));

    let system = format!("{path}?run_as_system=true");
    let failed = admin.expect(200, "POST", &system, json!({ "name": "fails" })).await;
    assert_eq!(failed["error"], json!({ "name": "TypeError", "message": "kaput" }));
    assert_eq!((&failed["result"], &failed["logs"]), (&Value::Null, &json!(["before"])));
    let broken = admin.expect(200, "POST", &system, json!({ "name": "broken" })).await;
    assert!(!broken["error"]["message"].as_str().unwrap().is_empty());

    for (path, body, expected) in [
        (&system, json!({ "name": "nothing" }), (404, "FunctionNotFound")),
        (&system, json!({}), (400, "MissingParameter")),
        (&system, json!({ "name": "who", "arguments": 7 }), (400, "InvalidParameter")),
        (&system, json!({ "name": "find", "service": "mongodb-atlas" }), (400, "InvalidParameter")),
        (&path, call.clone(), (400, "InvalidParameter")),
        (&format!("{by_user}&run_as_system=true"), call.clone(), (400, "InvalidParameter")),
        (&format!("{path}?user_id=6b00000000000000000000aa"), call, (404, "UserNotFound")),
    ] {
        let refused = admin.ask("POST", path, body).await;
        assert_eq!(refused.error(), (expected.0, expected.1.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_source_is_run_beside_the_functions_of_the_app_and_is_not_kept() {
    let (admin, app) = plant(&[("double", "exports = (n) => 2 * n;")]).await;
    let path = format!("{app}/debug/execute_function_source?run_as_system=true");
    let source = "exports = (n = 4) => context.functions.execute('double', n);";
    for (evaluated, expected) in [("", 8), ("exports(21)", 42), ("const n = 5; exports(n)", 10)] {
        let body = json!({ "source": source, "eval_source": evaluated });
        let called = admin.expect(200, "POST", &path, body).await;
        assert_eq!(called["error"], Value::Null, "{evaluated}");
        assert_eq!(called["result"], json!({ "$numberInt": expected.to_string() }));
    }
    assert_eq!(admin.get(&format!("{app}/functions")).await.as_array().unwrap().len(), 1);
}

async fn store(admin: &Admin, documents: &[bson::Document]) {
    let namespace = Namespace::new("plant", "readings").unwrap();
    let documents = documents.iter().map(|document| {
        let raw = bson::RawDocumentBuf::try_from(document).unwrap();
        Document::try_from(raw).unwrap()
    });
    let insert = Insert { namespace, documents: documents.collect() };
    admin.world.gateway.store().insert(vec![insert]).await;
}

async fn service(admin: &Admin, app: &str) -> String {
    let body = json!({ "name": "mongodb-atlas", "type": "mongodb-atlas", "config": {} });
    let made = admin.expect(201, "POST", &format!("{app}/services"), body).await;
    format!("{app}/services/{}/commands", made["_id"].as_str().unwrap())
}

#[tokio::test]
async fn a_schema_is_made_for_documents_and_documents_are_held_against_it() {
    let (admin, app) = plant(&[]).await;
    store(
        &admin,
        &[
            doc! { "_id": 1, "celsius": 20.5, "note": "a" },
            doc! { "_id": 2, "celsius": 21.5 },
            doc! { "_id": 3, "celsius": "warm", "note": Bson::Null },
        ],
    )
    .await;
    let commands = service(&admin, &app).await;
    let of = json!({ "database_name": "plant", "collection_name": "readings", "limit": 2 });
    let made = admin.expect(200, "POST", &format!("{commands}/generate_schema"), of).await;
    let schema = json!({
        "title": "readings", "bsonType": "object", "required": ["_id", "celsius"],
        "properties": {
            "_id": { "bsonType": "int" }, "celsius": { "bsonType": "double" },
            "note": { "bsonType": "string" },
        },
    });
    assert_eq!(made["schema"], schema);

    let path = format!("{commands}/validate_documents");
    let body = |more: Value| {
        let mut body = json!({
            "database_name": "plant", "collection_name": "readings", "from_schema": schema,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let found = admin.expect(200, "POST", &path, body(json!({}))).await;
    assert_eq!(
        (&found["total_processed_count"], &found["total_error_count"]),
        (&json!(3), &json!(1))
    );
    let error = &found["errors"][0];
    assert_eq!(
        (&error["error_code"], &error["field"]),
        (&json!("invalid_type"), &json!("(root).celsius"))
    );
    assert_eq!(error["failed_ids"], json!([{ "$numberInt": "3" }]));
    assert_eq!(found["errors"].as_array().unwrap().len(), 2, "null is no string");
    let setting = format!("{app}/validation_settings/null_type_schema_validation");
    admin.expect(204, "PUT", &setting, json!({ "enabled": true })).await;
    let found = admin.expect(200, "POST", &path, body(json!({}))).await;
    assert_eq!(found["errors"].as_array().unwrap().len(), 1);

    let some = body(json!({ "query": { "_id": { "$lt": 3 } }, "sort": { "_id": -1 }, "limit": 1 }));
    let found = admin.expect(200, "POST", &path, some).await;
    assert_eq!((&found["total_processed_count"], &found["errors"]), (&json!(1), &json!([])));
    for wrong in [
        json!({ "query": { "a": { "$where": "1" } } }),
        json!({ "query": 7 }),
        json!({ "from_schema": { "bsonType": "odd" } }),
        json!({ "database_name": "__asymmetric" }),
        json!({ "database_name": "admin" }),
    ] {
        let refused = admin.ask("POST", &path, body(wrong.clone())).await;
        assert_eq!(refused.error(), (400, "InvalidParameter".to_owned()), "{wrong}");
    }
    let elsewhere = format!("{app}/services/6b00000000000000000000aa/commands/generate_schema");
    let of = json!({ "database_name": "plant", "collection_name": "readings" });
    let refused = admin.ask("POST", &elsewhere, of).await;
    assert_eq!(refused.error(), (404, "ServiceNotFound".to_owned()));
}

#[tokio::test]
async fn triggers_and_endpoints_are_kept_as_they_are() {
    let (admin, app) = plant(&[("hook", "exports = () => 1;")]).await;
    let trigger = json!({
        "name": "nightly", "type": "SCHEDULED", "disabled": false,
        "config": { "schedule": "0 0 * * *" },
        "event_processors": { "FUNCTION": { "config": { "function_name": "hook" } } },
    });
    let triggers = format!("{app}/triggers");
    let made = admin.expect(201, "POST", &triggers, trigger.clone()).await;
    let path = format!("{triggers}/{}", made["_id"].as_str().unwrap());
    let with_id = |mut thing: Value, id: &Value| {
        thing["_id"] = id.clone();
        thing
    };
    assert_eq!(admin.get(&path).await, with_id(trigger.clone(), &made["_id"]));
    assert_eq!(admin.get(&triggers).await, json!([made]));
    let taken = admin.ask("POST", &triggers, trigger.clone()).await;
    assert_eq!(taken.error(), (409, "TriggerAlreadyExists".to_owned()));
    let mut renamed = trigger.clone();
    renamed["name"] = json!("daily");
    admin.expect(204, "PUT", &path, renamed.clone()).await;
    // It keeps its id, and the file of its old name is gone.
    assert_eq!(admin.get(&path).await["name"], "daily");
    let pulled = admin.get(&format!("{app}/pull")).await;
    assert_eq!(pulled["triggers"], json!([renamed]));
    admin.expect(204, "DELETE", &path, Value::Null).await;
    let gone = admin.ask("GET", &path, Value::Null).await;
    assert_eq!(gone.error(), (404, "TriggerNotFound".to_owned()));

    let functions = admin.get(&format!("{app}/functions")).await;
    let endpoint = |method: &str| {
        json!({
            "route": "/hook", "http_method": method, "function_id": functions[0]["_id"],
            "validation_method": "NO_VALIDATION", "respond_result": true, "return_type": "JSON",
            "disabled": false,
        })
    };
    let endpoints = format!("{app}/endpoints");
    let get = admin.expect(201, "POST", &endpoints, endpoint("GET")).await;
    assert_eq!(get["function_name"], "hook");
    let post = admin.expect(201, "POST", &endpoints, endpoint("POST")).await;
    assert_eq!(admin.get(&endpoints).await, json!([get, post]));
    let taken = admin.ask("POST", &endpoints, endpoint("GET")).await;
    assert_eq!(taken.error(), (409, "EndpointAlreadyExists".to_owned()));
    let path = format!("{endpoints}/{}", get["_id"].as_str().unwrap());
    let changed = admin.expect(200, "PUT", &path, endpoint("PATCH")).await;
    assert_eq!((&changed["_id"], &changed["http_method"]), (&get["_id"], &json!("PATCH")));
    admin.expect(204, "DELETE", &path, Value::Null).await;
    assert_eq!(admin.get(&endpoints).await, json!([post]));
    // The file has the names that an export has.
    let app = admin.world.gateway.apps().find("plant").unwrap();
    let file = app.files.list("http_endpoints/config.json");
    assert_eq!(file[0]["function_name"], "hook");
    assert!(file[0].get("function_id").is_none());
}
