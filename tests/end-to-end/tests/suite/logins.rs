//! Every way to log in, against the gateway.

use asymmetric::{App, Credentials, RequestError};
use asymmetric_gateway::{Gateway, apps::AppFiles};
use serde_json::{Value, json};

use crate::support::{APP_ID, Backend, PATIENCE, Site, app_files, assert_counted, realm, write};

/// Tokens that keys have signed which are published in JWK sets.
fn signed() -> Value {
    let signed = include_str!("../../../../gateway/src/auth/external/signed.json");
    serde_json::from_str(signed).unwrap()
}

/// An app with every provider that a gateway serves.
fn files() -> AppFiles {
    let provider =
        |kind: &str, config: Value| json!({ "name": kind, "type": kind, "config": config });
    let nothing = || json!({});
    let confirmation =
        json!({ "runConfirmationFunction": true, "confirmationFunctionName": "confirm" });
    let keys = "https://keys.example.com/jwks";
    let custom = json!({ "audience": ["plant"], "useJWKURI": true, "jwkURI": keys });
    let providers = json!({
        "anon-user": provider("anon-user", nothing()),
        "api-key": provider("api-key", nothing()),
        "local-userpass": provider("local-userpass", confirmation),
        "custom-token": provider("custom-token", custom),
        "custom-function": provider("custom-function", json!({ "authFunctionName": "login" })),
        "oauth2-google": provider("oauth2-google", json!({ "clientId": "123.apps.example" })),
        "oauth2-apple": provider("oauth2-apple", json!({ "clientId": "com.example.app" })),
    });
    let functions = [
        ("confirm", "exports = () => ({ status: 'success' });"),
        ("login", "exports = ({ badge }) => `badge ${badge}`;"),
    ];
    let mut files = app_files(&providers, &functions);
    files.insert("auth/jwk_sets.json", signed()["jwk_sets"].to_string()).unwrap();
    files
}

async fn site(backend: &Backend) -> (Site, App) {
    let gateway = Gateway::builder(backend.store()).app(files()).build().await.unwrap();
    let mut site = Site::of(gateway);
    site.start();
    let app = App::builder(APP_ID).base_url(format!("http://{}", site.address)).build().unwrap();
    (site, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_credentials_logs_in_uploads_and_finds_its_user_again() {
    let backend = Backend::embedded().await;
    let (site, app) = site(&backend).await;
    app.email_password_auth().register("ada@example.com", "correct horse").await.unwrap();
    let password = Credentials::email_password("ada@example.com", "correct horse");
    let ada = app.log_in(password.clone()).await.unwrap();
    let key = ada.api_keys().create("laptop").await.unwrap().key;
    let tokens = &signed()["tokens"];
    let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let mut number = 0;
    for (kind, credentials) in [
        ("anonymous", Credentials::anonymous()),
        ("password", password),
        ("key", Credentials::api_key(key)),
        ("token", Credentials::jwt(token("custom"))),
        ("function", Credentials::function(&json!({ "badge": 7 })).unwrap()),
        ("google", Credentials::google_id_token(token("google"))),
        ("apple", Credentials::apple(token("apple"))),
    ] {
        let user = app.log_in(credentials.clone()).await.expect(kind);
        let id = user.id();
        let realm = realm(&user, site.realm_path().with_extension(kind));
        write(&realm, number..number + 10, 10).await;
        realm.sync_session().wait_for_upload(PATIENCE).await.expect(kind);
        number += 10;
        user.log_out().await.expect(kind);
        let again = app.log_in(credentials).await.expect(kind);
        // Nobody can be the same anonymous user twice.
        assert_eq!(again.id() == id, kind != "anonymous", "{kind}");
        assert_eq!(id == ada.id(), ["password", "key"].contains(&kind), "{kind}");
    }
    assert_counted(&backend, 0..number).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_app_does_not_serve_is_refused_with_its_name() {
    let backend = Backend::embedded().await;
    let (_site, app) = site(&backend).await;
    for (credentials, expected) in [
        (Credentials::facebook("t"), "oauth2-facebook"),
        (Credentials::google_auth_code("c"), "authorization code"),
        (Credentials::jwt("t"), "token"),
        (Credentials::api_key("k"), "key"),
    ] {
        let error = app.log_in(credentials).await.unwrap_err();
        assert!(matches!(error, RequestError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(app.users().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymous_user_that_links_a_password_keeps_its_objects_and_can_be_deleted() {
    let backend = Backend::embedded().await;
    let (site, app) = site(&backend).await;
    let user = app.log_in(Credentials::anonymous()).await.unwrap();
    let id = user.id();
    let realm = realm(&user, site.realm_path());
    realm.sync_session().pause();
    write(&realm, 0..10, 10).await;
    app.email_password_auth().register("ada@example.com", "correct horse").await.unwrap();
    let password = Credentials::email_password("ada@example.com", "correct horse");
    user.link(password.clone()).await.unwrap();
    realm.sync_session().resume();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&backend, 0..10).await;

    let profile = user.profile().await.unwrap();
    let kinds: Vec<_> = profile.identities.iter().map(|i| i.provider_type.as_str()).collect();
    assert_eq!(kinds, ["anon-user", "local-userpass"]);
    user.log_out().await.unwrap();
    assert_eq!(app.log_in(password.clone()).await.unwrap().id(), id);

    app.current_user().unwrap().delete().await.unwrap();
    assert!(app.log_in(password).await.unwrap_err().is_unauthorized());
}
