//! A change of an app, before it is stored.

use std::sync::Arc;

use bson::oid::ObjectId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::record::AppState;
use crate::{
    apps::{AppConfig, AppFiles, ConfigError, ReadError, app::derive_id},
    store::StoreError,
};

/// An app as it shall be next: its record, and the files that are changed, which are those of a
/// draft if whoever changes has one.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) state: AppState,
    pub(crate) files: AppFiles,
    /// What the files say before the change.
    pub(crate) config: Arc<AppConfig>,
    /// The files that are served.
    pub(crate) live: AppFiles,
    /// The files of the draft, if there is one.
    pub(crate) draft: Option<AppFiles>,
    /// The files are those of the draft.
    pub(crate) drafting: bool,
}

/// A change that was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("there is no such app")]
    NoApp,
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Files(#[from] ReadError),
    #[error("others change the app all the time")]
    Conflict,
    #[error("`{0}` holds something else than it should")]
    Shape(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Edit {
    /// Puts these keys into a file that holds an object; its others stay.
    pub(crate) fn merge(&mut self, path: &str, keys: &Map<String, Value>) -> Result<(), EditError> {
        let mut object = self.files.object(path);
        object.extend(keys.clone());
        self.write(path, &object)
    }

    /// Writes a file as the App Services CLI does, unless it holds the same already.
    pub(crate) fn write(&mut self, path: &str, value: &impl Serialize) -> Result<(), EditError> {
        let value = serde_json::to_value(value).map_err(|_| EditError::Shape(path.to_owned()))?;
        if self.files.json::<Value>(path).as_ref() == Some(&value) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let indented = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut json = serde_json::Serializer::with_formatter(&mut bytes, indented);
        value.serialize(&mut json).map_err(|_| EditError::Shape(path.to_owned()))?;
        bytes.push(b'\n');
        self.files.insert(path, bytes)?;
        Ok(())
    }

    /// From now on the change is one of the files that are served, as they are.
    pub(crate) fn keep_live(&mut self) {
        self.files = self.live.clone();
        self.drafting = false;
    }

    /// From now on the files of the draft are served.
    pub(crate) fn serve_draft(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.files = draft;
        }
        self.drafting = false;
    }

    /// Takes away all files below a folder.
    pub(crate) fn remove_below(&mut self, folder: &str) {
        let paths: Vec<String> =
            self.files.below(folder).map(|(path, _)| format!("{folder}{path}")).collect();
        for path in paths {
            self.files.remove(&path);
        }
    }

    /// A thing got another name: its id stays.
    pub(crate) fn rename(&mut self, kind: &str, from: &str, to: &str) {
        if from != to {
            let id = self.state.id_of(kind, from);
            self.state.ids.remove(&format!("{kind}/{from}"));
            self.state.ids.insert(format!("{kind}/{to}"), id);
        }
    }
}

impl AppState {
    /// The id of a thing of this kind and name in the app.
    pub(crate) fn id_of(&self, kind: &str, name: &str) -> ObjectId {
        let key = format!("{kind}/{name}");
        self.ids.get(&key).copied().unwrap_or_else(|| derive_id(&key, &self.id.bytes()))
    }
}
