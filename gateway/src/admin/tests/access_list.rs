//! The access list of an app.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{ACCOUNT, Admin, BASE};
use crate::{
    routes::{Peer, tests::accounts::files},
    testing::{Answer, World, request},
};

const LOGIN: &str = "/api/client/v2.0/app/plant/auth/providers/anon-user/login";
const AUTH: &str = "/api/client/v2.0/auth";

async fn from(
    admin: &Admin,
    address: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Value,
) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut request = request(method, path, token, body);
    request.extensions_mut().insert(Peer((address.parse::<IpAddr>().unwrap(), 9).into()));
    admin.world.send(request).await
}

#[tokio::test]
async fn only_addresses_of_the_list_reach_an_app_once_there_is_one() {
    let admin = Admin::with_app(files(&json!({ "autoConfirm": true }), &[])).await;
    let app = admin.app().await;
    let list = format!("{app}/security/access_list");
    assert_eq!(admin.get(&list).await["allowed_ips"], json!([]));
    let user = from(&admin, "192.0.2.1", "POST", LOGIN, None, json!({})).await.json();
    let (access, refresh) = (user["access_token"].as_str(), user["refresh_token"].as_str());

    let body = json!({ "address": "10.0.0.0/8", "comment": "factory" });
    let entry = admin.expect(201, "POST", &list, body.clone()).await;
    assert_eq!((&entry["address"], &entry["comment"]), (&json!("10.0.0.0/8"), &json!("factory")));
    let refused = admin.ask("POST", &list, body).await;
    assert_eq!(refused.error(), (409, "AllowedIPAlreadyExists".to_owned()));

    let denied = (403, "IPNotAllowed".to_owned());
    let keys = format!("{AUTH}/api_keys");
    for (method, path, token) in [
        ("POST", LOGIN.to_owned(), None),
        ("GET", "/api/client/v2.0/app/plant/location".to_owned(), None),
        ("POST", "/api/client/v2.0/app/plant/functions/call".to_owned(), access),
        ("POST", "/api/client/v2.0/app/plant/ingest".to_owned(), access),
        ("GET", "/api/client/v2.0/app/plant/realm-sync".to_owned(), access),
        ("POST", "/app/plant/endpoint/data/v1/action/find".to_owned(), access),
        ("GET", format!("{AUTH}/profile"), access),
        ("POST", format!("{AUTH}/session"), refresh),
        ("GET", keys.clone(), refresh),
    ] {
        let answer = from(&admin, "192.0.2.1", method, &path, token, Value::Null).await;
        assert_eq!(answer.error(), denied, "{method} {path}");
        let answer = from(&admin, "10.1.2.3", method, &path, token, Value::Null).await;
        assert_ne!(answer.status.as_u16(), 403, "{method} {path}");
        // Of whom nothing is known, nothing good is assumed.
        let answer = admin.world.send(request(method, &path, token, "")).await;
        assert_eq!(answer.error(), denied, "{method} {path}");
    }

    let path = format!("{list}/{}", entry["_id"].as_str().unwrap());
    let changed = admin.expect(200, "PATCH", &path, json!({ "address": "192.0.2.1" })).await;
    assert_eq!(
        (&changed["address"], &changed["comment"]),
        (&json!("192.0.2.1"), &json!("factory"))
    );
    let answer = from(&admin, "192.0.2.1", "POST", LOGIN, None, json!({})).await;
    assert_eq!(answer.status.as_u16(), 200);
    let body = json!({ "use_current": true });
    let create = format!("{BASE}{list}");
    let current = from(&admin, "::ffff:10.9.8.7", "POST", &create, Some(&admin.token), body).await;
    assert_eq!(current.json()["address"], "10.9.8.7");
    assert_eq!(current.json()["includes_current"], true);

    // Nobody can write for himself where he comes from.
    let mut request = request("POST", LOGIN, None, "{}");
    request.extensions_mut().insert(Peer(([198, 51, 100, 1], 9).into()));
    request.headers_mut().insert("x-forwarded-for", "10.1.2.3".parse().unwrap());
    assert_eq!(admin.world.send(request).await.error(), denied);

    for wrong in ["example.com", "10.0.0.0/64"] {
        let refused = admin.ask("POST", &list, json!({ "address": wrong })).await;
        assert_eq!(refused.error(), (400, "InvalidParameter".to_owned()), "{wrong}");
    }
    let lacks = admin.ask("POST", &list, json!({})).await;
    assert_eq!(lacks.error(), (400, "MissingParameter".to_owned()));
    // An empty list lets everybody in.
    let all = admin.get(&list).await;
    for entry in all["allowed_ips"].as_array().unwrap() {
        let path = format!("{list}/{}", entry["_id"].as_str().unwrap());
        admin.expect(204, "DELETE", &path, Value::Null).await;
        let gone = admin.ask("DELETE", &path, Value::Null).await;
        assert_eq!(gone.error(), (404, "AllowedIPNotFound".to_owned()));
    }
    let answer = from(&admin, "198.51.100.1", "POST", LOGIN, None, json!({})).await;
    assert_eq!(answer.status.as_u16(), 200);
}

#[tokio::test]
async fn a_trusted_proxy_says_whom_it_speaks_for() {
    let files = files(&json!({ "autoConfirm": true }), &[]);
    let world = World::with(|builder| {
        let builder = builder.dev(false).admin(ACCOUNT.parse().unwrap()).app(files);
        builder.trusted_proxy("127.0.0.0/8".parse().unwrap())
    });
    let admin = Admin::of(world.await).await;
    let list = format!("{}/security/access_list", admin.app().await);
    admin.expect(201, "POST", &list, json!({ "address": "192.0.2.1" })).await;
    let log_in = |forwarded: &str| {
        let mut request = request("POST", LOGIN, None, "{}");
        request.extensions_mut().insert(Peer(([127, 0, 0, 1], 9).into()));
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        admin.world.send(request)
    };
    assert_eq!(log_in("192.0.2.1").await.status.as_u16(), 200);
    assert_eq!(log_in("192.0.2.1, 198.51.100.1").await.status.as_u16(), 403);
    let app = list.trim_end_matches("/security/access_list");
    let logs = admin.get(&format!("{app}/logs?type=AUTH")).await;
    assert_eq!(logs["logs"][0]["remote_ip_address"], "192.0.2.1");
}
