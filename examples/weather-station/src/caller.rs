//! Asking a running gateway how many documents it has.

use anyhow::{Context as _, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};

pub(crate) const DATABASE: &str = "weather";
pub(crate) const COLLECTION: &str = "observations";

/// An anonymous user who calls functions of a gateway.
pub(crate) struct Caller {
    client: Client,
    app_url: String,
    access_token: String,
}

impl Caller {
    /// Logs in at the gateway.
    pub(crate) async fn log_in(gateway: &str, app_id: &str) -> Result<Self> {
        // An error only says that there is a provider already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().build()?;
        let app_url = format!("{}/api/client/v2.0/app/{app_id}", gateway.trim_end_matches('/'));
        let login =
            client.post(format!("{app_url}/auth/providers/anon-user/login")).json(&json!({}));
        let answer = login.send().await.with_context(|| format!("no gateway at {gateway}"))?;
        let login: Value = answer.json().await?;
        let access_token = text(&login, "access_token")?.to_owned();
        Ok(Self { client, app_url, access_token })
    }

    /// How many documents of the station the gateway has stored.
    pub(crate) async fn count(&self, station: &str) -> Result<u64> {
        let arguments = json!([{
            "database": DATABASE, "collection": COLLECTION, "query": { "station": station }
        }]);
        let call = json!({ "service": "mongodb-atlas", "name": "count", "arguments": arguments });
        let request = self.client.post(format!("{}/functions/call", self.app_url));
        let answer = request.bearer_auth(&self.access_token).json(&call).send().await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        ensure!(status.is_success(), "the gateway does not count: {answer}");
        Ok(text(&answer, "$numberLong")?.parse()?)
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> Result<&'a str> {
    let text = answer.get(name).and_then(Value::as_str);
    text.with_context(|| format!("the gateway answers without `{name}`: {answer}"))
}
