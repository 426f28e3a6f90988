//! `auth/`: how users log in, and what else is known of them.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::apps::reader::Reader;

/// One way to log in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AuthProvider {
    /// `anon-user`, `local-userpass`, `api-key`, `custom-token`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// Nobody can log in this way.
    #[serde(default)]
    pub disabled: bool,
    /// Settings of this type.
    #[serde(default, deserialize_with = "null_is_default")]
    pub config: Map<String, Value>,
    /// Settings whose values are names of secrets.
    #[serde(default, deserialize_with = "null_is_default")]
    pub secret_config: Map<String, Value>,
    /// What is taken over from a token into the data of a user.
    #[serde(default, deserialize_with = "null_is_default")]
    pub metadata_fields: Vec<MetadataField>,
    /// Where an OAuth login may lead back to.
    #[serde(default, deserialize_with = "null_is_default")]
    pub redirect_uris: Vec<String>,
    /// Domains of e-mail addresses that may log in; all, if there is none.
    #[serde(default, deserialize_with = "null_is_default")]
    pub domain_restrictions: Vec<String>,
}

/// A claim that becomes a field of a user's data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MetadataField {
    /// Path of the claim, with dots between the levels and `\.` for a dot in a name.
    pub name: String,
    /// Name of the field; that of the claim, if it is empty.
    #[serde(default)]
    pub field_name: String,
    /// A token without the claim is refused.
    #[serde(default)]
    pub required: bool,
}

/// `auth/custom_user_data.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CustomUserData {
    /// Whether there is any.
    pub enabled: bool,
    /// Data source of the collection.
    pub mongo_service_name: String,
    /// Database of the collection.
    pub database_name: String,
    /// The collection.
    pub collection_name: String,
    /// Property that holds the id of the user.
    pub user_id_field: String,
    /// Function to call when a user is made; none, if it is empty.
    pub on_user_creation_function_name: String,
}

/// Exports write `null` where a list or an object is empty.
pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Types of providers that the gateway knows.
const KINDS: [&str; 8] = [
    "anon-user",
    "api-key",
    "custom-function",
    "custom-token",
    "local-userpass",
    "oauth2-apple",
    "oauth2-facebook",
    "oauth2-google",
];
const FILE: &str = "auth/providers.json";
const USER_DATA_FILE: &str = "auth/custom_user_data.json";
/// Secrets that may sign tokens.
const MAX_SIGNING_KEYS: usize = 3;

/// Checks what types cannot say.
pub(super) fn check(reader: &mut Reader<'_>, kind: &str, provider: &AuthProvider) {
    if provider.kind != kind {
        let what = format!("`{}` stands under the name `{kind}`", provider.kind);
        reader.problem(FILE, &format!("{kind}.type"), what, "use the type as the name");
    }
    if !KINDS.contains(&provider.kind.as_str()) {
        let what = format!("`{}` is no type of provider", provider.kind);
        let fix = format!("write one of {}", KINDS.join(", "));
        reader.problem(FILE, &format!("{kind}.type"), what, &fix);
    }
    let set = |key: &str| provider.config.get(key).and_then(Value::as_bool) == Some(true);
    if kind == "local-userpass" && set("autoConfirm") && set("runConfirmationFunction") {
        let what = "both automatic confirmation and a function";
        reader.problem(FILE, "local-userpass.config", what, "switch one of them off");
    }
    if kind == "custom-token" {
        let algorithm = provider.config.get("signingAlgorithm").and_then(Value::as_str);
        if let Some(other) = algorithm.filter(|name| !matches!(*name, "" | "HS256" | "RS256")) {
            let key = "custom-token.config.signingAlgorithm";
            let what = format!("`{other}` is not supported");
            reader.problem(FILE, key, what, "write HS256 or RS256");
        }
        let keys = provider.secret_config.get("signingKeys").and_then(Value::as_array);
        if keys.is_some_and(|keys| keys.len() > MAX_SIGNING_KEYS) {
            let key = "custom-token.secret_config.signingKeys";
            reader.problem(FILE, key, "more than 3 keys", "leave the oldest out");
        }
    }
}

/// Checks custom user data against the data sources.
pub(super) fn check_user_data(reader: &mut Reader<'_>, data: &CustomUserData) {
    if !data.enabled {
        return;
    }
    for (key, value) in [
        ("mongo_service_name", &data.mongo_service_name),
        ("database_name", &data.database_name),
        ("collection_name", &data.collection_name),
        ("user_id_field", &data.user_id_field),
    ] {
        if value.is_empty() {
            let what = "is empty, although custom user data is enabled";
            reader.problem(USER_DATA_FILE, key, what, "name it, or set `enabled` to false");
        }
    }
}
