//! What the configuration of an app makes of its users and their tokens.

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Value, json};

use super::Admin;
use crate::{
    Namespace,
    apps::AppFiles,
    routes::tests::accounts::files,
    store::{Document, Insert},
    testing::{Answer, request},
};

const CLIENT: &str = "/api/client/v2.0/app/plant";
const SESSION: &str = "/api/client/v2.0/auth/session";

/// What a token says, without asking whether it is true.
fn claims(token: &Value) -> Value {
    insecure_decode(token.as_str().unwrap()).unwrap().claims
}

async fn post(admin: &Admin, path: &str, token: Option<&str>, body: Value) -> Answer {
    admin.world.send(request("POST", path, token, body.to_string())).await
}

async fn log_in(admin: &Admin) -> Answer {
    post(admin, &format!("{CLIENT}/auth/providers/anon-user/login"), None, json!({})).await
}

fn plant(functions: &[(&str, &str)], user_data: &Value) -> AppFiles {
    let mut files = files(&json!({ "autoConfirm": true }), functions);
    files.insert("auth/custom_user_data.json", user_data.to_string()).unwrap();
    files
}

#[tokio::test]
async fn custom_data_are_in_access_tokens_as_they_were_when_the_token_was_made() {
    let user_data = json!({
        "enabled": true, "mongo_service_name": "mongodb-atlas", "database_name": "plant",
        "collection_name": "people", "user_id_field": "owner",
    });
    let who = [("who", "exports = () => context.user.custom_data;")];
    let admin = Admin::with_app(plant(&who, &user_data)).await;
    let user = log_in(&admin).await.json();
    assert_eq!(claims(&user["access_token"])["user_data"], json!({}));

    let id = user["user_id"].as_str().unwrap();
    let document = |owner: &str, floor: i32| {
        let raw = bson::rawdoc! { "_id": owner, "owner": owner, "floor": floor };
        Document::try_from(raw).unwrap()
    };
    let namespace = Namespace::new("plant", "people").unwrap();
    let documents = vec![document("somebody else", 1), document(id, 3)];
    let store = admin.world.gateway.store();
    store.insert(vec![Insert { namespace: namespace.clone(), documents }]).await;

    // The old token knows nothing of it, a new one does.
    let call = json!({ "name": "who", "arguments": [] });
    let call = |token: &Value| {
        let token = token.as_str().map(str::to_owned);
        let (admin, call) = (&admin, call.clone());
        async move {
            let path = format!("{CLIENT}/functions/call");
            post(admin, &path, token.as_deref(), call).await.json()
        }
    };
    assert_eq!(call(&user["access_token"]).await, json!({}));
    let refreshed = post(&admin, SESSION, user["refresh_token"].as_str(), json!({})).await.json();
    let data = json!({ "_id": id, "owner": id, "floor": { "$numberInt": "3" } });
    assert_eq!(claims(&refreshed["access_token"])["user_data"], data);
    assert_eq!(call(&refreshed["access_token"]).await, data);
    store.delete(&namespace, id.into()).await.unwrap();
    let refreshed = post(&admin, SESSION, user["refresh_token"].as_str(), json!({})).await.json();
    assert_eq!(claims(&refreshed["access_token"])["user_data"], json!({}));
}

#[tokio::test]
async fn custom_data_that_would_fill_the_header_are_left_out() {
    let user_data = json!({
        "enabled": true, "mongo_service_name": "mongodb-atlas", "database_name": "plant",
        "collection_name": "people", "user_id_field": "owner",
    });
    let admin = Admin::with_app(plant(&[], &user_data)).await;
    let user = log_in(&admin).await.json();
    let id = user["user_id"].as_str().unwrap();
    let raw = bson::rawdoc! { "_id": 1, "owner": id, "text": "x".repeat(16 * 1024) };
    let documents = vec![Document::try_from(raw).unwrap()];
    let namespace = Namespace::new("plant", "people").unwrap();
    admin.world.gateway.store().insert(vec![Insert { namespace, documents }]).await;
    let refreshed = post(&admin, SESSION, user["refresh_token"].as_str(), json!({})).await.json();
    assert_eq!(claims(&refreshed["access_token"])["user_data"], json!({}));
}

#[tokio::test]
async fn a_function_is_asked_about_every_new_user_and_about_no_other() {
    let user_data = json!({ "enabled": false, "on_user_creation_function_name": "welcome" });
    let welcome = "exports = (user) => { \
                   if (!user.id || user.identities.length !== 1) { throw new Error('who?'); } \
                   if (!context.values.get('open')) { throw new Error('closed'); } };";
    let mut files = plant(&[("welcome", welcome)], &user_data);
    files.insert("values/open.json", r#"{ "name": "open", "value": true }"#).unwrap();
    let admin = Admin::with_app(files).await;
    let app = admin.app().await;
    let userpass = format!("{CLIENT}/auth/providers/local-userpass");
    let register = |email: &str| {
        let body = json!({ "email": email, "password": "correct horse" });
        let (admin, path) = (&admin, format!("{userpass}/register"));
        async move { assert_eq!(post(admin, &path, None, body).await.status.as_u16(), 201) }
    };
    let enter = |email: &str| {
        let body = json!({ "username": email, "password": "correct horse" });
        let (admin, path) = (&admin, format!("{userpass}/login"));
        async move { post(admin, &path, None, body).await }
    };
    register("ann@example.com").await;
    register("jay@example.com").await;
    assert_eq!(enter("ann@example.com").await.status.as_u16(), 200);
    let values = admin.get(&format!("{app}/values")).await;
    let value = format!("{app}/values/{}", values[0]["_id"].as_str().unwrap());
    admin.expect(204, "PUT", &value, json!({ "name": "open", "value": false })).await;

    assert_eq!(enter("ann@example.com").await.status.as_u16(), 200, "she is there already");
    for refused in [enter("jay@example.com").await, log_in(&admin).await] {
        assert_eq!(refused.error(), (400, "FunctionExecutionError".to_owned()));
    }
    let body = json!({ "email": "kim@example.com", "password": "correct horse" });
    let refused = admin.ask("POST", &format!("{app}/users"), body).await;
    assert_eq!(refused.error(), (400, "FunctionExecutionError".to_owned()));
    // Nothing is left of those who were turned away; of users of another server nothing is asked.
    let users = admin.get(&format!("{app}/users")).await;
    assert_eq!(users.as_array().unwrap().len(), 1);
    let brought = json!({
        "_id": "5f0c0ffee000000000000001",
        "identities": [{ "id": "x", "provider_type": "custom-token" }],
    });
    admin.expect(201, "POST", &format!("{app}/users"), brought).await;
}

#[tokio::test]
async fn null_is_accepted_for_optional_properties_only_if_the_app_says_so() {
    let mut files = plant(&[], &json!({ "enabled": false }));
    let source = "data_sources/mongodb-atlas";
    for (path, content) in [
        (
            format!("{source}/config.json"),
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas" }),
        ),
        (
            format!("{source}/plant/notes/schema.json"),
            json!({
                "title": "Note", "bsonType": "object", "required": ["_id"],
                "properties": { "_id": { "bsonType": "int" }, "text": { "bsonType": "string" } },
            }),
        ),
        (
            format!("{source}/plant/notes/rules.json"),
            json!({
                "database": "plant", "collection": "notes",
                "roles": [{ "name": "all", "apply_when": {}, "insert": true, "write": true }],
            }),
        ),
        // Notes are no class of devices.
        (
            "sync/config.json".to_owned(),
            json!({
                "type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
                "database_name": "plant", "asymmetric_tables": ["readings"],
            }),
        ),
    ] {
        files.insert(&path, content.to_string()).unwrap();
    }
    let admin = Admin::with_app(files).await;
    let app = admin.app().await;
    let token = log_in(&admin).await.json()["access_token"].clone();
    let insert = |id: i32, text: Value| {
        let body = json!({
            "name": "insertOne", "service": "mongodb-atlas",
            "arguments": [{
                "database": "plant", "collection": "notes",
                "document": { "_id": { "$numberInt": id.to_string() }, "text": text },
            }],
        });
        let (admin, token) = (&admin, token.as_str());
        async move { post(admin, &format!("{CLIENT}/functions/call"), token, body).await }
    };
    let refused = (400, "SchemaValidationFailedWrite".to_owned());
    assert_eq!(insert(1, Value::Null).await.error(), refused);
    let setting = format!("{app}/validation_settings/null_type_schema_validation");
    admin.expect(204, "PUT", &setting, json!({ "enabled": true })).await;
    assert_eq!(insert(1, Value::Null).await.status.as_u16(), 200);
    assert_eq!(insert(2, json!(true)).await.error(), refused, "other types are still refused");
    admin.expect(204, "PUT", &setting, json!({ "enabled": false })).await;
    assert_eq!(insert(3, Value::Null).await.error(), refused);
}
