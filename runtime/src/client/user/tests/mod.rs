//! Users of a server that follows a script, over real sockets.

mod script;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener, task::JoinSet};

use self::script::{API, LOCATION, PROFILE, SESSION, Script, access_token, error, login, session};
use crate::client::{App, Credentials, DeviceInfo, RequestError, User};

#[tokio::test]
async fn a_login_asks_where_the_app_lives_and_tells_of_the_device() {
    let home = Script::start().await;
    let elsewhere = Script::start().await;
    home.forget(LOCATION);
    home.answer(LOCATION, 200, json!({ "hostname": elsewhere.url }));
    elsewhere.answer_login("local-userpass", "ada");
    let device = DeviceInfo {
        name: "station".into(),
        version: "7".into(),
        application: "weather".into(),
        application_version: "1.2".into(),
        platform_version: "6.8".into(),
    };
    let app = home.builder().device(device).build().unwrap();
    let user = app.log_in(Credentials::email_password("ada@x.io", "pw")).await.unwrap();
    assert_eq!(user.id().as_deref(), Some("ada"));
    assert_eq!(home.paths(), ["GET /location"]);
    let request = &elsewhere.requests()[0];
    assert_eq!(request.body["username"], "ada@x.io");
    let device = &request.body["options"]["device"];
    for (name, value) in [
        ("appId", "app"),
        ("deviceName", "station"),
        ("deviceVersion", "7"),
        ("bundleId", "weather"),
        ("appVersion", "1.2"),
        ("platformVersion", "6.8"),
        ("sdk", "Rust"),
    ] {
        assert_eq!(device[name], value, "{name}");
    }
}

#[tokio::test]
async fn redirects_lead_to_another_server_and_posts_stay_posts() {
    let old = Script::start().await;
    let new = Script::start().await;
    old.answer_login("api-key", "ada");
    let app = old.app();
    let user = app.log_in(Credentials::api_key("k")).await.unwrap();
    // The app moves while the user is logged in.
    let to = format!("{}{API}/auth/session", new.url);
    old.answer_with(SESSION, 308, vec![("location", to)], Value::Null);
    new.answer(SESSION, 201, json!({ "access_token": access_token("new", 1800) }));
    user.refresh().await.unwrap();
    assert_eq!(new.paths(), ["GET /location", "POST /auth/session"]);
    assert_eq!(new.requests()[1].token(), Some("refresh ada"));
}

#[tokio::test]
async fn a_location_that_redirects_is_followed_and_circles_are_left() {
    let old = Script::start().await;
    let new = Script::start().await;
    old.forget(LOCATION);
    let path = format!("{API}/app/app/location");
    old.answer_with(LOCATION, 301, vec![("location", format!("{}{path}", new.url))], Value::Null);
    new.answer_login("api-key", "ada");
    old.app().log_in(Credentials::api_key("k")).await.unwrap();

    new.forget(LOCATION);
    new.answer_with(LOCATION, 302, vec![("location", format!("{}{path}", old.url))], Value::Null);
    let error = old.app().log_in(Credentials::api_key("k")).await.unwrap_err();
    assert!(matches!(error, RequestError::Location(_)), "{error:?}");
}

#[tokio::test]
async fn another_base_url_counts_from_the_next_request_on() {
    let one = Script::start().await;
    let other = Script::start().await;
    one.answer_login("api-key", "ada");
    let app = one.app();
    let user = app.log_in(Credentials::api_key("k")).await.unwrap();
    app.set_base_url(&other.url).unwrap();
    other.answer(PROFILE, 200, json!({ "type": "normal", "data": { "name": "Ada" } }));
    assert_eq!(user.profile().await.unwrap().name(), Some("Ada"));
    assert_eq!(other.paths(), ["GET /location", "GET /auth/profile"]);
}

#[tokio::test]
async fn an_expired_token_is_renewed_before_it_is_used_and_once_for_all() {
    let script = Script::start().await;
    // Good for no time at all.
    script.answer(&login("api-key"), 200, session("ada", &access_token("old", 0)));
    script.answer(SESSION, 201, json!({ "access_token": access_token("new", 1800) }));
    script.answer(PROFILE, 200, json!({}));
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    let profiles = (0..8).map(|_| {
        let user = user.clone();
        tokio::spawn(async move { user.profile().await.unwrap() })
    });
    for profile in profiles.collect::<Vec<_>>() {
        profile.await.unwrap();
    }
    let paths = script.paths();
    assert_eq!(paths.iter().filter(|path| *path == "POST /auth/session").count(), 1, "{paths:?}");
    let requests = script.requests();
    let profiles: Vec<_> = requests.iter().filter(|r| r.path.ends_with("/profile")).collect();
    assert_eq!(profiles.len(), 8);
    assert!(profiles.iter().all(|r| r.token() == Some(&access_token("new", 1800))));
}

#[tokio::test]
async fn a_token_that_the_server_refuses_is_renewed_once_and_the_request_repeated() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    script.answer(PROFILE, 401, error("InvalidSession"));
    script.answer(PROFILE, 200, json!({ "data": { "email": "a@x.io" } }));
    script.answer(SESSION, 201, json!({ "access_token": access_token("new", 1800) }));
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    assert_eq!(user.profile().await.unwrap().email(), Some("a@x.io"));

    // A server that refuses every token is asked twice, and not for ever.
    script.forget(PROFILE);
    script.answer(PROFILE, 401, error("InvalidSession"));
    let before = script.requests().len();
    assert!(user.profile().await.unwrap_err().is_unauthorized());
    assert_eq!(script.requests().len() - before, 3);
}

#[tokio::test]
async fn a_revoked_session_is_replaced_with_the_credentials_that_are_known() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    script.answer(SESSION, 401, error("InvalidSession"));
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    user.refresh().await.unwrap();
    assert_eq!(
        script.paths(),
        [
            "GET /location",
            "POST /auth/providers/api-key/login",
            "POST /auth/session",
            "POST /auth/providers/api-key/login",
        ]
    );
    // The server knows the device from the first login.
    let device = &script.requests()[3].body["options"]["device"];
    assert_eq!(device["deviceId"]["$oid"], "6b00000000000000000000dd");
}

#[tokio::test]
async fn a_password_that_the_server_refuses_is_not_tried_again_and_again() {
    let script = Script::start().await;
    script.answer_login("local-userpass", "ada");
    script.answer(&login("local-userpass"), 401, error("InvalidPassword"));
    script.answer(SESSION, 401, error("InvalidSession"));
    let user = script.app().log_in(Credentials::email_password("a", "old")).await.unwrap();
    for _ in 0..5 {
        assert!(user.refresh().await.unwrap_err().is_unauthorized());
    }
    let logins = script.paths().iter().filter(|path| path.ends_with("/login")).count();
    assert_eq!(logins, 2);

    // With the new password it is the same user.
    script.forget(&login("local-userpass"));
    script.answer_login("local-userpass", "ada");
    user.log_in_again(Credentials::email_password("a", "new")).await.unwrap();
    assert!(user.is_logged_in());
}

#[tokio::test]
async fn nobody_logs_in_as_somebody_else() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    script.answer_login("jwt", "bob");
    script.answer_login("custom-token", "bob");
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    let error = user.log_in_again(Credentials::jwt("t")).await.unwrap_err();
    assert!(matches!(error, RequestError::OtherUser { .. }), "{error:?}");
    assert_eq!(user.id().as_deref(), Some("ada"));

    // Unless the application says so.
    let directory = tempfile::tempdir().unwrap();
    let app = script.builder().remember_users(directory.path()).build().unwrap();
    let user = app.log_in(Credentials::api_key("k")).await.unwrap();
    user.log_in_as_another(Credentials::jwt("t")).await.unwrap();
    assert_eq!(user.id().as_deref(), Some("bob"));
    let remembered: Vec<_> = app.users().iter().filter_map(User::id).collect();
    assert_eq!(remembered, ["bob"]);
}

#[tokio::test]
async fn an_anonymous_user_that_the_server_forgot_becomes_a_new_one() {
    let script = Script::start().await;
    script.answer_login("anon-user", "first");
    script.answer_login("anon-user", "second");
    script.answer(SESSION, 401, error("InvalidSession"));
    let user = script.app().log_in(Credentials::anonymous()).await.unwrap();
    user.refresh().await.unwrap();
    assert_eq!(user.id().as_deref(), Some("second"));
}

#[tokio::test]
async fn users_are_remembered_across_restarts() {
    let script = Script::start().await;
    script.answer_login("anon-user", "nobody");
    script.answer_login("api-key", "ada");
    script.answer(SESSION, 201, json!({ "access_token": access_token("new", 1800) }));
    let directory = tempfile::tempdir().unwrap();
    let app = || script.builder().remember_users(directory.path()).build().unwrap();
    assert!(app().current_user().is_none());
    {
        let app = app();
        app.log_in(Credentials::anonymous()).await.unwrap();
        app.log_in(Credentials::api_key("k")).await.unwrap();
    }
    let app = app();
    let ids = |users: Vec<User>| users.iter().filter_map(User::id).collect::<Vec<_>>();
    assert_eq!(ids(app.users()), ["nobody", "ada"]);
    let user = app.current_user().unwrap();
    assert_eq!(user.id().as_deref(), Some("ada"));
    user.refresh().await.unwrap();
    // The anonymous user is used again; there is no second one.
    let again = app.log_in(Credentials::anonymous()).await.unwrap();
    assert_eq!(again.id().as_deref(), Some("nobody"));
    let logins = script.paths().iter().filter(|path| path.ends_with("/login")).count();
    assert_eq!(logins, 2);
}

#[tokio::test]
async fn all_handles_of_a_user_share_one_session() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    let app = script.app();
    let one = app.log_in(Credentials::api_key("k")).await.unwrap();
    let logins = one.session().borrow().logins;
    let other = app.log_in(Credentials::api_key("k")).await.unwrap();
    assert!(Arc::ptr_eq(&one.shared, &other.shared));
    // Uploads that wait for a login go on.
    assert_eq!(one.session().borrow().logins, logins + 1);
    assert!(Arc::ptr_eq(&one.shared, &app.current_user().unwrap().shared));
}

#[tokio::test]
async fn a_logout_forgets_the_tokens_whatever_the_server_says() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    let end = "DELETE /api/client/v2.0/auth/session";
    script.answer(end, 204, Value::Null);
    script.answer(end, 401, error("InvalidSession"));
    script.answer(end, 503, error("Busy"));
    let app = script.app();
    for succeeds in [true, true, false] {
        let user = app.log_in(Credentials::api_key("k")).await.unwrap();
        assert_eq!(user.log_out().await.is_ok(), succeeds);
        assert!(!user.is_logged_in() && app.current_user().is_none());
        // It is still known whose objects are stored.
        assert_eq!(user.id().as_deref(), Some("ada"));
        assert!(matches!(user.profile().await, Err(RequestError::LoggedOut)));
    }
    let ends: Vec<_> = script.requests().into_iter().filter(|r| r.method == "DELETE").collect();
    assert!(ends.iter().all(|request| request.token() == Some("refresh ada")));
}

#[tokio::test]
async fn a_deleted_user_is_logged_out() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    script.answer("DELETE /api/client/v2.0/auth/delete", 204, Value::Null);
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    user.delete().await.unwrap();
    assert!(!user.is_logged_in());
    assert_eq!(script.requests().last().unwrap().token(), Some(&*access_token("first", 1800)));
}

#[tokio::test]
async fn linked_credentials_are_those_of_the_user_from_then_on() {
    let script = Script::start().await;
    script.answer_login("anon-user", "ada");
    let link = format!("{}?link=true", login("local-userpass"));
    let mut answer = session("ada", &access_token("linked", 1800));
    answer["refresh_token"] = Value::Null;
    script.answer(&link, 200, answer);
    let user = script.app().log_in(Credentials::anonymous()).await.unwrap();
    user.link(Credentials::email_password("a@x.io", "pw")).await.unwrap();
    assert!(!user.is_anonymous());
    let request = script.requests().pop().unwrap();
    assert_eq!(request.token(), Some(&*access_token("first", 1800)));

    // When the session ends, the user logs in with them.
    script.answer(SESSION, 401, error("InvalidSession"));
    script.answer_login("local-userpass", "ada");
    user.refresh().await.unwrap();
    assert_eq!(script.paths().pop().unwrap(), "POST /auth/providers/local-userpass/login");
}

#[tokio::test]
async fn api_keys_are_made_listed_toggled_and_deleted() {
    let script = Script::start().await;
    script.answer_login("local-userpass", "ada");
    let keys = format!("{API}/auth/api_keys");
    let key = json!({ "_id": "f1", "name": "laptop", "disabled": false });
    let made = json!({ "_id": "f1", "key": "s3cr3t", "name": "laptop", "disabled": false });
    script.answer(&format!("POST {keys}"), 201, made);
    script.answer(&format!("GET {keys}"), 200, json!([key]));
    script.answer(&format!("GET {keys}/f1"), 200, key);
    script.answer(&format!("GET {keys}/f2"), 404, error("APIKeyNotFound"));
    script.answer(&format!("PUT {keys}/f1/disable"), 204, Value::Null);
    script.answer(&format!("PUT {keys}/f1/enable"), 204, Value::Null);
    script.answer(&format!("DELETE {keys}/f1"), 204, Value::Null);
    let user = script.app().log_in(Credentials::email_password("a", "pw")).await.unwrap();
    let keys = user.api_keys();
    let made = keys.create("laptop").await.unwrap();
    assert_eq!((&*made.key, &*made.api_key.id), ("s3cr3t", "f1"));
    assert!(!format!("{made:?}").contains("s3cr3t"));
    assert_eq!(keys.list().await.unwrap(), std::slice::from_ref(&made.api_key));
    assert_eq!(keys.get("f1").await.unwrap(), made.api_key);
    let missing = keys.get("f2").await.unwrap_err();
    assert!(matches!(missing, RequestError::Refused { code, .. } if code == "APIKeyNotFound"));
    keys.disable("f1").await.unwrap();
    keys.enable("f1").await.unwrap();
    keys.delete("f1").await.unwrap();
    let requests = script.requests();
    // Keys are the business of the refresh token.
    assert!(requests[2..].iter().all(|request| request.token() == Some("refresh ada")));
    assert_eq!(requests[2].body, json!({ "name": "laptop" }));
}

#[tokio::test]
async fn registration_confirmation_and_reset_send_what_app_services_expects() {
    let script = Script::start().await;
    let app = script.app();
    let auth = app.email_password_auth();
    let path = |path: &str| format!("POST {API}/app/app/auth/providers/local-userpass/{path}");
    for known in ["confirm", "confirm/send", "confirm/call", "reset", "reset/send", "reset/call"] {
        script.answer(&path(known), 200, Value::Null);
    }
    script.answer(&path("register"), 201, Value::Null);
    script.answer(&path("register"), 409, error("AccountNameInUse"));
    auth.register("a@x.io", "pw123456").await.unwrap();
    let taken = auth.register("a@x.io", "pw123456").await.unwrap_err();
    assert!(
        matches!(taken, RequestError::Refused { status: 409, code, .. } if code == "AccountNameInUse")
    );
    auth.confirm("t", "tid").await.unwrap();
    auth.resend("a@x.io").await.unwrap();
    auth.call_confirm("a@x.io").await.unwrap();
    auth.send_reset("a@x.io").await.unwrap();
    auth.reset("t", "tid", "n").await.unwrap();
    auth.call_reset("a@x.io", "n", &[json!("arg1")]).await.unwrap();
    let bodies: Vec<_> = script.requests().into_iter().skip(3).map(|r| (r.path, r.body)).collect();
    let expected = [
        ("confirm", json!({ "token": "t", "tokenId": "tid" })),
        ("confirm/send", json!({ "email": "a@x.io" })),
        ("confirm/call", json!({ "email": "a@x.io" })),
        ("reset/send", json!({ "email": "a@x.io" })),
        ("reset", json!({ "password": "n", "token": "t", "tokenId": "tid" })),
        ("reset/call", json!({ "email": "a@x.io", "password": "n", "arguments": ["arg1"] })),
    ];
    let expected = expected.map(|(known, body)| (path(known).replace("POST ", ""), body));
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_errors_and_not_panics() {
    let script = Script::start().await;
    for body in [json!(7), json!([]), json!({ "access_token": 7 }), Value::Null] {
        script.forget(&login("api-key"));
        script.answer(&login("api-key"), 200, body);
        let error = script.app().log_in(Credentials::api_key("k")).await.unwrap_err();
        assert!(matches!(error, RequestError::Answer(_)), "{error:?}");
    }
    script.forget(LOCATION);
    script.answer(LOCATION, 200, json!({ "hostname": "not a URL" }));
    let error = script.app().log_in(Credentials::api_key("k")).await.unwrap_err();
    assert!(matches!(error, RequestError::Location(_)), "{error:?}");
}

#[tokio::test]
async fn a_client_of_the_applications_own_is_used() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    // Built from a configuration that trusts nobody, to need no certificates of the system.
    let tls = crate::client::tls::Roots::default().config(false).unwrap();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("the application's own")
        .build()
        .unwrap();
    let app = script.builder().http_client(client).build().unwrap();
    app.log_in(Credentials::api_key("k")).await.unwrap();
    let requests = script.requests();
    assert!(requests.iter().all(|r| r.headers["user-agent"] == "the application's own"));
}

#[tokio::test]
async fn a_proxy_sees_every_request() {
    let proxy = Script::start().await;
    // A proxy gets the whole URL.
    let target = "http://gateway.test";
    proxy.answer(&format!("GET {target}{API}/app/app/location"), 200, json!({ "hostname": "" }));
    let login = format!("POST {target}{API}/app/app/auth/providers/api-key/login");
    proxy.answer(&login, 200, session("ada", "token"));
    let app = App::builder("app").base_url(target).proxy(&proxy.url).build().unwrap();
    let user = app.log_in(Credentials::api_key("k")).await.unwrap();
    assert_eq!(user.id().as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let timeout = Duration::from_millis(50);
    let app = App::builder("app").base_url(url).request_timeout(timeout).build().unwrap();
    let error = app.log_in(Credentials::anonymous()).await.unwrap_err();
    assert!(matches!(error, RequestError::Network(_)), "{error:?}");
}

#[tokio::test]
async fn every_status_is_told_with_the_words_of_the_server() {
    let script = Script::start().await;
    script.answer_login("api-key", "ada");
    let user = script.app().log_in(Credentials::api_key("k")).await.unwrap();
    for status in (400..=451).chain(500..=511).filter(|status| *status != 401) {
        script.forget(PROFILE);
        let headers = vec![("retry-after", "7".to_owned())];
        script.answer_with(PROFILE, status, headers, error("SomeCode"));
        match user.profile().await.unwrap_err() {
            RequestError::Refused { status: found, code, message, retry_after } => {
                assert_eq!((found, &*code, &*message), (status, "SomeCode", "no"));
                assert_eq!(retry_after, Some(Duration::from_secs(7)));
            }
            error => panic!("{status}: {error:?}"),
        }
    }
    // Whoever stands between may not know the words of App Services.
    script.forget(PROFILE);
    script.answer(PROFILE, 502, json!("<html>bad gateway</html>"));
    let error = user.profile().await.unwrap_err();
    assert_eq!(error.to_string(), "the server refused: Bad Gateway (502)");
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"hostname\":";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let app = App::builder("app").base_url(url).build().unwrap();
    let error = app.log_in(Credentials::anonymous()).await.unwrap_err();
    assert!(matches!(error, RequestError::Network(_)), "{error:?}");
}
