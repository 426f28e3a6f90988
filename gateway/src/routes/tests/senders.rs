//! What rules may ask about who uploads: the same as about who asks for documents.

use axum::{body::Body, http::header};
use bson::rawdoc;
use serde_json::{Value, json};

use asymmetric_protocol::batch::CONTENT_TYPE;

use super::{
    accounts::post,
    documents::{APP, Client, app, text},
};
use crate::{
    apps::AppFiles,
    testing::{batch, class, request},
};

/// The app with this condition for the role that may write readings.
fn with(apply_when: &Value) -> AppFiles {
    let mut files = app();
    let rules = json!({ "database": "plant", "collection": "readings", "roles": [
        { "name": "device", "apply_when": apply_when, "write": true },
    ] });
    let path = "data_sources/mongodb-atlas/plant/readings/rules.json";
    files.insert(path, rules.to_string()).unwrap();
    let users = json!({
        "enabled": true, "mongo_service_name": "mongodb-atlas", "database_name": "plant",
        "collection_name": "users", "user_id_field": "owner",
    });
    files.insert("auth/custom_user_data.json", users.to_string()).unwrap();
    files
}

/// Uploads a reading; answers how many were acknowledged and rejected.
async fn upload(client: &Client, token: &str) -> (usize, usize) {
    let reading = rawdoc! { "_id": bson::oid::ObjectId::new(), "celsius": 1.5 };
    let body = batch(&[class(1, "plant", "readings")], 1, &[(1, reading)]);
    let mut request = request("POST", &format!("{APP}/ingest"), Some(token), Body::from(body));
    request.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE.parse().unwrap());
    let answer = client.world.send(request).await.acknowledgement();
    (answer.acknowledged.len(), answer.rejected.len())
}

#[tokio::test]
async fn everything_about_the_user_can_be_asked() {
    for (apply_when, ann, anonymous) in [
        (json!({}), true, true),
        (json!({ "%%user.id": { "$exists": true } }), true, true),
        (json!({ "%%user.data.email": "ann@example.com" }), true, false),
        (json!({ "%%user.type": "normal" }), true, true),
        (json!({ "%%user.type": "server" }), false, false),
        (json!({ "%%user.identities.providerType": "local-userpass" }), true, false),
        (json!({ "%%user.identities.provider_type": "anon-user" }), false, true),
        (json!({ "%%user.custom_data.kind": "device" }), true, false),
        (json!({ "%%values.max": 100 }), true, true),
        (json!({ "%function": { "name": "isOwner", "arguments": ["%%user.id"] } }), true, true),
        (
            json!({ "%function": { "name": "byMail", "arguments": ["ann@example.com"] } }),
            true,
            false,
        ),
    ] {
        let mut files = with(&apply_when);
        let functions = json!([{ "name": "isOwner" }, { "name": "byMail", "private": true }]);
        files.insert("functions/config.json", functions.to_string()).unwrap();
        let by_mail = "exports = (mail) => context.user.data.email === mail;";
        files.insert("functions/byMail.js", by_mail.to_owned()).unwrap();
        let client = Client::of(files).await;
        let users = crate::Namespace::new("plant", "users").unwrap();
        let data = rawdoc! { "_id": 1, "owner": client.user_id.as_str(), "kind": "device" };
        let documents = vec![data.try_into().unwrap()];
        let insert = crate::store::Insert { namespace: users, documents };
        client.world.gateway.store().insert(vec![insert]).await;
        // Custom data go into the token when it is made.
        let login = format!("{APP}/auth/providers/local-userpass/login");
        let account = json!({ "username": "ann@example.com", "password": "correct horse" });
        let token = post(&client.world, &login, None, account).await.json();
        let login = format!("{APP}/auth/providers/anon-user/login");
        let other = post(&client.world, &login, None, json!({})).await.json();
        for (login, may) in [(token, ann), (other, anonymous)] {
            let uploaded = upload(&client, &text(&login["access_token"])).await;
            assert_eq!(uploaded, if may { (1, 0) } else { (0, 1) }, "{apply_when}");
        }
    }
}
