//! The root files of an app, its values and the Data API.

use bson::oid::ObjectId;
use serde::Deserialize;
use serde_json::Value as Json;

/// Which version of the App Services CLI wrote the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// `root_config.json` and `.mdb/meta.json`.
    Current,
    /// `realm_config.json`, config version 20210101.
    Of2021,
}

impl Layout {
    /// The file that bears the name of the app.
    #[must_use]
    pub fn root_file(self) -> &'static str {
        match self {
            Self::Current => "root_config.json",
            Self::Of2021 => "realm_config.json",
        }
    }

    /// The file that tells which app on the server the directory belongs to.
    #[must_use]
    pub fn meta_file(self) -> &'static str {
        match self {
            Self::Current => ".mdb/meta.json",
            Self::Of2021 => ".mdb/app_meta.json",
        }
    }
}

/// Who an app is, as far as its files tell.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// How the directory is laid out.
    pub layout: Layout,
    /// What clients are built with; the name of the app where no file tells.
    pub client_app_id: String,
    /// Id in the Admin API.
    pub app_id: Option<ObjectId>,
    /// The project.
    pub group_id: Option<ObjectId>,
}

/// Name, place and origins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Settings {
    /// Name of the app.
    pub name: String,
    /// `GLOBAL` or `LOCAL`.
    pub deployment_model: String,
    /// Like `US-VA`.
    pub location: String,
    /// Like `aws-us-east-1`.
    pub provider_region: String,
    /// Empty, or `development`, `testing`, `qa` or `production`.
    pub environment: String,
    /// Origins of web pages that may ask the gateway; `*` stands for anything within a host.
    #[serde(deserialize_with = "super::auth::null_is_default")]
    pub allowed_request_origins: Vec<String>,
}

/// A named value, `%%values.<name>` in rules.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Value {
    /// Its id, where the file tells one.
    #[serde(alias = "_id")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// `value` is the name of a secret.
    pub from_secret: bool,
    /// The value.
    pub value: Json,
}

/// `http_endpoints/data_api_config.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the format has them")]
#[non_exhaustive]
pub struct DataApi {
    /// Nobody can use it.
    #[serde(default)]
    pub disabled: bool,
    /// Versions that are served.
    pub versions: Vec<String>,
    /// `JSON` or `EJSON`, for requests that do not say.
    pub return_type: String,
    /// Valid credentials of unknown users make a user.
    pub create_user_on_auth: bool,
    /// Everything runs with all rights.
    pub run_as_system: bool,
    /// Everything runs as this user.
    pub run_as_user_id: String,
    /// Everything runs as the user that this function answers.
    pub run_as_user_id_script_source: String,
    /// `NO_VALIDATION`, `SECRET_AS_QUERY_PARAM` or `VERIFY_PAYLOAD`.
    pub validation_method: String,
    /// Secret for the validation.
    pub secret_name: Option<String>,
    /// Expression that must hold; always, if there is none.
    pub can_evaluate: Option<Json>,
    /// Arguments go into the log.
    pub log_function_arguments: bool,
    /// Custom data of the user is read for every request.
    pub fetch_custom_user_data: bool,
}

/// An app without the file has no Data API.
impl Default for DataApi {
    fn default() -> Self {
        Self {
            disabled: true,
            versions: Vec::new(),
            return_type: "JSON".to_owned(),
            create_user_on_auth: false,
            run_as_system: false,
            run_as_user_id: String::new(),
            run_as_user_id_script_source: String::new(),
            validation_method: "NO_VALIDATION".to_owned(),
            secret_name: None,
            can_evaluate: None,
            log_function_arguments: false,
            fetch_custom_user_data: false,
        }
    }
}
