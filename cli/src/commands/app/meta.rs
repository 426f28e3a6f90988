//! `.mdb/meta.json`: which app on a server a directory was pulled from.

use std::{fs, io, path::Path};

use asymmetric_schema::to_pretty_string;
use asymmetric_schema_gen::admin::App;
use serde_json::{Value, json};

use crate::failure::Failure;

const PATH: &str = ".mdb/meta.json";

/// Version of the layout of app directories.
const CONFIG_VERSION: u64 = 20_230_101;

/// The client app id, if the directory knows one.
pub(super) fn read(directory: &Path) -> Result<Option<String>, Failure> {
    let content = match fs::read(directory.join(PATH)) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let meta: Value = serde_json::from_slice(&content)?;
    Ok(meta.get("client_app_id").and_then(Value::as_str).map(str::to_owned))
}

pub(super) fn write(directory: &Path, app: &App) -> Result<(), Failure> {
    let path = directory.join(PATH);
    fs::create_dir_all(path.parent().unwrap_or(directory))?;
    let meta = json!({
        "config_version": CONFIG_VERSION,
        "app_id": app.id,
        "group_id": app.project,
        "client_app_id": app.client_app_id,
    });
    Ok(fs::write(path, to_pretty_string(&meta))?)
}
