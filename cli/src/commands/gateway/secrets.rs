//! The file of secrets.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{exit::Exit, failure::Failure};

/// Secrets: client app id, name, value.
pub(super) fn read(path: &Path) -> Result<Vec<(String, String, String)>, Failure> {
    let usage = |error: String| {
        Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
            .hint("write a table per client app id, like `[telemetry-abcde]`, with `name = \"value\"` in it")
    };
    let text = fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    // The message of the parser shows the line it stumbled on, which may be a secret.
    let apps: BTreeMap<String, BTreeMap<String, String>> =
        toml::from_str(&text).map_err(|error| usage(error.message().to_owned()))?;
    let secrets = apps.into_iter().flat_map(|(app, secrets)| {
        secrets.into_iter().map(move |(name, value)| (app.clone(), name, value))
    });
    Ok(secrets.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_named_by_app_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.toml");
        fs::write(&path, "[plant-abcde]\nkey = \"hidden\"\n").unwrap();
        let secrets = read(&path).unwrap();
        assert_eq!(secrets, [("plant-abcde".to_owned(), "key".to_owned(), "hidden".to_owned())]);
        fs::write(&path, "[plant-abcde]\nkey = \"hidden\n").unwrap();
        assert!(!read(&path).unwrap_err().to_string().contains("hidden"));
    }
}
