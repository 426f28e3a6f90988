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
    /// Version of the application.
    pub app_version: String,
    /// Name of the application.
    pub bundle_id: String,
    /// Processor architecture.
    pub cpu_arch: String,
    /// Name of the device.
    pub device_name: String,
    /// Version of the device.
    pub device_version: String,
    /// Operating system.
    pub platform: String,
    /// Version of the operating system.
    pub platform_version: String,
    /// Name of the SDK.
    pub sdk: String,
    /// Version of the SDK.
    pub sdk_version: String,
    /// ObjectId that an earlier login has given the device, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", with = "extended_json_id")]
    pub device_id: Option<String>,
}

/// Ids as clients send them: `{"$oid": ".."}`, or the digits alone.
mod extended_json_id {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};
    use serde_json::{Value, json};

    #[expect(clippy::ref_option, reason = "serde calls it like this")]
    pub(super) fn serialize<S: Serializer>(
        id: &Option<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        id.as_ref().map(|id| json!({ "$oid": id })).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<String>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let digits = value.get("$oid").unwrap_or(&value).as_str();
        Ok(digits.map(ToOwned::to_owned))
    }
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

/// Answer to a login with `?link=true`. There may be a refresh token as well, or not: the session
/// stays the one it was.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkResponse {
    /// Token for requests, valid for half an hour.
    pub access_token: String,
    /// ObjectId of the user, in hexadecimal.
    pub user_id: String,
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

impl std::fmt::Debug for LinkResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkResponse").field("user_id", &self.user_id).finish_non_exhaustive()
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
    fn devices_of_other_clients_are_understood() {
        let digits = "6b00000000000000000000dd";
        for id in [format!(r#"{{"$oid":"{digits}"}}"#), format!(r#""{digits}""#)] {
            let json = format!(r#"{{"sdkVersion":"2.0.1","platform":"node","deviceId":{id}}}"#);
            let device: Device = serde_json::from_str(&json).unwrap();
            assert_eq!((&*device.sdk_version, &*device.platform), ("2.0.1", "node"));
            assert_eq!(device.device_id.as_deref(), Some(digits));
        }
        let json = serde_json::to_string(&Device::default()).unwrap();
        assert!(!json.contains("deviceId"), "{json}");
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
