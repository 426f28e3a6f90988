//! `asymmetric documents` and `asymmetric rejected` on an embedded store.
#![expect(clippy::unwrap_used, reason = "a helper that fails ends the test")]

use std::{
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use asymmetric_gateway::{
    EmbeddedStore, Namespace, Store,
    store::{Document, Insert},
};
use bson::{RawDocumentBuf, rawdoc};

struct World {
    directory: tempfile::TempDir,
}

fn insert(namespace: Namespace, documents: Vec<RawDocumentBuf>) -> Insert {
    let documents = documents.into_iter().map(|document| Document::try_from(document).unwrap());
    Insert { namespace, documents: documents.collect() }
}

impl World {
    /// A store with two readings, and two objects that were rejected.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let payload = |document: RawDocumentBuf| bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: document.into_bytes(),
        };
        let rejected = |id: &str, class: &str, document: RawDocumentBuf| {
            let record = bson::doc! {
                "_id": id, "at": bson::DateTime::from_millis(0), "app": "plant",
                "user": bson::oid::ObjectId::from_bytes([1; 12]), "class": class,
                "database": "telemetry", "collection": class, "code": "schema_validation_failed",
                "reason": "`celsius` must be of type double", "document": payload(document),
            };
            RawDocumentBuf::try_from(&record).unwrap()
        };
        let inserts = vec![
            insert(
                Namespace::new("telemetry", "Reading").unwrap(),
                vec![
                    rawdoc! { "_id": 1, "celsius": 1.5 },
                    rawdoc! { "_id": 2_i64, "celsius": 2.5 },
                ],
            ),
            insert(
                Namespace::new("__asymmetric", "rejected").unwrap(),
                vec![
                    rejected("aa-1", "Reading", rawdoc! { "_id": 3, "celsius": "hot" }),
                    rejected("aa-2", "Alarm", rawdoc! { "celsius": "no id" }),
                ],
            ),
        ];
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store: Arc<dyn Store> =
                Arc::new(EmbeddedStore::open(directory.path()).await.unwrap());
            let inserted = store.insert(inserts).await;
            assert!(inserted.iter().all(|inserted| inserted.error.is_none()));
        });
        Self { directory }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(self.directory.path(), arguments)
    }

    fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn run(store: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
    command.args(arguments).env("ASYMMETRIC_STORE", format!("embedded:{}", store.display()));
    command.output().unwrap()
}

#[test]
fn documents_are_counted_listed_and_exported() {
    let world = World::new();
    assert_eq!(world.stdout(&["documents", "count"]), "           2  telemetry.Reading\n");
    let counted = world.stdout(&["documents", "count", "telemetry.Other"]);
    assert_eq!(counted, "           0  telemetry.Other\n");
    let listed = world.stdout(&["documents", "list", "telemetry.Reading", "--limit", "1"]);
    assert_eq!(listed, "{\"_id\":1,\"celsius\":1.5}\n");

    let file = world.directory.path().join("readings.json");
    let to = file.to_str().unwrap();
    let export = ["documents", "export", "telemetry.Reading", "--to", to];
    world.stdout(&export);
    let exported = std::fs::read_to_string(&file).unwrap();
    let second = r#"{"_id":{"$numberLong":"2"},"celsius":{"$numberDouble":"2.5"}}"#;
    assert_eq!(exported.lines().nth(1), Some(second));
    // A file that is there is nobody's to overwrite.
    assert_eq!(world.run(&export).status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), exported);
}

#[test]
fn rejected_objects_are_listed_shown_replayed_and_discarded() {
    let world = World::new();
    let listed = world.stdout(&["rejected", "list"]);
    assert_eq!(listed.lines().count(), 2);
    assert!(
        listed.contains("aa-1  1970-01-01T00:00:00Z  Reading  schema_validation_failed  `celsius`")
    );
    let alarms = world.stdout(&["rejected", "list", "--class", "Alarm"]);
    assert!(alarms.starts_with("aa-2"), "{alarms}");
    let shown = world.stdout(&["rejected", "show", "aa-1"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["document"]["celsius"], "hot");

    // One of them is no document that could be stored.
    let replayed = world.run(&["rejected", "replay", "--all"]);
    assert_eq!(replayed.status.code(), Some(1));
    let told = String::from_utf8(replayed.stdout).unwrap();
    assert!(told.contains("aa-1  stored") && told.contains("aa-2  the object is not"), "{told}");
    assert_eq!(world.stdout(&["documents", "count"]), "           3  telemetry.Reading\n");
    assert_eq!(world.stdout(&["rejected", "discard", "aa-2"]), "aa-2  discarded\n");
    assert_eq!(world.stdout(&["rejected", "list"]), "");
    assert_eq!(world.run(&["rejected", "show", "aa-2"]).status.code(), Some(1));
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("none");
    for arguments in [&["documents", "count"][..], &["rejected", "list"]] {
        assert_eq!(run(&store, arguments).status.code(), Some(64));
        assert!(!store.exists());
    }
}
