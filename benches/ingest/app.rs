//! The app that checks what it is sent.

use anyhow::Result;
use asymmetric_gateway::apps::AppFiles;
use serde_json::json;

use crate::{APP, COLLECTION, DATABASE};

/// An app with a schema and rules that look at every document.
pub(crate) fn files() -> Result<AppFiles> {
    let folder = format!("data_sources/mongodb-atlas/{DATABASE}/{COLLECTION}");
    let schema = json!({
        "title": COLLECTION, "bsonType": "object",
        "required": ["_id", "device", "taken_at", "celsius"],
        "properties": {
            "_id": {"bsonType": "objectId"},
            "device": {"bsonType": "string", "maxLength": 20},
            "taken_at": {"bsonType": "date"},
            "celsius": {"bsonType": "double", "minimum": -100, "maximum": 100},
            "pressure": {"bsonType": "double"},
        }
    });
    let rules = json!({
        "collection": COLLECTION, "database": DATABASE,
        "roles": [{
            "name": "device", "apply_when": {}, "insert": true,
            "write": { "device": { "$in": ["KJFK", "KLGA"] } },
        }]
    });
    let mut files = AppFiles::default();
    for (path, content) in [
        ("root_config.json".to_owned(), json!({ "name": APP })),
        (
            "auth/providers.json".to_owned(),
            json!({ "anon-user": { "name": "anon-user", "type": "anon-user" } }),
        ),
        (
            "data_sources/mongodb-atlas/config.json".to_owned(),
            json!({ "name": "mongodb-atlas", "type": "mongodb-atlas" }),
        ),
        (format!("{folder}/schema.json"), schema),
        (format!("{folder}/rules.json"), rules),
    ] {
        files.insert(&path, content.to_string())?;
    }
    Ok(files)
}
