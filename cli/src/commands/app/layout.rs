//! What an app directory says of itself, in the layout of today and in that of 2021.

use asymmetric_schema_gen::AppFiles;
use serde_json::Value;

/// The file that every app directory has, the newest layout first.
const ROOT_FILES: [&str; 4] = ["root_config.json", OF_2021, "config.json", "stitch.json"];

const OF_2021: &str = "realm_config.json";

/// Whether these are the files of an app.
pub(super) fn is_app(files: &AppFiles) -> bool {
    root_file(files).is_some()
}

/// The file with the name of the app.
pub(super) fn root_file(files: &AppFiles) -> Option<&'static str> {
    ROOT_FILES.into_iter().find(|name| files.get(name).is_some())
}

/// The name that the app gives itself.
pub(super) fn name(files: &AppFiles) -> Option<String> {
    let root: Value = serde_json::from_slice(files.get(root_file(files)?)?).ok()?;
    root.get("name")?.as_str().map(str::to_owned)
}

/// The client app id that the files tell. In the layout of 2021 the root file has it, as `app_id`.
pub(super) fn client_app_id(files: &AppFiles) -> Option<String> {
    let text = |file: &str, key: &str| {
        let value: Value = serde_json::from_slice(files.get(file)?).ok()?;
        Some(value.get(key)?.as_str()?.to_owned()).filter(|id| !id.is_empty())
    };
    text(meta_file(files), "client_app_id").or_else(|| text(OF_2021, "app_id"))
}

/// The file that tells which app on a server the directory belongs to.
pub(super) fn meta_file(files: &AppFiles) -> &'static str {
    match root_file(files) {
        Some(OF_2021) => ".mdb/app_meta.json",
        _ => ".mdb/meta.json",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(of: &[(&str, &str)]) -> AppFiles {
        of.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn both_layouts_tell_which_app_they_are() {
        let today = files(&[
            ("root_config.json", r#"{"name": "telemetry"}"#),
            (".mdb/meta.json", r#"{"client_app_id": "telemetry-abcde"}"#),
        ]);
        let of_2021 = files(&[(
            "realm_config.json",
            r#"{"name": "telemetry", "app_id": "telemetry-abcde"}"#,
        )]);
        for files in [today, of_2021] {
            assert_eq!(name(&files).as_deref(), Some("telemetry"));
            assert_eq!(client_app_id(&files).as_deref(), Some("telemetry-abcde"));
        }
    }

    #[test]
    fn other_files_tell_nothing() {
        for files in [files(&[]), files(&[("root_config.json", "{"), ("a.json", "{}")])] {
            assert_eq!((name(&files), client_app_id(&files)), (None, None));
        }
        assert!(!is_app(&files(&[("notes.txt", "")])));
    }
}
