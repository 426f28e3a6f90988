//! Files of JSON into types, with errors that say where.

use serde::de::DeserializeOwned;

use super::{AppFiles, error::Problems};

/// Reads the files of an app and collects what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) files: &'a AppFiles,
    pub(super) problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a AppFiles) -> Self {
        Self { files, problems: Problems::default() }
    }

    /// What a file holds, if it is there. If it is there and cannot be read, that is noted.
    pub(super) fn read<T: DeserializeOwned>(&mut self, path: &str) -> Option<T> {
        let bytes = self.files.get(path)?;
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let result = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| (key_of(error.path()), error.into_inner()))
            .and_then(|value| json.end().map(|()| value).map_err(|error| (String::new(), error)));
        match result {
            Ok(value) => Some(value),
            Err((key, error)) => {
                let fix = if error.is_data() {
                    "write what is expected, or leave the key out"
                } else {
                    "mend the JSON"
                };
                self.problems.push(path, &key, error.to_string(), fix);
                None
            }
        }
    }

    /// The same, and the default where there is no such file.
    pub(super) fn read_or_default<T: DeserializeOwned + Default>(&mut self, path: &str) -> T {
        self.read(path).unwrap_or_default()
    }

    /// Notes that something is wrong.
    pub(super) fn problem(&mut self, file: &str, key: &str, what: impl Into<String>, fix: &str) {
        self.problems.push(file, key, what.into(), fix);
    }
}

fn key_of(path: &serde_path_to_error::Path) -> String {
    let key = path.to_string();
    if key == "." || key == "?" { String::new() } else { key }
}
