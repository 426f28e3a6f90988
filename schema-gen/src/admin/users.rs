//! The users of an app.

use reqwest::Method;
use serde_json::Value;

use super::{
    AdminClient, AdminError, App,
    client::{Body, unexpected},
};

impl AdminClient {
    /// Makes a user that another server has, as the Admin API of that server lists it: with `_id`,
    /// `identities` and `data`. Repeating it is safe. Answers the id.
    ///
    /// # Errors
    ///
    /// The user is not described well, somebody else has its id or one of its identities, or the
    /// server cannot be reached.
    pub async fn bring_user(&mut self, app: &App, user: &Value) -> Result<String, AdminError> {
        let path = app.path("/users");
        let made = self.json(Method::POST, &path, Body::Json(user)).await?;
        let id = made.get("_id").and_then(Value::as_str);
        let missing = || unexpected(&Method::POST, &path, "it has no `_id`");
        id.map(str::to_owned).ok_or_else(missing)
    }
}
