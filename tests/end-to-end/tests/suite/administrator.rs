//! An administrator of the gateway, over its Admin API.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Name and secret.
pub(crate) const ACCOUNT: &str = "operator:0f9e8d7c6b5a";

/// Somebody who is logged in.
pub(crate) struct Administrator {
    address: SocketAddr,
    token: String,
    /// Of the only app.
    app: String,
}

impl Administrator {
    pub(crate) async fn log_in(address: SocketAddr) -> Self {
        let (name, secret) = ACCOUNT.split_once(':').unwrap();
        let mut this = Self { address, token: String::new(), app: String::new() };
        let body = json!({ "username": name, "apiKey": secret });
        let login = this.ask("POST", "/auth/providers/mongodb-cloud/login", body).await;
        login["access_token"].as_str().unwrap().clone_into(&mut this.token);
        let profile = this.ask("GET", "/auth/profile", Value::Null).await;
        let group = profile["roles"][0]["group_id"].as_str().unwrap();
        let apps = this.ask("GET", &format!("/groups/{group}/apps"), Value::Null).await;
        this.app = format!("/groups/{group}/apps/{}", apps[0]["_id"].as_str().unwrap());
        this
    }

    /// Does something about a user: `enable`, `disable`, `logout`.
    pub(crate) async fn order(&self, user_id: &str, what: &str) {
        let path = format!("{}/users/{user_id}/{what}", self.app);
        self.ask("PUT", &path, Value::Null).await;
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = format!(
            "{method} /api/admin/v3.0{path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\
             authorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() }
    }
}
