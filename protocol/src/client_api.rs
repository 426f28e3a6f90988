//! JSON bodies of the App Services client API v2.0 that both sides use.
//!
//! Source: App Services documentation, "Authenticate HTTP client requests", and what the Realm
//! SDKs send and expect.

use serde::{Deserialize, Serialize};

/// Answer to `GET …/location`: where everything else is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// `GLOBAL` or `LOCAL`.
    #[serde(default)]
    pub deployment_model: String,
    /// Region of the app, such as `IE`.
    #[serde(default)]
    pub location: String,
    /// Base URL of all further requests. Empty: the URL that was asked.
    pub hostname: String,
    /// Base URL of web sockets. Empty: [`hostname`](Self::hostname) with the scheme changed.
    #[serde(default)]
    pub ws_hostname: String,
}

/// What a client says of the device at login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Device {
    /// Client app id.
    pub app_id: String,
    /// Operating system.
    pub platform: String,
    /// Name of the SDK.
    pub sdk: String,
    /// Version of the SDK.
    pub sdk_version: String,
    /// Processor architecture.
    pub cpu_arch: String,
}

/// The part of a login body that is the same for all providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginOptions {
    /// The device that logs in.
    #[serde(default)]
    pub device: Device,
}

/// Body of an anonymous login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnonymousLogin {
    /// Always `anon-user`; other clients leave it out.
    #[serde(default)]
    pub provider: String,
    /// Device information.
    #[serde(default)]
    pub options: LoginOptions,
}

/// Answer to a login. Other clients insist on all four fields.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginResponse {
    /// Token for requests, valid for half an hour.
    pub access_token: String,
    /// Token for new access tokens.
    pub refresh_token: String,
    /// ObjectId of the user, in hexadecimal.
    pub user_id: String,
    /// ObjectId of the device, in hexadecimal; all zeros for none.
    pub device_id: String,
}

/// Answer to `POST …/auth/session`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionResponse {
    /// The new access token.
    pub access_token: String,
}

// Tokens never reach a log through `{:?}`.
impl std::fmt::Debug for LoginResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { user_id, device_id, .. } = self;
        f.debug_struct("LoginResponse")
            .field("user_id", user_id)
            .field("device_id", device_id)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SessionResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionResponse").finish_non_exhaustive()
    }
}

/// Body of every answer with an error status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong, for people.
    pub error: String,
    /// What went wrong, for programs: a name such as `InvalidSession`.
    #[serde(default)]
    pub error_code: String,
    /// Where the server logged the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_of_other_clients_are_accepted() {
        // No body at all is sent as `{}` by the handler; realm-web sends `options` alone.
        assert_eq!(
            serde_json::from_str::<AnonymousLogin>("{}").unwrap(),
            AnonymousLogin::default()
        );
        let login: AnonymousLogin = serde_json::from_str(
            r#"{"options":{"device":{"sdkVersion":"2.0.1","platform":"node","appId":"a","appVersion":"1"}}}"#,
        )
        .unwrap();
        assert_eq!(login.options.device.sdk_version, "2.0.1");
        assert_eq!(login.options.device.app_id, "a");
    }

    #[test]
    fn tokens_are_not_printed() {
        let response = LoginResponse {
            access_token: "secret".into(),
            refresh_token: "secret".into(),
            user_id: "u".into(),
            device_id: "d".into(),
        };
        assert!(!format!("{response:?}").contains("secret"));
        let session = SessionResponse { access_token: "secret".into() };
        assert!(!format!("{session:?}").contains("secret"));
    }
}
