use axum::http::header;
use serde_json::{Value, json};

use super::{Admin, BASE};
use crate::{
    apps::{AppFiles, archive},
    testing::{Answer, request},
};

/// An app with files that the gateway does not understand, written in a way of its own.
fn exported() -> AppFiles {
    let mut files = AppFiles::default();
    for (path, text) in [
        ("root_config.json", "{ \"name\":\"plant\",\r\n\"later\": 1 }"),
        ("auth/providers.json", r#"{"anon-user":{"type":"anon-user","name":"anon-user"}}"#),
        ("data_sources/atlas/config.json", r#"{"type":"mongodb-atlas","name":"atlas"}"#),
        ("data_sources/atlas/d/c/rules.json", r#"{"roles":[],"database":"d","collection":"c"}"#),
        ("data_sources/atlas/d/c/schema.json", r#"{"title":"C","bsonType":"object"}"#),
        ("data_sources/atlas/d/c/relationships.json", "{}"),
        ("functions/config.json", r#"[{"name":"f","private":false}]"#),
        ("functions/f.js", "exports = 1;\n\n"),
        ("hosting/files/a.bin", "\u{0}\u{1}"),
        ("triggers/t.json", r#"{"name":"t","type":"DATABASE"}"#),
        ("NOTES", "mine"),
    ] {
        files.insert(path, text.as_bytes().to_vec()).unwrap();
    }
    files
}

async fn zip(admin: &Admin, path: &str) -> Answer {
    let mut request = request("GET", &format!("{BASE}{path}"), Some(&admin.token), "");
    request.headers_mut().insert(header::ACCEPT, "application/zip".parse().unwrap());
    admin.world.send(request).await
}

async fn pulled(admin: &Admin, app: &str) -> AppFiles {
    archive::unpack(&zip(admin, &format!("{app}/pull")).await.body).unwrap()
}

#[tokio::test]
async fn what_was_loaded_is_pulled_unchanged() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    for path in ["pull", "export?version=20210101&source_control=true"] {
        let answer = zip(&admin, &format!("{app}/{path}")).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/zip");
        let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert!(disposition.starts_with("attachment; filename=\"plant_"), "{disposition}");
        assert_eq!(archive::unpack(&answer.body).unwrap(), exported());
    }
}

#[tokio::test]
async fn a_change_touches_only_the_files_it_is_about() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let value = json!({ "name": "limit", "value": 7 });
    admin.expect(201, "POST", &format!("{app}/values"), value).await;
    let mut files = pulled(&admin, &app).await;
    assert!(files.remove("values/limit.json"));
    assert_eq!(files, exported());
}

#[tokio::test]
async fn the_document_of_an_app_pushed_back_changes_nothing() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let document = admin.get(&format!("{app}/pull")).await;
    assert_eq!(document["name"], "plant");
    assert_eq!(document["functions"][0]["source"], "exports = 1;\n\n");
    assert_eq!(document["schemas"][0]["metadata"]["collection"], "c");
    assert_eq!(document["triggers"][0]["name"], "t");
    let diff = format!("{app}/import?strategy=replace-by-name&diff=true");
    assert_eq!(admin.expect(200, "POST", &diff, document.clone()).await, json!([]));
    admin.expect(204, "PATCH", &format!("{app}/push"), document).await;
    assert_eq!(pulled(&admin, &app).await, exported());
}

/// As the App Services CLI writes it.
fn import_document() -> Value {
    json!({
        "config_version": 20_210_101, "app_id": "plant", "name": "plant", "location": "US-VA",
        "environments": { "testing.json": { "values": { "a": 1 } } },
        "auth": { "providers": { "anon-user": { "name": "anon-user", "type": "anon-user" } },
                  "custom_user_data": { "enabled": false } },
        "functions": { "config": [{ "name": "g", "private": true }],
                       "sources": [{ "path": "g.js", "source": "exports = 2" }] },
        "data_sources": [{ "config": { "name": "atlas", "type": "mongodb-atlas", "config": {} },
            "default_rule": { "roles": [] },
            "rules": [{ "database": "d", "collection": "e", "roles": [],
                        "schema": { "title": "E" }, "relationships": {} }] }],
        "sync": { "config": { "development_mode_enabled": true } },
        "values": [{ "name": "v", "value": 1 }],
    })
}

#[tokio::test]
async fn an_app_is_imported_by_draft_and_deployment_as_the_cli_does_it() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let diff = format!("{app}/import?strategy=replace-by-name&diff=true");
    let diffs = admin.expect(200, "POST", &diff, import_document()).await;
    let diffs: Vec<&str> = diffs.as_array().unwrap().iter().map(|d| d.as_str().unwrap()).collect();
    assert!(
        diffs
            .iter()
            .any(|diff| diff.contains("+++ functions/g.js") && diff.contains("+exports = 2"))
    );
    assert!(diffs.iter().any(|diff| diff.contains("--- data_sources/atlas/d/c/schema.json")));

    let drafts = format!("{app}/drafts");
    let draft = admin.expect(201, "POST", &drafts, json!({})).await;
    let exists = admin.ask("POST", &drafts, json!({})).await;
    assert_eq!(exists.error(), (409, "DraftAlreadyExists".to_owned()));
    let import = format!("{app}/import?strategy=replace-by-name");
    admin.expect(204, "POST", &import, import_document()).await;

    // Drafted, seen by who drafts, not served.
    let served = |name: &str| {
        let app = admin.world.gateway.apps().find("plant").unwrap();
        app.config.function(name).is_some()
    };
    assert!(served("f") && !served("g"));
    assert_eq!(admin.get(&format!("{app}/functions")).await[0]["name"], "g");
    let draft = draft["_id"].as_str().unwrap().to_owned();
    let shown = admin.get(&format!("{drafts}/{draft}/diff")).await;
    assert_eq!(shown["diffs"].as_array().unwrap().len(), diffs.len());

    let path = format!("{drafts}/{draft}/deployment");
    let deployment = admin.expect(201, "POST", &path, json!({ "name": "two" })).await;
    let path = format!("{app}/deployments/{}", deployment["_id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await["status"], "successful");
    assert!(!served("f") && served("g"));
    assert_eq!(admin.get(&drafts).await, json!([]));
    let files = pulled(&admin, &app).await;
    assert!(files.get("hosting/files/a.bin").is_some() && files.get("NOTES").is_some());
    assert!(files.get("data_sources/atlas/d/c/schema.json").is_none());

    // The first deployment was that of the directory.
    let all = admin.get(&format!("{app}/deployments")).await;
    assert_eq!((&all[0]["name"], &all[1]["origin"]), (&json!("two"), &json!("directory")));
    let first = format!("{app}/deployments/{}/redeploy", all[1]["_id"].as_str().unwrap());
    admin.expect(204, "POST", &first, json!({})).await;
    assert_eq!(pulled(&admin, &app).await, exported());
    assert_eq!(admin.get(&format!("{app}/deployments")).await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_draft_that_is_discarded_leaves_nothing() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let draft = admin.expect(201, "POST", &format!("{app}/drafts"), json!({})).await;
    let value = json!({ "name": "limit", "value": 7 });
    admin.expect(201, "POST", &format!("{app}/values"), value).await;
    assert_ne!(pulled(&admin, &app).await, exported());
    let path = format!("{app}/drafts/{}", draft["_id"].as_str().unwrap());
    admin.expect(204, "DELETE", &path, Value::Null).await;
    assert_eq!(pulled(&admin, &app).await, exported());
    assert_eq!(admin.ask("DELETE", &path, Value::Null).await.error().1, "DraftNotFound");
}

#[tokio::test]
async fn a_zip_replaces_the_app_byte_for_byte() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let mut files = exported();
    files.insert("functions/f.js", "exports = 3;\r\n").unwrap();
    assert!(files.remove("NOTES"));
    let zip = archive::pack(&files).unwrap();
    let push = admin.send_zip("PATCH", &format!("{app}/push"), zip).await;
    assert_eq!(push.status.as_u16(), 204);
    assert_eq!(pulled(&admin, &app).await, files);
}

#[tokio::test]
async fn an_app_that_is_wrong_is_refused_whole() {
    let admin = Admin::with_app(exported()).await;
    let app = admin.app().await;
    let push = format!("{app}/push");
    let mut wrong = exported();
    wrong.insert("auth/providers.json", r#"{"anon-user":{"type":7}}"#).unwrap();
    let refused = admin.send_zip("PATCH", &push, archive::pack(&wrong).unwrap()).await;
    assert_eq!(refused.error().0, 400);
    assert!(super::text(&refused).contains("auth/providers.json: `anon-user.type`"));

    let mut secret = exported();
    let value = r#"{"name":"k","from_secret":true,"value":"noSuchSecret"}"#;
    secret.insert("values/k.json", value).unwrap();
    let zip = archive::pack(&secret).unwrap();
    let refused = admin.send_zip("PATCH", &push, zip.clone()).await;
    assert!(super::text(&refused).contains("noSuchSecret"));
    let body = json!({ "name": "noSuchSecret", "value": "x" });
    admin.expect(201, "POST", &format!("{app}/secrets"), body).await;
    assert_eq!(admin.send_zip("PATCH", &push, zip).await.status.as_u16(), 204);

    for (what, body) in [("no zip", b"PK".to_vec()), ("nothing", Vec::new())] {
        assert_eq!(admin.send_zip("PATCH", &push, body).await.error().0, 400, "{what}");
    }
    for document in [json!([]), json!({ "functions": [{}] }), json!({ "schemas": {} })] {
        assert_eq!(admin.ask("PATCH", &push, document).await.error().0, 400);
    }
    let evil = json!({ "values": [{ "name": "../../x" }] });
    assert_eq!(admin.ask("PATCH", &push, evil).await.error().0, 400);
}
