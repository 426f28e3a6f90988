//! The Admin API without a socket.

mod access_list;
mod configuration;
mod deployment;
mod description;
mod lifetimes;
mod logins;
mod matrix;
mod replicas;
mod sessions;
mod trying;
mod users;

use std::sync::Arc;

use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::{
    Gateway,
    apps::AppFiles,
    testing::{Answer, World, request},
};

pub(super) const ACCOUNT: &str = "publickey:private-0f9e8d7c";
pub(super) const BASE: &str = "/api/admin/v3.0";

/// An administrator who is logged in.
pub(super) struct Admin {
    pub(super) world: World,
    pub(super) token: String,
    pub(super) refresh_token: String,
    pub(super) group: String,
}

impl Admin {
    /// Of a gateway without apps.
    pub(super) async fn new() -> Self {
        let world = World::with(|builder| builder.dev(false).admin(ACCOUNT.parse().unwrap())).await;
        Self::of(world).await
    }

    /// Of a gateway that serves a directory.
    pub(super) async fn with_app(files: AppFiles) -> Self {
        let world =
            World::with(|builder| builder.dev(false).admin(ACCOUNT.parse().unwrap()).app(files));
        Self::of(world.await).await
    }

    pub(super) async fn of(world: World) -> Self {
        let login =
            log_in(&world, json!({ "username": "publickey", "apiKey": "private-0f9e8d7c" }));
        let login = login.await.json();
        let text = |key: &str| login[key].as_str().unwrap().to_owned();
        let (token, refresh_token) = (text("access_token"), text("refresh_token"));
        let profile = world.get(&format!("{BASE}/auth/profile"), Some(&token)).await.json();
        let group = profile["roles"][0]["group_id"].as_str().unwrap().to_owned();
        Self { world, token, refresh_token, group }
    }

    pub(super) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.world.send(request(method, &format!("{BASE}{path}"), Some(&self.token), body)).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, Value::Null).await;
        assert_eq!(answer.status.as_u16(), 200, "GET {path}: {}", text(&answer));
        answer.json()
    }

    /// Asks for something that must be answered with this status.
    pub(super) async fn expect(&self, status: u16, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", text(&answer));
        if answer.body.is_empty() {
            // Clients try to parse whatever has a content type.
            assert!(!answer.headers.contains_key(header::CONTENT_TYPE), "{method} {path}");
            return Value::Null;
        }
        answer.json()
    }

    /// Sends a zip.
    pub(super) async fn send_zip(&self, method: &str, path: &str, zip: Vec<u8>) -> Answer {
        let mut request = request(method, &format!("{BASE}{path}"), Some(&self.token), zip);
        request.headers_mut().insert(header::CONTENT_TYPE, "application/zip".parse().unwrap());
        self.world.send(request).await
    }

    /// Makes an app; answers its path and its client app id.
    pub(super) async fn create_app(&self) -> (String, String) {
        let path = format!("/groups/{}/apps", self.group);
        let app = self.expect(201, "POST", &path, json!({ "name": "Telemetry" })).await;
        let id = |key: &str| app[key].as_str().unwrap().to_owned();
        (format!("{path}/{}", id("_id")), id("client_app_id"))
    }

    /// The path of the only app.
    pub(super) async fn app(&self) -> String {
        let path = format!("/groups/{}/apps", self.group);
        let apps = self.get(&path).await;
        format!("{path}/{}", apps[0]["_id"].as_str().unwrap())
    }

    /// The same administrator of another gateway on the same store.
    pub(super) async fn replica(&self) -> Gateway {
        let builder = Gateway::builder(Arc::new(self.world.store.clone()));
        builder.admin(ACCOUNT.parse().unwrap()).build().await.unwrap()
    }
}

pub(super) async fn log_in(world: &World, body: Value) -> Answer {
    let path = format!("{BASE}/auth/providers/mongodb-cloud/login");
    world.send(request("POST", &path, None, body.to_string())).await
}

pub(super) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// A request that a gateway other than that of the world shall answer.
pub(super) async fn ask(gateway: &Gateway, request: Request<axum::body::Body>) -> Answer {
    crate::testing::answer(gateway.full_router(), request).await
}
