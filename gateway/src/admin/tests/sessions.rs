use serde_json::{Value, json};

use super::{Admin, BASE, log_in};
use crate::testing::request;

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
    assert_eq!(throttled.error(), (429, "RateLimitExceeded".to_owned()));
}

#[tokio::test]
async fn an_account_that_is_not_configured_any_more_is_out() {
    let admin = Admin::new().await;
    let builder = crate::Gateway::builder(std::sync::Arc::new(admin.world.store.clone()));
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
