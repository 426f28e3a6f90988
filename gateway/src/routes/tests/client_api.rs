use std::sync::Arc;

use axum::{body::Body, http::header};
use bson::oid::ObjectId;
use serde_json::{Value, json};

use crate::{
    Gateway,
    testing::{APP, World, batch, class, request, upload},
};

const SESSION: &str = "/api/client/v2.0/auth/session";
const PROFILE: &str = "/api/client/v2.0/auth/profile";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn location_is_the_host_that_was_asked() {
    let world = World::new().await;
    let location = world.get(&format!("{APP}/location"), None).await.json();
    assert_eq!(location["hostname"], "http://gw:9090");
    assert_eq!(location["ws_hostname"], "ws://gw:9090");
    assert_eq!(location["deployment_model"], "LOCAL");
}

#[tokio::test]
async fn location_is_the_public_url_where_there_is_one() {
    let world = World::with(|builder| builder.public_url("https://gw.example.com/edge/")).await;
    let location = world.get(&format!("{APP}/location"), None).await.json();
    assert_eq!(location["hostname"], "https://gw.example.com/edge");
    assert_eq!(location["ws_hostname"], "wss://gw.example.com/edge");
}

#[tokio::test]
async fn location_leaves_the_url_alone_where_no_host_is_known() {
    let world = World::new().await;
    for host in [None, Some("user@elsewhere"), Some("a b")] {
        let mut request = request("GET", &format!("{APP}/location"), None, Body::empty());
        request.headers_mut().remove(header::HOST);
        if let Some(host) = host {
            request.headers_mut().insert(header::HOST, host.parse().unwrap());
        }
        assert_eq!(world.send(request).await.json()["hostname"], "", "{host:?}");
    }
}

#[tokio::test]
async fn every_known_form_of_an_anonymous_login_is_accepted() {
    let world = World::new().await;
    let path = format!("{APP}/auth/providers/anon-user/login");
    let realm_web = r#"{"options":{"device":{"sdkVersion":"2.0.1","platform":"node",
        "platformVersion":"20.20.2","appId":"gw-test","appVersion":"1.0.0"}}}"#;
    let core = r#"{"provider":"anon-user","options":{"device":{"appId":"a","platform":"Linux",
        "deviceName":"","bundleId":"b"}}}"#;
    for body in ["", "{}", realm_web, core, r#"{"options":null}"#] {
        let answer = world.send(request("POST", &path, None, body)).await;
        assert_eq!(answer.status.as_u16(), 200, "{body}");
        let login = answer.json();
        for id in ["user_id", "device_id"] {
            assert!(ObjectId::parse_str(text(&login[id])).is_ok(), "{body}");
        }
        for token in ["access_token", "refresh_token"] {
            assert_eq!(text(&login[token]).split('.').count(), 3, "{body}");
        }
    }
}

#[tokio::test]
async fn a_device_keeps_the_id_it_sends() {
    let world = World::new().await;
    let path = format!("{APP}/auth/providers/anon-user/login");
    let id = "6b00000000000000000000dd";
    let body = json!({ "options": { "device": { "deviceId": { "$oid": id } } } });
    let login = world.send(request("POST", &path, None, body.to_string())).await.json();
    assert_eq!(login["device_id"], id);
}

#[tokio::test]
async fn bad_login_bodies_are_refused() {
    let world = World::new().await;
    let path = format!("{APP}/auth/providers/anon-user/login");
    let not_json = world.send(request("POST", &path, None, "{")).await;
    assert_eq!(not_json.error(), (400, "BadRequest".to_owned()));
    let large = world.send(request("POST", &path, None, vec![b' '; 100_000])).await;
    assert_eq!(large.error(), (413, "ReadSizeLimitExceeded".to_owned()));
}

#[tokio::test]
async fn a_profile_has_what_clients_insist_on() {
    let world = World::new().await;
    let login = world.log_in().await;
    let profile = world.get(PROFILE, Some(text(&login["access_token"]))).await.json();
    assert_eq!(profile["user_id"], login["user_id"]);
    assert_eq!(profile["type"], "normal");
    assert_eq!(profile["data"], json!({}));
    assert_eq!(profile["identities"][0]["provider_type"], "anon-user");
    assert!(ObjectId::parse_str(text(&profile["identities"][0]["id"])).is_ok());
}

#[tokio::test]
async fn a_session_is_refreshed_until_it_is_ended() {
    let world = World::new().await;
    let login = world.log_in().await;
    let refresh_token = Some(text(&login["refresh_token"]));

    let refreshed = world.send(request("POST", SESSION, refresh_token, Body::empty())).await;
    assert_eq!(refreshed.status.as_u16(), 201);
    let refreshed = refreshed.json();
    assert_eq!(world.get(PROFILE, Some(text(&refreshed["access_token"]))).await.status, 200);

    let ended = world.send(request("DELETE", SESSION, refresh_token, Body::empty())).await;
    assert_eq!(ended.status.as_u16(), 204);
    // Clients try to parse whatever has a content type.
    assert!(!ended.headers.contains_key(header::CONTENT_TYPE));
    assert!(ended.body.is_empty());

    for method in ["POST", "DELETE"] {
        let answer = world.send(request(method, SESSION, refresh_token, Body::empty())).await;
        assert_eq!(answer.error(), (401, "InvalidSession".to_owned()));
        // Clients look for these words to know that a logout is done.
        assert!(text(&answer.json()["error"]).contains("failed to find refresh token"));
    }
}

#[tokio::test]
async fn the_wrong_token_is_refused_without_asking_for_a_refresh() {
    let world = World::new().await;
    let login = world.log_in().await;
    let (access, refresh) = (text(&login["access_token"]), text(&login["refresh_token"]));
    for (method, path, right) in [("GET", PROFILE, access), ("POST", SESSION, refresh)] {
        let wrong = if right == access { refresh } else { access };
        for (token, code) in [
            (None, "MissingAuthReq"),
            (Some("abc"), "AuthError"),
            (Some(wrong), "AuthError"),
            (Some(&right[..right.len() - 2]), "AuthError"),
        ] {
            let answer = world.send(request(method, path, token, Body::empty())).await;
            // `InvalidSession` and `unauthorized` would make clients refresh without end.
            assert_eq!(answer.error(), (401, code.to_owned()), "{method} {path} {token:?}");
            assert_ne!(answer.json()["error"], "unauthorized");
        }
    }
}

#[tokio::test]
async fn other_schemes_than_bearer_are_no_token() {
    let world = World::new().await;
    for value in ["Basic abc", "Bearer", "abc"] {
        let mut request = request("GET", PROFILE, None, Body::empty());
        request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        assert_eq!(world.send(request).await.error().1, "MissingAuthReq", "{value}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_not_found() {
    let world = World::new().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/client/v2.0/app/weather-abcde"),
        ("GET", "/api/client/v2.0/app/weather-abcde/ingest"),
        ("POST", "/api/client/v2.0/app/weather-abcde/location"),
        ("GET", "/api/client/v2.0/app/weather-abcde/../../auth/profile"),
        ("PUT", SESSION),
    ] {
        let answer = world.send(request(method, path, None, Body::empty())).await;
        assert_eq!(answer.error(), (404, "NotFound".to_owned()), "{method} {path}");
    }
    for path in ["/api/client/v2.0/app/a%20b/location", "/api/client/v2.0/app/%ff/location"] {
        assert_eq!(world.get(path, None).await.error(), (404, "AppNotFound".to_owned()));
    }
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let world = World::new().await;
    let mut ids = std::collections::HashSet::new();
    for path in ["/healthz", "/readyz", "/nowhere", PROFILE] {
        let answer = world.get(path, None).await;
        ids.insert(answer.headers["x-appservices-request-id"].clone());
    }
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn readiness_follows_the_store_and_life_does_not() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz", None).await.status, 200);
    world.store.fail(Some("anything"));
    let answer = world.get("/readyz", None).await;
    assert_eq!(answer.error(), (503, "StoreUnavailable".to_owned()));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(world.get("/healthz", None).await.status, 200);
}

#[tokio::test]
async fn two_gateways_on_one_store_serve_the_same_users() {
    let mut world = World::new().await;
    let login = world.log_in().await;
    let other = Gateway::builder(Arc::new(world.store.clone())).dev(true);
    world.gateway = other.build().await.unwrap();

    let token = text(&login["access_token"]);
    assert_eq!(world.get(PROFILE, Some(token)).await.json()["user_id"], login["user_id"]);
    let refresh = Some(text(&login["refresh_token"]));
    assert_eq!(world.send(request("POST", SESSION, refresh, Body::empty())).await.status, 201);
    world.upload(token, batch(&[], 1, &[])).await.acknowledgement();
}

#[tokio::test]
async fn a_user_of_one_app_is_nobody_in_another() {
    let world = World::new().await;
    let token = world.access_token().await;
    let mut request = upload(&token, batch(&[], 1, &[]));
    *request.uri_mut() = "/api/client/v2.0/app/other/ingest".parse().unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.error(), (401, "UserAppDomainMismatch".to_owned()));
}

#[tokio::test]
async fn without_apps_the_builder_says_what_to_do() {
    let world = World::new().await;
    let error = Gateway::builder(Arc::new(world.store)).build().await.unwrap_err();
    assert!(error.to_string().contains("--dev"));
}

#[tokio::test]
async fn public_urls_that_clients_could_not_use_are_refused() {
    let world = World::new().await;
    for url in ["", "gw.example.com", "ftp://gw", "https://", "https://gw/?a=b"] {
        let builder = Gateway::builder(Arc::new(world.store.clone())).dev(true).public_url(url);
        assert!(builder.build().await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn documents_of_a_development_app_can_be_counted_but_not_read() {
    let world = World::new().await;
    let token = world.access_token().await;
    let classes = [class(1, "weather", "observations")];
    let documents: Vec<_> = ["EWR", "JFK", "EWR"]
        .into_iter()
        .zip(1..)
        .map(|(station, id)| (1, bson::rawdoc! { "_id": id, "station": station }))
        .collect();
    world.upload(&token, batch(&classes, 1, &documents)).await.acknowledgement();

    let path = format!("{APP}/functions/call");
    let call = async |name: &str, query: Value| {
        let arguments =
            json!([{ "database": "weather", "collection": "observations", "query": query }]);
        let body = json!({ "name": name, "service": "mongodb-atlas", "arguments": arguments });
        world.send(request("POST", &path, Some(&token), body.to_string())).await
    };
    assert_eq!(call("count", json!({})).await.json(), json!({ "$numberLong": "3" }));
    let station = json!({ "station": "EWR" });
    assert_eq!(call("count", station).await.json(), json!({ "$numberLong": "2" }));

    let later = json!({ "station": { "$gt": "F" } });
    assert_eq!(call("count", later).await.json(), json!({ "$numberLong": "1" }));

    for name in ["find", "findOne", "updateMany", "deleteOne", "findOneAndDelete"] {
        let refused = call(name, json!({})).await;
        assert_eq!(refused.error(), (403, "NoMatchingRuleFound".to_owned()), "{name}");
        assert!(text(&refused.json()["error"]).contains("asymmetric"));
    }
    let operator = json!({ "station": { "$where": "1" } });
    assert_eq!(call("count", operator).await.error(), (400, "BadRequest".to_owned()));
    let anonymous = world.send(request("POST", &path, None, "{}")).await;
    assert_eq!(anonymous.error(), (401, "MissingAuthReq".to_owned()));
}
