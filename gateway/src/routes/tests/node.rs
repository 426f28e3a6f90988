//! Clients that others wrote, as they are, under Node, against a gateway on a socket.

use std::{path::Path, process::Stdio, time::Duration};

use asymmetric_testkit::cache;
use jsonwebtoken::{Algorithm, EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use tokio::{net::TcpListener, process::Command, time::timeout};

use super::{accounts::post, documents};
use crate::{
    Audience, Drained,
    apps::{App, AppFiles},
    testing::World,
};

/// Longer than a script takes on a slow machine; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(120);
const JWT_SECRET: &str = "a-secret-of-at-least-32-characters-in-it";

const FUNCTIONS: [(&str, &str); 7] = [
    ("sum", "exports = (a, b) => a + b;"),
    ("echo", "exports = (value) => value;"),
    ("boom", "exports = () => { throw new Error('kaput'); };"),
    ("isOwner", "exports = (id) => id === context.user.id;"),
    (
        "confirm",
        "exports = ({ username }) => \
         ({ status: username.startsWith('wait') ? 'pending' : 'success' });",
    ),
    ("reset", "exports = (_, status) => ({ status });"),
    ("login", "exports = ({ user, secret }) => secret === 7 ? { id: user } : null;"),
];

/// The app of the documents' tests, with every way to log in and a collection for servers.
fn app() -> App {
    let mut files: AppFiles = documents::app();
    let mut providers: Value =
        serde_json::from_slice(files.get("auth/providers.json").unwrap()).unwrap();
    providers["local-userpass"]["config"] = json!({
        "runConfirmationFunction": true, "confirmationFunctionName": "confirm",
        "runResetFunction": true, "resetFunctionName": "reset",
    });
    providers["custom-function"] = json!({
        "name": "custom-function", "type": "custom-function",
        "config": { "authFunctionName": "login" },
    });
    providers["custom-token"] = json!({
        "name": "custom-token", "type": "custom-token",
        "secret_config": { "signingKeys": ["jwt"] },
        "metadata_fields": [{ "name": "name" }],
    });
    let functions: Vec<_> = FUNCTIONS.iter().map(|(name, _)| json!({ "name": name })).collect();
    let shared = json!({
        "database": "plant", "collection": "shared",
        "roles": [{ "name": "server", "apply_when": { "%%user.type": "server" }, "write": true }],
    });
    // Whole notes belong to their owner here: clients remove what they have made.
    let own = json!({ "owner": "%%user.id" });
    let notes = json!({ "database": "plant", "collection": "notes", "roles": [{
        "name": "owner", "document_filters": { "read": own, "write": own }, "write": true,
    }] });
    let source = "data_sources/mongodb-atlas/plant";
    for (path, content) in [
        ("auth/providers.json".to_owned(), providers),
        ("functions/config.json".to_owned(), json!(functions)),
        (format!("{source}/shared/rules.json"), shared),
        (format!("{source}/notes/rules.json"), notes),
    ] {
        files.insert(&path, content.to_string()).unwrap();
    }
    for (name, code) in FUNCTIONS {
        files.insert(&format!("functions/{name}.js"), code.to_owned()).unwrap();
    }
    let mut app = App::configured(files).unwrap();
    app.secrets.insert("jwt", JWT_SECRET);
    app
}

/// Runs a script with the base URL of a gateway, a server API key and a custom token.
async fn run(script: &str) {
    let world = World::new().await;
    let app = app();
    let domain_id = app.domain_id;
    world.gateway.apps().put(app);
    let key = world.gateway.auth().create_key(domain_id, None, "node").await.unwrap().key;
    // A key is known to the Data API once its user is made, by the first login.
    let login = "/api/client/v2.0/app/plant/auth/providers/api-key/login";
    assert_eq!(post(&world, login, None, json!({ "key": key })).await.status, 200);
    let claims = json!({
        "aud": "plant", "sub": "jay", "name": "Jay", "exp": get_current_timestamp() + 3600,
    });
    let signing = EncodingKey::from_secret(JWT_SECRET.as_bytes());
    let jwt = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &signing).unwrap();

    let server = world.gateway.serve(listener().await).unwrap();
    script_ends_well(script, &[&server.url(), &key, &jwt]).await;
    assert_eq!(server.shutdown(Duration::from_secs(10)).await, Drained::Completely);
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Runs a script of `tests/node`, which must say that all went well.
async fn script_ends_well(script: &str, arguments: &[&str]) {
    let packages = cache::node_packages_root(&cache::cache_dir()).join("node_modules");
    assert!(
        packages.is_dir(),
        "`{}` is missing; `cargo xtask test` installs it",
        packages.display()
    );
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/node");
    let ended = Command::new("node")
        .arg(scripts.join(script))
        .args(arguments)
        .env("NODE_PATH", packages)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, ended).await.expect("the script ends").unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{script}: {}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), "ok");
}

#[tokio::test]
async fn realm_web_does_all_it_can_do() {
    run("realm-web.cjs").await;
}

#[tokio::test]
async fn the_stitch_server_sdk_does_all_it_can_do() {
    run("stitch.cjs").await;
}

#[tokio::test]
async fn the_data_api_client_does_all_it_can_do() {
    run("data-api.cjs").await;
}

#[tokio::test]
async fn the_admin_api_client_does_all_it_can_do() {
    let account = "publickey:private-0f9e8d7c".parse().unwrap();
    let world = World::with(|builder| builder.dev(false).admin(account)).await;
    let server = world.gateway.serve_to(Audience::Both, listener().await, None).unwrap();
    script_ends_well("admin.cjs", &[&server.url(), "publickey", "private-0f9e8d7c"]).await;
    assert_eq!(server.shutdown(Duration::from_secs(10)).await, Drained::Completely);
}
