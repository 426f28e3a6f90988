mod agreement;
mod allocation;
mod keywords;
mod laws;
mod nulls;
mod strategies;

use bson::RawDocumentBuf;
use serde_json::Value;

use super::{NullRules, Validator};

/// The violations of a document as `path code` pairs.
fn violations(schema: &Value, nulls: NullRules, document: &RawDocumentBuf) -> Vec<String> {
    let validator = Validator::compile(schema, nulls).unwrap();
    match validator.validate(document) {
        Ok(()) => Vec::new(),
        Err(found) => found.iter().map(|found| format!("{} {}", found.path, found.code)).collect(),
    }
}
