//! Users, accounts and keys, as administrators see them.

use serde_json::{Value, json};

use super::{Admin, BASE};
use crate::{
    Gateway,
    routes::tests::accounts::files,
    testing::{Answer, request},
};

const CLIENT: &str = "/api/client/v2.0/app/plant/auth/providers";
const AUTH: &str = "/api/client/v2.0/auth";
const PASSWORD: &str = "correct horse";

/// An app whose users confirm themselves by a function, which lets some wait.
async fn plant() -> (Admin, String) {
    let userpass = json!({
        "runConfirmationFunction": true, "confirmationFunctionName": "confirm",
        "runResetFunction": true, "resetFunctionName": "reset",
    });
    let confirm = "exports = ({ username }) => \
                   ({ status: username.startsWith('wait') ? 'pending' : 'success' });";
    let reset = "exports = () => ({ status: 'success' });";
    let functions =
        [("confirm", confirm), ("reset", reset), ("login", "exports = ({ id }) => id;")];
    let admin = Admin::with_app(files(&userpass, &functions)).await;
    let app = admin.app().await;
    (admin, app)
}

async fn client(admin: &Admin, path: &str, body: Value) -> Answer {
    admin.world.send(request("POST", path, None, body.to_string())).await
}

async fn log_in(admin: &Admin, email: &str, password: &str) -> Answer {
    let body = json!({ "username": email, "password": password });
    client(admin, &format!("{CLIENT}/local-userpass/login"), body).await
}

async fn create(admin: &Admin, app: &str, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD });
    let user = admin.expect(201, "POST", &format!("{app}/users"), body).await;
    user["_id"].as_str().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn a_user_that_an_administrator_makes_logs_in_to_the_id_that_was_shown() {
    let (admin, app) = plant().await;
    let id = create(&admin, &app, "ann@example.com").await;
    let shown = admin.get(&format!("{app}/users/{id}")).await;
    assert_eq!(shown["type"], "normal");
    assert_eq!(shown["disabled"], false);
    assert_eq!(shown["data"], json!({ "email": "ann@example.com" }));
    assert_eq!(shown["identities"][0]["provider_type"], "local-userpass");
    assert_eq!(shown["last_authentication_date"], 0);
    assert!(shown["creation_date"].as_i64().unwrap() > 1_700_000_000);

    let login = log_in(&admin, "ann@example.com", PASSWORD).await.json();
    assert_eq!(login["user_id"], *id);
    let seen = admin.get(&format!("{app}/users/{id}")).await;
    assert!(seen["last_authentication_date"].as_i64().unwrap() > 1_700_000_000);
    let devices = admin.get(&format!("{app}/users/{id}/devices")).await;
    assert_eq!(devices[0]["_id"], login["device_id"]);

    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let taken = admin.ask("POST", &format!("{app}/users"), body).await;
    assert_eq!(taken.error(), (409, "AccountNameInUse".to_owned()));
    for body in [json!({}), json!({ "email": "a@b.c" }), json!({ "email": "a@b.c", "password": 7 })]
    {
        let refused = admin.ask("POST", &format!("{app}/users"), body).await;
        assert_eq!(refused.error(), (400, "MissingParameter".to_owned()));
    }
}

#[tokio::test]
async fn users_are_listed_by_pages_states_and_providers() {
    let (admin, app) = plant().await;
    let anonymous = format!("{CLIENT}/anon-user/login");
    for _ in 0..52 {
        assert_eq!(client(&admin, &anonymous, json!({})).await.status, 200);
    }
    let ann = create(&admin, &app, "ann@example.com").await;
    let ids = |page: &Value| -> Vec<String> {
        page.as_array().unwrap().iter().map(|user| text(&user["_id"]).to_owned()).collect()
    };
    let first = ids(&admin.get(&format!("{app}/users")).await);
    assert_eq!(first.len(), 50);
    let rest = ids(&admin.get(&format!("{app}/users?after={}", first[49])).await);
    assert_eq!(rest.len(), 3);
    let mut all = [first, rest].concat();
    assert!(all.is_sorted(), "in the order of ids");
    all.reverse();
    let backwards = ids(&admin.get(&format!("{app}/users?desc=true&after={}", all[0])).await);
    assert_eq!(backwards, all[1..51]);

    let by_provider = format!("{app}/users?provider_types=local-userpass,api-key");
    assert_eq!(ids(&admin.get(&by_provider).await), std::slice::from_ref(&ann));
    admin.expect(204, "PUT", &format!("{app}/users/{ann}/disable"), Value::Null).await;
    let disabled = format!("{app}/users?status=disabled");
    assert_eq!(ids(&admin.get(&disabled).await), std::slice::from_ref(&ann));
    let enabled = ids(&admin.get(&format!("{app}/users?status=enabled&desc=true")).await);
    assert!(!enabled.contains(&ann));
    for wrong in ["after=x", "sort=name", "status=odd"] {
        let refused = admin.ask("GET", &format!("{app}/users?{wrong}"), Value::Null).await;
        assert_eq!(refused.error(), (400, "InvalidParameter".to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn sessions_end_when_a_user_is_logged_out_disabled_or_deleted() {
    let (admin, app) = plant().await;
    let id = create(&admin, &app, "ann@example.com").await;
    let user = format!("{app}/users/{id}");
    let verify = format!("{app}/users/verify_token");
    let session = format!("{AUTH}/session");
    for end in ["PUT logout", "PUT disable", "DELETE "] {
        let login = log_in(&admin, "ann@example.com", PASSWORD).await.json();
        let token = json!({ "token": login["access_token"] });
        let claims = admin.expect(200, "POST", &verify, token.clone()).await;
        assert_eq!(claims["sub"], *id);
        assert_eq!(claims["device_id"], login["device_id"]);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 1800);

        let (method, action) = end.split_once(' ').unwrap();
        let path = format!("{user}/{action}");
        admin.expect(204, method, path.trim_end_matches('/'), Value::Null).await;
        let refresh = request("POST", &session, login["refresh_token"].as_str(), "");
        let refused = admin.world.send(refresh).await;
        assert_eq!(refused.status.as_u16(), 401, "{end}");
        let refused = admin.ask("POST", &verify, token).await;
        assert_eq!(refused.error(), (401, "InvalidSession".to_owned()), "{end}");
        assert_eq!(refused.json()["error"], "invalid session");
        if action == "disable" {
            let refused = log_in(&admin, "ann@example.com", PASSWORD).await;
            assert_eq!(refused.error(), (401, "UserDisabled".to_owned()));
            admin.expect(204, "PUT", &format!("{user}/enable"), Value::Null).await;
        }
    }
    for (method, path) in [("GET", ""), ("DELETE", ""), ("PUT", "/logout"), ("PUT", "/disable")] {
        let gone = admin.ask(method, &format!("{user}{path}"), Value::Null).await;
        assert_eq!(gone.error(), (404, "UserNotFound".to_owned()), "{method} {path}");
    }
    let wrong = admin.ask("POST", &verify, json!({ "token": "abc" })).await;
    assert_eq!(wrong.error(), (401, "AuthError".to_owned()));
    assert_eq!(wrong.json()["error"], "signature is invalid");
}

#[tokio::test]
async fn accounts_that_wait_are_listed_confirmed_and_deleted() {
    let (admin, app) = plant().await;
    let register = format!("{CLIENT}/local-userpass/register");
    for email in ["wait1@b.c", "wait2@b.c", "done@b.c"] {
        let body = json!({ "email": email, "password": PASSWORD });
        assert_eq!(client(&admin, &register, body).await.status.as_u16(), 201);
    }
    let registrations = format!("{app}/user_registrations");
    let pending = admin.get(&format!("{registrations}/pending_users")).await;
    let emails = |pending: &Value| -> Vec<String> {
        let all = pending.as_array().unwrap().iter();
        all.map(|user| text(&user["login_ids"][0]["id"]).to_owned()).collect()
    };
    assert_eq!(emails(&pending), ["wait1@b.c", "wait2@b.c"]);
    let after = text(&pending[0]["_id"]);
    let rest = admin.get(&format!("{registrations}/pending_users?after={after}")).await;
    assert_eq!(emails(&rest), ["wait2@b.c"]);

    let of = |email: &str, action: &str| format!("{registrations}/by_email/{email}{action}");
    // The function decides as before.
    admin.expect(202, "POST", &of("wait1@b.c", "/run_confirm"), Value::Null).await;
    assert_eq!(log_in(&admin, "wait1@b.c", PASSWORD).await.status.as_u16(), 401);
    admin.expect(204, "POST", &of("wait1@b.c", "/confirm"), Value::Null).await;
    assert_eq!(log_in(&admin, "wait1@b.c", PASSWORD).await.status.as_u16(), 200);
    let again = admin.ask("POST", &of("wait1@b.c", "/run_confirm"), Value::Null).await;
    assert_eq!(again.error(), (400, "UserAlreadyConfirmed".to_owned()));
    let mail = admin.ask("POST", &of("wait2@b.c", "/send_confirm"), Value::Null).await;
    assert_eq!(mail.error().0, 400);

    admin.expect(204, "DELETE", &of("wait2@b.c", ""), Value::Null).await;
    assert_eq!(admin.get(&format!("{registrations}/pending_users")).await, json!([]));
    // Who has logged in is a user, not a pending one.
    for email in ["wait1@b.c", "nobody@b.c"] {
        let refused = admin.ask("DELETE", &of(email, ""), Value::Null).await;
        assert_eq!(refused.error(), (404, "UserNotFound".to_owned()));
    }
}

#[tokio::test]
async fn a_server_key_is_shown_once_and_logs_in_until_it_is_disabled() {
    let (admin, app) = plant().await;
    let keys = format!("{app}/api_keys");
    let made = admin.expect(201, "POST", &keys, json!({ "name": "edge-01" })).await;
    let key = text(&made["key"]).to_owned();
    let id = text(&made["_id"]).to_owned();
    let shown = json!({ "_id": id, "name": "edge-01", "disabled": false });
    assert_eq!(admin.get(&keys).await, json!([shown]));
    assert_eq!(admin.get(&format!("{keys}/{id}")).await, shown);
    let taken = admin.ask("POST", &keys, json!({ "name": "edge-01" })).await;
    assert_eq!(taken.error().0, 409);

    let log_in = || {
        client(
            &admin,
            "/api/client/v2.0/app/plant/auth/providers/api-key/login",
            json!({ "key": key }),
        )
    };
    let session = log_in().await.json();
    let users = admin.get(&format!("{app}/users")).await;
    assert_eq!((&users[0]["_id"], &users[0]["type"]), (&session["user_id"], &json!("server")));
    assert_eq!(users[0]["identities"][0]["id"], *id);
    admin.expect(204, "PUT", &format!("{keys}/{id}/disable"), Value::Null).await;
    assert_eq!(log_in().await.status.as_u16(), 401);
    admin.expect(204, "PUT", &format!("{keys}/{id}/enable"), Value::Null).await;
    assert_eq!(log_in().await.status.as_u16(), 200);
    admin.expect(204, "DELETE", &format!("{keys}/{id}"), Value::Null).await;
    assert_eq!(log_in().await.status.as_u16(), 401);
    let gone = admin.ask("GET", &format!("{keys}/{id}"), Value::Null).await;
    assert_eq!(gone.error(), (404, "APIKeyNotFound".to_owned()));
}

/// A user as App Services lists it.
fn listed(id: &str, identities: &Value, data: &Value) -> Value {
    json!({
        "_id": id, "type": "normal", "disabled": false, "identities": identities,
        "creation_date": 1_600_000_000, "last_authentication_date": 1_700_000_000, "data": data,
    })
}

const ANN: &str = "5f0c0ffee000000000000001";
const JAY: &str = "5f0c0ffee000000000000002";

fn ann() -> Value {
    let identity = json!({
        "id": "5f0c0ffee0000000000000aa", "provider_type": "local-userpass",
        "provider_id": "5f0c0ffee0000000000000bb",
    });
    listed(ANN, &json!([identity]), &json!({ "email": "ann@example.com" }))
}

#[tokio::test]
async fn users_of_another_server_keep_their_ids() {
    let (admin, app) = plant().await;
    let users = format!("{app}/users");
    // As often as it takes.
    for _ in 0..2 {
        let made = admin.expect(201, "POST", &users, ann()).await;
        assert_eq!(made["_id"], ANN);
        assert_eq!(made["identities"][0]["id"], "5f0c0ffee0000000000000aa");
        assert_eq!(made["creation_date"], 1_600_000_000);
        assert_eq!(made["last_authentication_date"], 1_700_000_000);
    }
    // Nobody else can take the address, and nobody knows a password until the owner resets it.
    let register = format!("{CLIENT}/local-userpass/register");
    let body = json!({ "email": "ann@example.com", "password": "another one" });
    assert_eq!(client(&admin, &register, body).await.error().0, 409);
    for guess in ["another one", "*", ""] {
        assert_eq!(log_in(&admin, "ann@example.com", guess).await.status.as_u16(), 401);
    }
    let reset = json!({ "email": "ann@example.com", "password": PASSWORD, "arguments": [] });
    let reset = client(&admin, &format!("{CLIENT}/local-userpass/reset/call"), reset).await;
    assert_eq!(reset.status.as_u16(), 200);
    assert_eq!(log_in(&admin, "ann@example.com", PASSWORD).await.json()["user_id"], ANN);

    let identity = json!({ "id": "jay", "provider_type": "custom-function", "provider_id": "x" });
    let anonymous = json!({ "id": "5f0c0ffee0000000000000cc", "provider_type": "anon-user" });
    let jay = listed(JAY, &json!([anonymous, identity]), &json!({ "n": { "$numberLong": "7" } }));
    let made = admin.expect(201, "POST", &users, jay).await;
    assert_eq!(made["identities"][1]["id"], "jay");
    assert_eq!(made["data"], json!({ "n": 7 }));
    let path = format!("{CLIENT}/custom-function/login");
    let login = client(&admin, &path, json!({ "id": "jay" })).await.json();
    assert_eq!(login["user_id"], JAY);
}

#[tokio::test]
async fn a_password_may_come_with_a_user_but_never_replaces_one() {
    let (admin, app) = plant().await;
    let users = format!("{app}/users");
    let with = |password: &str| {
        let mut user = ann();
        user["password"] = json!(password);
        user
    };
    admin.expect(201, "POST", &users, with(PASSWORD)).await;
    admin.expect(201, "POST", &users, with("another one")).await;
    assert_eq!(log_in(&admin, "ann@example.com", PASSWORD).await.json()["user_id"], ANN);
    assert_eq!(log_in(&admin, "ann@example.com", "another one").await.status.as_u16(), 401);
    let short = admin.ask("POST", &users, with("x")).await;
    assert_eq!(short.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn what_belongs_to_somebody_is_not_brought_again() {
    let (admin, app) = plant().await;
    let users = format!("{app}/users");
    let taken = create(&admin, &app, "ann@example.com").await;
    let refused = admin.ask("POST", &users, ann()).await;
    assert_eq!(refused.error(), (409, "AccountNameInUse".to_owned()));
    let left = admin.get(&users).await;
    assert_eq!((left.as_array().unwrap().len(), &left[0]["_id"]), (1, &json!(taken)));
    // An account that nobody has logged in to is somebody's all the same.
    let register = format!("{CLIENT}/local-userpass/register");
    let body = json!({ "email": "jay@example.com", "password": PASSWORD });
    client(&admin, &register, body).await;
    let mut jay = ann();
    jay["data"]["email"] = json!("jay@example.com");
    let refused = admin.ask("POST", &users, jay).await;
    assert_eq!(refused.error(), (409, "AccountNameInUse".to_owned()));

    for (wrong, code) in [
        (json!({ "_id": "x", "identities": [] }), "InvalidParameter"),
        (json!({ "_id": ANN }), "MissingParameter"),
        (json!({ "_id": ANN, "identities": [] }), "BadRequest"),
        (
            json!({ "_id": ANN, "identities": [{ "id": "a", "provider_type": "odd" }] }),
            "BadRequest",
        ),
        (
            json!({ "_id": ANN, "identities": [{ "provider_type": "local-userpass" }] }),
            "MissingParameter",
        ),
        (json!({ "_id": ANN, "identities": [], "data": 7 }), "InvalidParameter"),
    ] {
        let refused = admin.ask("POST", &users, wrong.clone()).await;
        assert_eq!(refused.error(), (400, code.to_owned()), "{wrong}");
    }
}

#[tokio::test]
async fn an_address_is_changed_and_the_password_stays() {
    let (admin, app) = plant().await;
    let id = create(&admin, &app, "ann@example.com").await;
    create(&admin, &app, "jay@example.com").await;
    let path = format!("{app}/users/{id}/reset_email");
    let taken = admin.ask("PATCH", &path, json!({ "email": "jay@example.com" })).await;
    assert_eq!(taken.error(), (409, "AccountNameInUse".to_owned()));
    admin.expect(204, "PATCH", &path, json!({ "email": "ann@example.org" })).await;
    assert_eq!(log_in(&admin, "ann@example.org", PASSWORD).await.json()["user_id"], *id);
    assert_eq!(log_in(&admin, "ann@example.com", PASSWORD).await.status.as_u16(), 401);
    let user = admin.get(&format!("{app}/users/{id}")).await;
    assert_eq!(user["data"], json!({ "email": "ann@example.org" }));
    // The old address is free.
    create(&admin, &app, "ann@example.com").await;

    let anonymous = client(&admin, &format!("{CLIENT}/anon-user/login"), json!({})).await.json();
    let path = format!("{app}/users/{}/reset_email", text(&anonymous["user_id"]));
    let refused = admin.ask("PATCH", &path, json!({ "email": "x@y.z" })).await;
    assert_eq!(refused.error(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn users_and_keys_made_on_one_gateway_are_there_on_the_other() {
    let (admin, app) = plant().await;
    let replica: Gateway = admin.replica().await;
    let ask = |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request(method, path, Some(&admin.token), body);
        let replica = replica.clone();
        async move { super::ask(&replica, request).await }
    };
    let id = create(&admin, &app, "ann@example.com").await;
    let key = admin.expect(201, "POST", &format!("{app}/api_keys"), json!({ "name": "k" })).await;
    let there = ask("GET", &format!("{BASE}{app}/users/{id}"), Value::Null).await;
    assert_eq!(there.json()["_id"], *id);
    let keys = ask("GET", &format!("{BASE}{app}/api_keys"), Value::Null).await;
    assert_eq!(keys.json()[0]["_id"], key["_id"]);
    // What the other does to them holds here.
    let login = log_in(&admin, "ann@example.com", PASSWORD).await.json();
    let disabled = ask("PUT", &format!("{BASE}{app}/users/{id}/disable"), Value::Null).await;
    assert_eq!(disabled.status.as_u16(), 204);
    let session = request("POST", &format!("{AUTH}/session"), login["refresh_token"].as_str(), "");
    assert_eq!(admin.world.send(session).await.error(), (401, "InvalidSession".to_owned()));
}
