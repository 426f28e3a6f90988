//! Which app on a server a directory was pulled from.

use std::{fs, path::Path};

use asymmetric_schema::to_pretty_string;
use asymmetric_schema_gen::{AppFiles, admin::App};
use serde_json::json;

use super::layout;
use crate::failure::Failure;

/// Version of the layout of app directories.
const CONFIG_VERSION: u64 = 20_230_101;

/// Writes it down, where the layout of the files has a place for it.
pub(super) fn write(directory: &Path, files: &AppFiles, app: &App) -> Result<(), Failure> {
    let path = directory.join(layout::meta_file(files));
    fs::create_dir_all(path.parent().unwrap_or(directory))?;
    let meta = json!({
        "config_version": CONFIG_VERSION,
        "app_id": app.id,
        "group_id": app.project,
        "client_app_id": app.client_app_id,
    });
    Ok(fs::write(path, to_pretty_string(&meta))?)
}
