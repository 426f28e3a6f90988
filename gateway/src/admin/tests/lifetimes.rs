//! How long the tokens of users are good for.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ACCOUNT, Admin};
use crate::{
    apps::AppFiles,
    testing::{World, request},
};

const CLIENT: &str = "/api/client/v2.0";

fn files() -> AppFiles {
    let providers = json!({
        "anon-user": { "name": "anon-user", "type": "anon-user" },
        "local-userpass": {
            "name": "local-userpass", "type": "local-userpass", "config": { "autoConfirm": true },
        },
    });
    let mut files = AppFiles::default();
    files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
    files.insert("auth/providers.json", providers.to_string()).unwrap();
    files
}

/// Seconds from the issue of a token to its end.
fn lifetime(token: &Value) -> u64 {
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token.as_str().unwrap());
    let claims = claims.unwrap().claims;
    claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap()
}

async fn post(world: &World, path: &str, body: Value) -> Value {
    let path = format!("{CLIENT}/app/plant/auth/providers/{path}");
    let answer = world.send(request("POST", &path, None, body.to_string())).await;
    assert!(answer.status.is_success());
    if answer.body.is_empty() { Value::Null } else { answer.json() }
}

/// Lifetimes of the access and the refresh token of a new login.
async fn lifetimes(world: &World, provider: &str, body: Value) -> [u64; 2] {
    let login = post(world, &format!("{provider}/login"), body).await;
    ["access_token", "refresh_token"].map(|name| lifetime(&login[name]))
}

#[tokio::test]
async fn tokens_last_as_long_as_the_gateway_and_the_app_say() {
    let world = World::with(|builder| {
        builder
            .dev(false)
            .admin(ACCOUNT.parse().unwrap())
            .app(files())
            .access_token_lifetime(Duration::from_secs(60))
            .refresh_token_lifetime(Duration::from_secs(7200))
    });
    let admin = Admin::of(world.await).await;
    let ada = json!({ "email": "ada@example.com", "password": "correct horse" });
    post(&admin.world, "local-userpass/register", ada).await;
    let ada = json!({ "username": "ada@example.com", "password": "correct horse" });
    let of_ada = || lifetimes(&admin.world, "local-userpass", ada.clone());
    assert_eq!(of_ada().await, [60, 7200]);

    let path = format!("{}/security/refresh_token_expiration", admin.app().await);
    assert_eq!(admin.get(&path).await, json!({ "expiration_time_seconds": 7200 }));
    admin.expect(204, "PUT", &path, json!({ "expiration_time_seconds": 1800 })).await;
    assert_eq!(of_ada().await, [60, 1800]);
    // An anonymous user could never log in again.
    let [access, refresh] = lifetimes(&admin.world, "anon-user", json!({})).await;
    assert_eq!(access, 60);
    assert!(refresh > 40 * 365 * 24 * 60 * 60);
}
