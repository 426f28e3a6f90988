//! How a user proves who they are.

use std::fmt;

use asymmetric_protocol::client_api::Device;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// How a user proves who they are, for [`App::log_in`](super::App::log_in).
///
/// The app must have the authentication provider enabled. Secrets do not appear in `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    provider: Provider,
    /// The body of the login, but for what all of them have.
    fields: Map<String, Value>,
}

/// The authentication providers, by what they are called in the paths of the client API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    Anonymous,
    EmailPassword,
    ApiKey,
    CustomToken,
    CustomFunction,
    Google,
    Apple,
    Facebook,
}

impl Provider {
    const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => ANONYMOUS,
            Self::EmailPassword => "local-userpass",
            Self::ApiKey => "api-key",
            Self::CustomToken => "custom-token",
            Self::CustomFunction => "custom-function",
            Self::Google => "oauth2-google",
            Self::Apple => "oauth2-apple",
            Self::Facebook => "oauth2-facebook",
        }
    }
}

/// The provider of users who prove nothing.
pub(super) const ANONYMOUS: &str = "anon-user";

/// The payload for an authentication function is no object.
#[derive(Debug, thiserror::Error)]
#[error("the payload of an authentication function must become a JSON object")]
pub struct PayloadError(#[source] Option<serde_json::Error>);

impl Credentials {
    /// A new user that nobody has to prove anything for.
    ///
    /// If the app remembers an anonymous user, that one is logged in again. Nobody can ever log in
    /// as an anonymous user whose session has ended; a new one takes its place.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(Provider::Anonymous, [])
    }

    /// A user that was registered with
    /// [`EmailPasswordAuth::register`](super::EmailPasswordAuth::register).
    #[must_use]
    pub fn email_password(email: impl Into<String>, password: impl Into<String>) -> Self {
        let fields = [("username", email.into()), ("password", password.into())];
        Self::new(Provider::EmailPassword, fields)
    }

    /// The user of an API key, which [`User::api_keys`](super::User::api_keys) or the operator of
    /// the app has made.
    #[must_use]
    pub fn api_key(key: impl Into<String>) -> Self {
        Self::new(Provider::ApiKey, [("key", key.into())])
    }

    /// The user that a JSON web token of another system speaks of.
    #[must_use]
    pub fn jwt(token: impl Into<String>) -> Self {
        Self::new(Provider::CustomToken, [("token", token.into())])
    }

    /// The user that the app's authentication function makes of `payload`.
    ///
    /// # Errors
    ///
    /// The payload does not serialize to a JSON object.
    pub fn function(payload: &impl Serialize) -> Result<Self, PayloadError> {
        match serde_json::to_value(payload) {
            Ok(Value::Object(fields)) => Ok(Self { provider: Provider::CustomFunction, fields }),
            Ok(_) => Err(PayloadError(None)),
            Err(error) => Err(PayloadError(Some(error))),
        }
    }

    /// A Google user, by an identity token (`OpenID` Connect).
    #[must_use]
    pub fn google_id_token(token: impl Into<String>) -> Self {
        Self::new(Provider::Google, [("id_token", token.into())])
    }

    /// A Google user, by an OAuth 2.0 authorization code.
    #[must_use]
    pub fn google_auth_code(code: impl Into<String>) -> Self {
        Self::new(Provider::Google, [("authCode", code.into())])
    }

    /// An Apple user, by an identity token.
    #[must_use]
    pub fn apple(token: impl Into<String>) -> Self {
        Self::new(Provider::Apple, [("id_token", token.into())])
    }

    /// A Facebook user, by an access token.
    #[must_use]
    pub fn facebook(token: impl Into<String>) -> Self {
        Self::new(Provider::Facebook, [("accessToken", token.into())])
    }

    fn new<const N: usize>(provider: Provider, fields: [(&str, String); N]) -> Self {
        let fields = fields.map(|(name, value)| (name.to_owned(), Value::String(value)));
        Self { provider, fields: fields.into_iter().collect() }
    }

    /// Name of the authentication provider, as it stands in the path of the login.
    pub(super) const fn provider(&self) -> &'static str {
        self.provider.name()
    }

    /// Body of the login.
    pub(super) fn body(&self, device: &Device) -> Value {
        let mut body = self.fields.clone();
        if self.provider != Provider::CustomFunction {
            body.insert("provider".to_owned(), json!(self.provider()));
        }
        body.insert("options".to_owned(), json!({ "device": device }));
        Value::Object(body)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Credentials");
        debug.field("provider", &self.provider());
        if let (Provider::EmailPassword, Some(email)) = (self.provider, self.fields.get("username"))
        {
            debug.field("email", email);
        }
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_the_body_that_app_services_expects() {
        let function = Credentials::function(&json!({ "badge": 7 })).unwrap();
        let table = [
            (Credentials::anonymous(), "anon-user", json!({})),
            (
                Credentials::email_password("a@x.io", "pw"),
                "local-userpass",
                json!({ "username": "a@x.io", "password": "pw" }),
            ),
            (Credentials::api_key("k"), "api-key", json!({ "key": "k" })),
            (Credentials::jwt("t"), "custom-token", json!({ "token": "t" })),
            (Credentials::google_id_token("t"), "oauth2-google", json!({ "id_token": "t" })),
            (Credentials::google_auth_code("c"), "oauth2-google", json!({ "authCode": "c" })),
            (Credentials::apple("t"), "oauth2-apple", json!({ "id_token": "t" })),
            (Credentials::facebook("t"), "oauth2-facebook", json!({ "accessToken": "t" })),
            (function, "custom-function", json!({ "badge": 7 })),
        ];
        let device = Device { app_id: "app".into(), ..Device::default() };
        for (credentials, provider, mut expected) in table {
            assert_eq!(credentials.provider(), provider);
            let body = credentials.body(&device);
            assert_eq!(body["options"]["device"]["appId"], "app");
            expected["options"] = body["options"].clone();
            if provider != "custom-function" {
                expected["provider"] = json!(provider);
            }
            assert_eq!(body, expected);
        }
    }

    #[test]
    fn a_payload_that_is_no_object_is_refused() {
        assert!(Credentials::function(&7).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?}", Credentials::email_password("a@x.io", "hunter2"));
        assert!(printed.contains("a@x.io") && !printed.contains("hunter2"), "{printed}");
        assert!(!format!("{:?}", Credentials::api_key("s3cr3t")).contains("s3cr3t"));
    }
}
