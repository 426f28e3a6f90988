//! Accounts with a password, sessions, keys, functions: what clients do about users.

use std::sync::Arc;

use axum::{body::Body, http::header};
use serde_json::{Value, json};

use crate::{
    Gateway,
    apps::AppFiles,
    routes::Peer,
    testing::{Answer, World, request},
};

const APP: &str = "/api/client/v2.0/app/plant";
const AUTH: &str = "/api/client/v2.0/auth";
const PASSWORD: &str = "correct horse";

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The files of an app with these providers and functions.
pub(crate) fn files(userpass: &Value, functions: &[(&str, &str)]) -> AppFiles {
    let plain = |kind: &str| json!({ "name": kind, "type": kind });
    let mut providers = json!({
        "anon-user": plain("anon-user"),
        "api-key": plain("api-key"),
        "local-userpass": plain("local-userpass"),
    });
    providers["local-userpass"]["config"] = userpass.clone();
    if functions.iter().any(|(name, _)| *name == "login") {
        providers["custom-function"] = plain("custom-function");
        providers["custom-function"]["config"] = json!({ "authFunctionName": "login" });
    }
    let mut files = AppFiles::default();
    files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
    files.insert("auth/providers.json", providers.to_string()).unwrap();
    let config: Vec<_> = functions.iter().map(|(name, _)| json!({ "name": name })).collect();
    files.insert("functions/config.json", json!(config).to_string()).unwrap();
    for (name, source) in functions {
        files.insert(&format!("functions/{name}.js"), (*source).to_owned()).unwrap();
    }
    files
}

pub(super) async fn world(userpass: &Value, functions: &[(&str, &str)]) -> World {
    let files = files(userpass, functions);
    World::with(|builder| builder.dev(false).app(files)).await
}

async fn automatic() -> World {
    world(&json!({ "autoConfirm": true }), &[]).await
}

pub(super) async fn post(world: &World, path: &str, token: Option<&str>, body: Value) -> Answer {
    world.send(request("POST", path, token, body.to_string())).await
}

async fn userpass(world: &World, path: &str, body: Value) -> Answer {
    post(world, &format!("{APP}/auth/providers/local-userpass/{path}"), None, body).await
}

async fn register(world: &World, email: &str) -> Answer {
    userpass(world, "register", json!({ "email": email, "password": PASSWORD })).await
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    userpass(world, "login", json!({ "username": email, "password": password })).await
}

async fn anonymous(world: &World) -> Value {
    let path = format!("{APP}/auth/providers/anon-user/login");
    post(world, &path, None, json!({})).await.json()
}

fn assert_empty(answer: &Answer, status: u16) {
    assert_eq!(answer.status.as_u16(), status, "{}", String::from_utf8_lossy(&answer.body));
    // Clients try to parse whatever has a content type.
    assert!(!answer.headers.contains_key(header::CONTENT_TYPE));
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn an_account_is_registered_once_and_logs_in_to_one_user() {
    let world = automatic().await;
    assert_empty(&register(&world, "ann@example.com").await, 201);
    let again = register(&world, "ann@example.com").await;
    assert_eq!(again.error(), (409, "AccountNameInUse".to_owned()));
    assert_eq!(again.json()["error"], "name already in use");
    // Addresses are told apart by case.
    assert_empty(&register(&world, "Ann@example.com").await, 201);

    let first = log_in(&world, "ann@example.com", PASSWORD).await.json();
    let second = log_in(&world, "ann@example.com", PASSWORD).await.json();
    assert_eq!(first["user_id"], second["user_id"]);
    let other = log_in(&world, "Ann@example.com", PASSWORD).await.json();
    assert_ne!(first["user_id"], other["user_id"]);

    let token = Some(text(&first["access_token"]));
    let profile = world.get(&format!("{AUTH}/profile"), token).await.json();
    assert_eq!(profile["data"], json!({ "email": "ann@example.com" }));
    assert_eq!(profile["identities"][0]["provider_type"], "local-userpass");
}

#[tokio::test]
async fn what_is_no_account_is_not_registered() {
    let world = automatic().await;
    for (email, password) in [
        ("", PASSWORD),
        ("a\nb", PASSWORD),
        (&*"x".repeat(321), PASSWORD),
        ("a@b.c", "12345"),
        ("a@b.c", &*"x".repeat(129)),
    ] {
        let answer = userpass(&world, "register", json!({ "email": email, "password": password }));
        assert_eq!(answer.await.error(), (400, "BadRequest".to_owned()), "{email}");
    }
    let missing = userpass(&world, "register", json!({ "email": "a@b.c" })).await;
    assert_eq!(missing.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_the_same() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    for (email, password) in [("ann@example.com", "wrong horse"), ("eve@example.com", PASSWORD)] {
        let answer = log_in(&world, email, password).await;
        assert_eq!(answer.error(), (401, "InvalidPassword".to_owned()));
        assert_eq!(answer.json()["error"], "invalid username/password");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    for _ in 0..10 {
        log_in(&world, "ann@example.com", "guess").await;
    }
    let answer = log_in(&world, "ann@example.com", PASSWORD).await;
    assert_eq!(answer.error(), (429, "TooManyRequests".to_owned()));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
}

const CONFIRM: &str = r#"
    exports = ({ username, token, tokenId }) => {
        if (username.startsWith("no")) return { status: "fail" };
        if (username.startsWith("boom")) throw new Error(`${token} ${tokenId}`);
        if (username.startsWith("later")) throw new Error("unreachable");
        return { status: username.startsWith("wait") ? "pending" : "success" };
    };"#;

fn by_function() -> Value {
    json!({ "runConfirmationFunction": true, "confirmationFunctionName": "confirm" })
}

#[tokio::test]
async fn a_function_confirms_keeps_waiting_or_refuses() {
    let world = world(&by_function(), &[("confirm", CONFIRM)]).await;
    assert_empty(&register(&world, "yes@example.com").await, 201);
    assert_eq!(log_in(&world, "yes@example.com", PASSWORD).await.status, 200);

    assert_empty(&register(&world, "wait@example.com").await, 201);
    let waiting = log_in(&world, "wait@example.com", PASSWORD).await;
    assert_eq!(waiting.error(), (401, "AuthError".to_owned()));
    assert_eq!(waiting.json()["error"], "confirmation required");
    assert_empty(
        &userpass(&world, "confirm/call", json!({ "email": "wait@example.com" })).await,
        200,
    );

    for _ in 0..2 {
        let refused = register(&world, "no@example.com").await;
        assert_eq!(refused.error(), (400, "BadRequest".to_owned()), "the name is free again");
        assert_eq!(refused.json()["error"], r#"failed to confirm user "no@example.com""#);
    }
    let broken = register(&world, "boom@example.com").await;
    assert_eq!(broken.error(), (400, "FunctionExecutionError".to_owned()));

    for (path, email, expected) in [
        ("confirm/call", "yes@example.com", (400, "UserAlreadyConfirmed")),
        ("confirm/call", "none@example.com", (404, "UserNotFound")),
        ("confirm/send", "wait@example.com", (400, "BadRequest")),
    ] {
        let answer = userpass(&world, path, json!({ "email": email })).await;
        assert_eq!(answer.error(), (expected.0, expected.1.to_owned()), "{path}");
    }
}

/// A token as a function was given it: the function threw it.
fn thrown(answer: &Answer) -> (String, String) {
    let error: Value = serde_json::from_str(text(&answer.json()["error"])).unwrap();
    let (token, id) = text(&error["message"]).split_once(' ').unwrap();
    (token.to_owned(), id.to_owned())
}

#[tokio::test]
async fn the_token_of_a_function_that_failed_confirms_nobody() {
    let world = world(&by_function(), &[("confirm", CONFIRM)]).await;
    let (token, token_id) = thrown(&register(&world, "boom@example.com").await);
    let body = json!({ "token": token, "tokenId": token_id });
    let answer = userpass(&world, "confirm", body).await;
    assert_eq!(answer.error(), (400, "UserpassTokenInvalid".to_owned()));
    assert_eq!(answer.json()["error"], "invalid token data");
}

/// Lines are all that leaves a function besides its answer, so a token is fetched from the store.
const RESET: &str = r#"
    exports = ({ username, password, token, tokenId, currentPasswordValid }, ...rest) => {
        if (rest[0] === "peek") throw new Error(`${token} ${tokenId}`);
        if (rest[0] === "current") return { status: currentPasswordValid ? "success" : "fail" };
        return { status: rest[0] };
    };"#;

fn resetting() -> Value {
    json!({ "autoConfirm": true, "runResetFunction": true, "resetFunctionName": "reset" })
}

async fn reset(world: &World, password: &str, argument: &str) -> Answer {
    let body = json!({ "email": "ann@example.com", "password": password, "arguments": [argument] });
    userpass(world, "reset/call", body).await
}

#[tokio::test]
async fn a_function_resets_a_password_and_ends_the_sessions_of_the_old_one() {
    let world = world(&resetting(), &[("reset", RESET)]).await;
    register(&world, "ann@example.com").await;
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();

    let refused = reset(&world, "new password", "fail").await;
    assert_eq!(refused.error(), (400, "BadRequest".to_owned()));
    assert_eq!(refused.json()["error"], r#"failed to reset password for user "ann@example.com""#);
    assert_empty(&reset(&world, "new password", "pending").await, 200);
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.status, 200, "nothing yet");

    assert_empty(&reset(&world, PASSWORD, "current").await, 200);
    assert_empty(&reset(&world, "new password", "success").await, 200);
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.status, 401);
    assert_eq!(log_in(&world, "ann@example.com", "new password").await.status, 200);
    let refresh = Some(text(&login["refresh_token"]));
    let refreshed = world.send(request("POST", &format!("{AUTH}/session"), refresh, "")).await;
    assert_eq!(refreshed.error(), (401, "InvalidSession".to_owned()));

    let unknown = json!({ "email": "eve@example.com", "password": PASSWORD, "arguments": [] });
    let unknown = userpass(&world, "reset/call", unknown).await;
    assert_eq!(unknown.error(), (404, "UserNotFound".to_owned()));
    let by_mail = userpass(&world, "reset/send", json!({ "email": "ann@example.com" })).await;
    assert_eq!(by_mail.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn tokens_are_good_once_for_one_purpose_in_one_app() {
    let world = world(&resetting(), &[("reset", RESET)]).await;
    register(&world, "ann@example.com").await;
    // The token of a call that failed is withdrawn; one that waits is good.
    let (token, id) = thrown(&reset(&world, "new password", "peek").await);
    let body = json!({ "token": token, "tokenId": id, "password": "new password" });
    assert_eq!(userpass(&world, "reset", body).await.error().1, "UserpassTokenInvalid");
    for (token, id) in [("", ""), ("x", "6b00000000000000000000aa"), ("x", "../..")] {
        let body = json!({ "token": token, "tokenId": id, "password": "new password" });
        assert_eq!(userpass(&world, "reset", body).await.error().1, "UserpassTokenInvalid");
    }
}

#[tokio::test]
async fn without_a_function_the_gateway_says_that_it_sends_no_mail() {
    let world = world(&json!({}), &[]).await;
    assert_empty(&register(&world, "ann@example.com").await, 201);
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.error().1, "AuthError");
    for path in ["confirm/send", "confirm/call", "reset/send"] {
        let answer = userpass(&world, path, json!({ "email": "ann@example.com" })).await;
        assert_eq!(answer.error(), (400, "BadRequest".to_owned()));
        assert!(text(&answer.json()["error"]).contains("sends no e-mail"), "{path}");
    }
    let app = world.gateway.apps().find("plant").unwrap();
    world.gateway.auth().confirm_account(app.domain_id, "ann@example.com").await.unwrap();
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_anonymous_user_keeps_its_id_when_it_is_linked() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    let first = anonymous(&world).await;
    let path = format!("{APP}/auth/providers/local-userpass/login?link=true");
    let credentials = json!({ "username": "ann@example.com", "password": PASSWORD });
    let token = Some(text(&first["access_token"]));
    for _ in 0..2 {
        let linked = post(&world, &path, token, credentials.clone()).await.json();
        assert_eq!(linked["user_id"], first["user_id"]);
        assert_eq!(text(&linked["access_token"]).split('.').count(), 3);
    }
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();
    assert_eq!(login["user_id"], first["user_id"]);
    let profile = world.get(&format!("{AUTH}/profile"), token).await.json();
    assert_eq!(profile["identities"].as_array().unwrap().len(), 2);
    assert_eq!(profile["data"]["email"], "ann@example.com");

    let other = anonymous(&world).await;
    let refused =
        post(&world, &path, Some(text(&other["access_token"])), credentials.clone()).await;
    assert_eq!(refused.error(), (409, "AccountNameInUse".to_owned()));
    let nobody = post(&world, &path, None, credentials).await;
    assert_eq!(nobody.error(), (401, "MissingAuthReq".to_owned()));
}

#[tokio::test]
async fn users_make_keys_that_log_them_in() {
    let world = automatic().await;
    let owner = anonymous(&world).await;
    let refresh = Some(text(&owner["refresh_token"]));
    let keys = format!("{AUTH}/api_keys");
    let made = post(&world, &keys, refresh, json!({ "name": "laptop" })).await;
    assert_eq!(made.status.as_u16(), 201);
    let made = made.json();
    assert_eq!(text(&made["key"]).len(), 64);
    let shown = json!({ "_id": made["_id"], "name": "laptop", "disabled": false });
    assert_eq!(world.get(&keys, refresh).await.json(), json!([shown]));
    let one = format!("{keys}/{}", text(&made["_id"]));
    assert_eq!(world.get(&one, refresh).await.json(), shown);

    let log_in_by = async |key: &str| {
        let path = format!("{APP}/auth/providers/api-key/login");
        post(&world, &path, None, json!({ "key": key })).await
    };
    let key = text(&made["key"]);
    assert_eq!(log_in_by(key).await.json()["user_id"], owner["user_id"]);
    let put = async |what: &str| {
        world.send(request("PUT", &format!("{one}/{what}"), refresh, Body::empty())).await
    };
    assert_empty(&put("disable").await, 204);
    assert_eq!(log_in_by(key).await.error(), (401, "AuthError".to_owned()));
    assert_empty(&put("enable").await, 204);
    assert_eq!(log_in_by(key).await.status, 200);
    for wrong in [&key[..63], "", "é", &format!("{}x", &key[..63]), &"0".repeat(64)] {
        assert_eq!(log_in_by(wrong).await.error(), (401, "AuthError".to_owned()), "{wrong}");
    }

    let twice = post(&world, &keys, refresh, json!({ "name": "laptop" })).await;
    assert_eq!(twice.error(), (409, "AccountNameInUse".to_owned()));
    let other = anonymous(&world).await;
    let stranger = world.get(&one, Some(text(&other["refresh_token"]))).await;
    assert_eq!(stranger.error(), (404, "APIKeyNotFound".to_owned()));
    assert_empty(&world.send(request("DELETE", &one, refresh, Body::empty())).await, 204);
    assert_eq!(log_in_by(key).await.error(), (401, "AuthError".to_owned()));
    assert_eq!(world.get(&keys, refresh).await.json(), json!([]));
    // Keys are the business of refresh tokens.
    let access = Some(text(&owner["access_token"]));
    assert_eq!(world.get(&keys, access).await.error(), (401, "AuthError".to_owned()));
}

#[tokio::test]
async fn there_are_only_so_many_keys() {
    let world = automatic().await;
    let login = anonymous(&world).await;
    let refresh = Some(text(&login["refresh_token"]));
    let keys = format!("{AUTH}/api_keys");
    for number in 0..20 {
        let made = post(&world, &keys, refresh, json!({ "name": format!("k{number}") })).await;
        assert_eq!(made.status.as_u16(), 201);
    }
    let more = post(&world, &keys, refresh, json!({ "name": "more" })).await;
    assert_eq!(more.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn a_server_key_logs_in_a_user_of_its_own() {
    let world = automatic().await;
    let app = world.gateway.apps().find("plant").unwrap();
    let made = world.gateway.auth().create_key(app.domain_id, None, "server").await.unwrap();
    let path = format!("{APP}/auth/providers/api-key/login");
    let login = async || post(&world, &path, None, json!({ "key": made.key })).await.json();
    let (first, second) = (login().await, login().await);
    assert_eq!(first["user_id"], second["user_id"]);
    let token = Some(text(&first["access_token"]));
    let profile = world.get(&format!("{AUTH}/profile"), token).await.json();
    assert_eq!(profile["type"], "server");
    world.gateway.auth().delete_key(app.domain_id, None, made.record.id).await.unwrap();
    let refresh = Some(text(&first["refresh_token"]));
    let refreshed = world.send(request("POST", &format!("{AUTH}/session"), refresh, "")).await;
    assert_eq!(refreshed.error(), (401, "InvalidSession".to_owned()));
}

#[tokio::test]
async fn a_custom_function_says_who_logs_in() {
    let source = r#"exports = (payload) => {
        if (payload.options) throw new Error("options");
        return payload.secret === 7 ? { id: payload.user, name: "N" } : payload.answer;
    };"#;
    let world = world(&json!({}), &[("login", source)]).await;
    let login = async |body: Value| {
        post(&world, &format!("{APP}/auth/providers/custom-function/login"), None, body).await
    };
    let body =
        json!({ "user": "u1", "secret": { "$numberInt": "7" }, "options": { "device": {} } });
    let first = login(body.clone()).await.json();
    assert_eq!(login(body).await.json()["user_id"], first["user_id"]);
    let token = Some(text(&first["access_token"]));
    let profile = world.get(&format!("{AUTH}/profile"), token).await.json();
    assert_eq!(profile["data"], json!({ "name": "N" }));
    for answer in [json!(null), json!(7), json!(""), json!({}), json!([])] {
        let refused = login(json!({ "answer": answer })).await;
        assert_eq!(refused.error(), (401, "AuthError".to_owned()), "{answer}");
    }
}

#[tokio::test]
async fn an_address_that_guesses_at_a_custom_function_has_to_wait() {
    let source = "exports = ({ pin }) => pin === '7' ? { id: 'u' } : null;";
    let world = world(&json!({}), &[("login", source)]).await;
    let guess = async |pin: &str, address: [u8; 4]| {
        let path = format!("{APP}/auth/providers/custom-function/login");
        let mut request = request("POST", &path, None, json!({ "pin": pin }).to_string());
        request.extensions_mut().insert(Peer((address, 9).into()));
        world.send(request).await.status.as_u16()
    };
    // The bucket fills up again while the test runs, however slowly that is.
    let mut refused = 0;
    while guess("0", [10, 0, 0, 1]).await == 401 {
        refused += 1;
        assert!(refused < 10_000, "never throttled");
    }
    assert!(refused >= 100);
    assert_eq!(guess("7", [10, 0, 0, 2]).await, 200);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_name_is_free() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();
    let access = Some(text(&login["access_token"]));
    let delete = format!("{AUTH}/delete");
    assert_empty(&world.send(request("DELETE", &delete, access, Body::empty())).await, 204);
    let again = world.send(request("DELETE", &delete, access, Body::empty())).await;
    assert_eq!(again.error(), (404, "UserNotFound".to_owned()));
    let profile = world.get(&format!("{AUTH}/profile"), access).await;
    assert_eq!(profile.error(), (404, "UserNotFound".to_owned()));
    let refresh = Some(text(&login["refresh_token"]));
    let refreshed = world.send(request("POST", &format!("{AUTH}/session"), refresh, "")).await;
    assert_eq!(refreshed.error(), (401, "InvalidSession".to_owned()));
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.error().1, "InvalidPassword");
    assert_empty(&register(&world, "ann@example.com").await, 201);
    let new = log_in(&world, "ann@example.com", PASSWORD).await.json();
    assert_ne!(new["user_id"], login["user_id"]);
}

#[tokio::test]
async fn a_disabled_user_can_do_nothing() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();
    let app = world.gateway.apps().find("plant").unwrap();
    let id = bson::oid::ObjectId::parse_str(text(&login["user_id"])).unwrap();
    let auth = world.gateway.auth();
    auth.set_disabled(app.domain_id, id, true).await.unwrap();
    let disabled = (401, "UserDisabled".to_owned());
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.error(), disabled);
    let access = Some(text(&login["access_token"]));
    assert_eq!(world.get(&format!("{AUTH}/profile"), access).await.error(), disabled);
    let refresh = Some(text(&login["refresh_token"]));
    let session = format!("{AUTH}/session");
    assert_eq!(world.send(request("POST", &session, refresh, "")).await.error().0, 401);
    auth.set_disabled(app.domain_id, id, false).await.unwrap();
    assert_eq!(log_in(&world, "ann@example.com", PASSWORD).await.status, 200);
    // Its old session does not come back with it.
    assert_eq!(
        world.send(request("POST", &session, refresh, "")).await.error().1,
        "InvalidSession"
    );
}

#[tokio::test]
async fn what_one_gateway_makes_works_on_the_other() {
    let files = files(&json!({ "autoConfirm": true }), &[]);
    let mut world = World::with(|builder| builder.dev(false).app(files.clone())).await;
    register(&world, "ann@example.com").await;
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();
    let refresh = Some(text(&login["refresh_token"]));
    let keys = format!("{AUTH}/api_keys");
    let key = post(&world, &keys, refresh, json!({ "name": "laptop" })).await.json();

    let other = Gateway::builder(Arc::new(world.store.clone())).app(files);
    let first = std::mem::replace(&mut world.gateway, other.build().await.unwrap());
    let again = log_in(&world, "ann@example.com", PASSWORD).await.json();
    assert_eq!(again["user_id"], login["user_id"]);
    let path = format!("{APP}/auth/providers/api-key/login");
    let by_key = post(&world, &path, None, json!({ "key": key["key"] })).await.json();
    assert_eq!(by_key["user_id"], login["user_id"]);
    assert_eq!(register(&world, "ann@example.com").await.error().0, 409);
    // A logout on one is a logout on the other.
    let session = format!("{AUTH}/session");
    world.send(request("DELETE", &session, refresh, Body::empty())).await;
    world.gateway = first;
    assert_eq!(world.send(request("POST", &session, refresh, "")).await.error().0, 401);
}

#[tokio::test]
async fn the_store_holds_no_secret_in_clear() {
    let world = automatic().await;
    register(&world, "ann@example.com").await;
    let login = log_in(&world, "ann@example.com", PASSWORD).await.json();
    let refresh = text(&login["refresh_token"]);
    let keys = format!("{AUTH}/api_keys");
    let key = post(&world, &keys, Some(refresh), json!({ "name": "laptop" })).await.json();
    let secrets = [PASSWORD, refresh, text(&login["access_token"]), text(&key["key"])];
    let mut seen = 0;
    for collection in ["users", "accounts", "sessions", "api_keys", "identities"] {
        use futures_util::TryStreamExt;
        let namespace = crate::Namespace::system(collection);
        let documents: Vec<_> = world.gateway.store().find(&namespace).try_collect().await.unwrap();
        for document in documents {
            seen += 1;
            let bytes = document.as_bytes();
            for secret in secrets {
                let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!found, "{collection}");
            }
        }
    }
    assert!(seen >= 5);
}

#[tokio::test]
async fn disabled_and_unknown_providers_are_not_found() {
    let world = automatic().await;
    for provider in ["custom-token", "oauth2-google", "oauth2-apple", "nothing", "a%2Fb"] {
        let path = format!("{APP}/auth/providers/{provider}/login");
        let answer = post(&world, &path, None, json!({ "token": "x", "id_token": "x" })).await;
        assert_eq!(answer.error(), (404, "AuthProviderNotFound".to_owned()), "{provider}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let mut files = files(&json!({}), &[]);
    let root = r#"{ "name": "plant", "allowed_request_origins": ["https://*.example.com"] }"#;
    files.insert("root_config.json", root).unwrap();
    let world = World::with(|builder| builder.dev(false).app(files)).await;
    let ask = async |method: &str, path: &str, origin: &str| {
        let mut request = request(method, path, None, Body::empty());
        request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        if method == "OPTIONS" {
            let method = "POST".parse().unwrap();
            request.headers_mut().insert(header::ACCESS_CONTROL_REQUEST_METHOD, method);
        }
        world.send(request).await
    };
    for path in [format!("{APP}/location"), format!("{AUTH}/profile")] {
        let refused = ask("GET", &path, "https://evil.org").await;
        assert_eq!(refused.error(), (403, "OriginNotAllowed".to_owned()));
        assert!(!refused.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        let preflight = ask("OPTIONS", &path, "https://a.example.com").await;
        assert_empty(&preflight, 204);
        let allowed = &preflight.headers[header::ACCESS_CONTROL_ALLOW_HEADERS];
        assert!(allowed.to_str().unwrap().contains("authorization"));
        let answer = ask("GET", &path, "https://a.example.com").await;
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://a.example.com");
    }
    assert_eq!(world.get(&format!("{APP}/location"), None).await.status, 200, "no page, no origin");
}
