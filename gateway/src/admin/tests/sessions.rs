use std::sync::Arc;

use axum::http::header;
use serde_json::{Value, json};

use super::{Admin, BASE, log_in};
use crate::{AdminKeyError, AdminKeys, Gateway, routes::Peer, testing::request};

#[tokio::test]
async fn keys_and_passwords_log_in_and_tokens_are_refreshed_until_logout() {
    let admin = Admin::new().await;
    let path = format!("{BASE}/auth/providers/local-userpass/login");
    // The way clients of private servers do it.
    let body = json!({ "username": "publickey", "password": "private-0f9e8d7c",
                       "provider": "userpass" });
    let login = admin.world.send(request("POST", &path, None, body.to_string())).await.json();
    assert!(login["user_id"].is_string() && login["device_id"].is_string());

    let session = format!("{BASE}/auth/session");
    let refresh = |method| request(method, &session, Some(&admin.refresh_token), "");
    let refreshed = admin.world.send(refresh("POST")).await;
    assert_eq!(refreshed.status.as_u16(), 201);
    let token = refreshed.json()["access_token"].as_str().unwrap().to_owned();
    let profile = format!("{BASE}/auth/profile");
    assert_eq!(admin.world.get(&profile, Some(&token)).await.status.as_u16(), 200);

    assert_eq!(admin.world.send(refresh("DELETE")).await.status.as_u16(), 204);
    for answer in [
        admin.world.send(refresh("POST")).await,
        admin.world.send(refresh("DELETE")).await,
        admin.world.get(&profile, Some(&token)).await,
        admin.world.get(&profile, Some(&admin.token)).await,
    ] {
        assert_eq!(answer.error(), (401, "InvalidSession".to_owned()));
        let message = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(message.contains("failed to find refresh token"), "{message}");
    }
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token() {
    let admin = Admin::new().await;
    let session = format!("{BASE}/auth/session");
    let answer = admin.world.send(request("POST", &session, Some(&admin.token), "")).await;
    assert_eq!(answer.error(), (401, "InvalidSession".to_owned()));
    assert_eq!(answer.json()["error"], "invalid refresh token: incorrect token type");
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_in_the_end_have_to_wait() {
    let admin = Admin::new().await;
    let wrong = json!({ "username": "publickey", "apiKey": "private-0f9e8d7d" });
    for body in [
        json!({ "username": "publickey" }),
        json!({ "username": "", "apiKey": "" }),
        json!({ "username": "other", "apiKey": "private-0f9e8d7c" }),
        json!({}),
    ] {
        assert_eq!(log_in(&admin.world, body).await.error().1, "InvalidPassword");
    }
    for _ in 0..9 {
        let refused = log_in(&admin.world, wrong.clone()).await;
        assert_eq!(refused.error(), (401, "InvalidPassword".to_owned()));
    }
    // Also with the right secret: nobody can guess on.
    let right = json!({ "username": "publickey", "apiKey": "private-0f9e8d7c" });
    let throttled = log_in(&admin.world, right).await;
    assert_eq!(throttled.error(), (429, "TooManyRequests".to_owned()));
    assert!(throttled.headers.contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn an_address_that_guesses_has_to_wait_whatever_the_names_it_tries() {
    let admin = Admin::new().await;
    let path = format!("{BASE}/auth/providers/mongodb-cloud/login");
    let guess = |name: &str, secret: &str, address: [u8; 4]| {
        let body = json!({ "username": name, "apiKey": secret }).to_string();
        let mut request = request("POST", &path, None, body);
        request.extensions_mut().insert(Peer((address, 9).into()));
        admin.world.send(request)
    };
    // The bucket fills up again while the test runs, however slowly that is.
    let mut refused = 0;
    let throttled = loop {
        let answer = guess(&format!("name{refused}"), "wrong", [10, 0, 0, 1]).await;
        if answer.status.as_u16() == 429 {
            break answer;
        }
        assert_eq!(answer.error(), (401, "InvalidPassword".to_owned()));
        refused += 1;
        assert!(refused < 10_000, "never throttled");
    };
    assert!(refused >= 100);
    assert!(throttled.headers.contains_key(header::RETRY_AFTER));
    let elsewhere = guess("publickey", "private-0f9e8d7c", [10, 0, 0, 2]).await;
    assert_eq!(elsewhere.status.as_u16(), 200);
}

#[tokio::test]
async fn a_key_in_the_store_logs_in_on_every_gateway_until_it_is_revoked() {
    let admin = Admin::new().await;
    let keys = AdminKeys::new(Arc::new(admin.world.store.clone()));
    let secret = keys.create("ci").await.unwrap();
    assert!(matches!(keys.create("ci").await, Err(AdminKeyError::Exists(name)) if name == "ci"));
    for name in ["", "a b", "a:b", &*"x".repeat(101)] {
        assert!(matches!(keys.create(name).await, Err(AdminKeyError::Name(_))), "{name}");
    }
    let names = keys.list().await.unwrap().into_iter().map(|key| key.name);
    assert_eq!(names.collect::<Vec<_>>(), ["ci"]);

    let right = json!({ "username": "ci", "apiKey": secret });
    let wrong = json!({ "username": "ci", "apiKey": secret[1..] });
    assert_eq!(log_in(&admin.world, wrong).await.error().1, "InvalidPassword");
    let login = log_in(&admin.world, right.clone()).await.json();
    // A gateway that no account is configured for, and no app: the key is enough.
    let builder = Gateway::builder(Arc::new(admin.world.store.clone()));
    let other = builder.build().await.unwrap();
    let profile = || {
        let token = login["access_token"].as_str();
        super::ask(&other, request("GET", &format!("{BASE}/auth/profile"), token, ""))
    };
    assert_eq!(profile().await.json()["data"]["name"], "ci");

    assert!(keys.revoke("ci").await.unwrap());
    assert!(!keys.revoke("ci").await.unwrap());
    assert_eq!(profile().await.error(), (401, "InvalidSession".to_owned()));
    assert_eq!(log_in(&admin.world, right).await.error().1, "InvalidPassword");
    // Another key of the name does not bring sessions back.
    keys.create("ci").await.unwrap();
    assert_eq!(profile().await.error(), (401, "InvalidSession".to_owned()));
}

#[tokio::test]
async fn an_account_that_is_not_configured_any_more_is_out() {
    let admin = Admin::new().await;
    let builder = Gateway::builder(Arc::new(admin.world.store.clone()));
    let other = builder.admin("other:another-secret".parse().unwrap()).build().await.unwrap();
    let profile = request("GET", &format!("{BASE}/auth/profile"), Some(&admin.token), "");
    let answer = super::ask(&other, profile).await;
    assert_eq!(answer.error(), (401, "InvalidSession".to_owned()));
}

#[tokio::test]
async fn providers_are_listed_and_others_unknown() {
    let admin = Admin::new().await;
    let providers = admin.get("/auth/providers").await;
    assert_eq!(providers[0]["type"], "mongodb-cloud");
    let path = format!("{BASE}/auth/providers/oauth2-google/login");
    let answer = admin.world.send(request("POST", &path, None, "{}")).await;
    assert_eq!(answer.error(), (404, "AuthProviderNotFound".to_owned()));
    assert_eq!(admin.world.get("/api/private/v1.0/version", None).await.status.as_u16(), 200);
    assert!(
        admin.get("/provider_regions").await.as_array().is_some_and(|r: &Vec<Value>| !r.is_empty())
    );
}
