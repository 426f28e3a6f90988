//! `functions/`: what clients and the gateway may call.

use serde::Deserialize;
use serde_json::Value;

use crate::apps::reader::Reader;

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Clients cannot call it.
    pub private: bool,
    /// Expression that must hold for a client to call it; always, if there is none.
    pub can_evaluate: Option<Value>,
    /// Arguments stay out of the log.
    pub disable_arg_logs: bool,
    /// It runs with all rights.
    pub run_as_system: bool,
    /// It runs as this user; as the one that calls, if it is empty.
    pub run_as_user_id: String,
    /// It runs as the user that this function answers.
    pub run_as_user_id_script_source: String,
    /// JavaScript that sets `exports`.
    #[serde(skip)]
    pub source: String,
}

const FILE: &str = "functions/config.json";

/// All functions with their source.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<Function> {
    let mut functions: Vec<Function> = reader.read_or_default(FILE);
    for (index, function) in functions.iter_mut().enumerate() {
        let path = format!("functions/{}.js", function.name);
        let key = format!("[{index}].name");
        match reader.files.get(&path).map(|bytes| std::str::from_utf8(bytes)) {
            Some(Ok(source)) => source.clone_into(&mut function.source),
            Some(Err(_)) => reader.problem(&path, "", "is no UTF-8", "save it as UTF-8"),
            None => {
                let what = format!("there is no `{path}`");
                reader.problem(FILE, &key, what, "add the file, or take the function out");
            }
        }
    }
    for (index, function) in functions.iter().enumerate() {
        if functions.iter().take(index).any(|other| other.name == function.name) {
            let what = format!("`{}` is there twice", function.name);
            reader.problem(FILE, &format!("[{index}].name"), what, "take one of them out");
        }
    }
    functions
}
