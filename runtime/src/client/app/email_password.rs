//! Registration, confirmation and forgotten passwords.

use reqwest::Method;
use serde_json::{Value, json};

use super::App;
use crate::client::RequestError;

/// What users of the provider `local-userpass` do before they have a session.
///
/// ```no_run
/// # use asymmetric::{App, Credentials, Error};
/// # async fn example(app: App) -> Result<(), Error> {
/// app.email_password_auth().register("ada@example.com", "correct horse").await?;
/// let user = app.log_in(Credentials::email_password("ada@example.com", "correct horse")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EmailPasswordAuth {
    app: App,
}

impl EmailPasswordAuth {
    pub(super) const fn new(app: App) -> Self {
        Self { app }
    }

    /// Registers a user. Depending on the app, it can log in at once, or has to be confirmed.
    ///
    /// # Errors
    ///
    /// `AccountNameInUse` if the address is taken; see [`RequestError::Refused`].
    pub async fn register(&self, email: &str, password: &str) -> Result<(), RequestError> {
        self.post("register", json!({ "email": email, "password": password })).await
    }

    /// Confirms a user, with the token and its id that the confirmation mail carries.
    pub async fn confirm(&self, token: &str, token_id: &str) -> Result<(), RequestError> {
        self.post("confirm", json!({ "token": token, "tokenId": token_id })).await
    }

    /// Sends the confirmation mail again.
    pub async fn resend(&self, email: &str) -> Result<(), RequestError> {
        self.post("confirm/send", json!({ "email": email })).await
    }

    /// Runs the app's confirmation function again.
    pub async fn call_confirm(&self, email: &str) -> Result<(), RequestError> {
        self.post("confirm/call", json!({ "email": email })).await
    }

    /// Sends a mail with which a forgotten password can be [reset](Self::reset).
    pub async fn send_reset(&self, email: &str) -> Result<(), RequestError> {
        self.post("reset/send", json!({ "email": email })).await
    }

    /// Sets a new password, with the token and its id that the mail carries.
    pub async fn reset(
        &self,
        token: &str,
        token_id: &str,
        new_password: &str,
    ) -> Result<(), RequestError> {
        let body = json!({ "token": token, "tokenId": token_id, "password": new_password });
        self.post("reset", body).await
    }

    /// Asks the app's reset function for a new password; it gets the arguments as well.
    pub async fn call_reset(
        &self,
        email: &str,
        new_password: &str,
        arguments: &[Value],
    ) -> Result<(), RequestError> {
        let body = json!({ "email": email, "password": new_password, "arguments": arguments });
        self.post("reset/call", body).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<(), RequestError> {
        let http = self.app.http();
        let path = format!("{}/auth/providers/local-userpass/{path}", http.app_path());
        http.order(Method::POST, &path, None, Some(&body)).await
    }
}
