//! What a new app has from the start.

use asymmetric_schema::{DEFAULT_DATA_SOURCE, to_pretty_string};
use asymmetric_schema_gen::{AppFiles, data_source_config};
use clap::ValueEnum;
use serde_json::{Value, json};

/// What a new app has from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// Nothing: nobody can log in, and nobody may write
    #[default]
    Empty,
    /// Devices log in anonymously or by an API key, and may insert into every collection and read
    /// nothing
    Ingest,
}

/// A data source to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) cluster: String,
}

impl Template {
    /// Data sources of an app for which nobody names any.
    pub(super) fn sources(self) -> Vec<Source> {
        match self {
            Self::Empty => Vec::new(),
            Self::Ingest => vec![Source {
                name: DEFAULT_DATA_SOURCE.to_owned(),
                cluster: "Cluster0".to_owned(),
            }],
        }
    }

    /// The files of the template, and of the data sources.
    pub(super) fn files(self, sources: &[Source]) -> AppFiles {
        let mut files = AppFiles::default();
        let mut put = |path: String, value: &Value| files.insert(path, to_pretty_string(value));
        for Source { name, cluster } in sources {
            let folder = format!("data_sources/{name}");
            put(format!("{folder}/config.json"), &data_source_config(name, cluster));
            if self == Self::Ingest {
                put(format!("{folder}/default_rule.json"), &insert_only());
            }
        }
        if self == Self::Ingest {
            put("auth/providers.json".to_owned(), &logins());
        }
        files
    }
}

/// Everybody who is logged in may insert. Narrow it by `apply_when` and `document_filters`.
fn insert_only() -> Value {
    json!({
        "roles": [{
            "name": "device",
            "apply_when": {},
            "document_filters": { "read": false, "write": true },
            "read": false,
            "write": true,
            "insert": true,
            "delete": false,
            "search": false,
        }],
        "filters": [],
    })
}

fn logins() -> Value {
    let provider = |kind: &str| json!({ "name": kind, "type": kind, "disabled": false });
    json!({ "anon-user": provider("anon-user"), "api-key": provider("api-key") })
}
