//! Whatever a device calls a changeset, it becomes documents or an error, and both are what they say.

#![no_main]

use asymmetric_device_sync::{
    announcement::Announcements,
    changeset::Changeset,
    document::{Object, Objects},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|changeset: &[u8]| {
    let mut announcements = Announcements::default();
    let mut last = None;
    for located in Changeset::new(changeset) {
        let Ok(located) = located else { break };
        assert!(last.is_none_or(|last| last < located.offset), "instructions take bytes");
        assert!(located.offset < changeset.len());
        last = Some(located.offset);
        announcements.apply(&located.instruction);
    }
    let schemas = announcements.schemas();
    match Objects::decode(changeset) {
        Ok(objects) => {
            for object in objects.into_objects() {
                let schema = schemas.get(&*object.class);
                for schema in [None, schema] {
                    check(&object, schema);
                }
            }
        }
        Err(error) => {
            assert!(error.offset <= changeset.len());
            assert!(!error.to_string().is_empty());
        }
    }
});

/// A document that is made can be stored, and its primary key comes first.
fn check(object: &Object, schema: Option<&serde_json::Value>) {
    let Ok(document) = object.to_bson(schema, &|class| class.to_owned()) else { return };
    assert_eq!(document.keys().next().map(String::as_str), Some("_id"));
    assert!(bson::serialize_to_vec(&document).is_ok(), "{document}");
}
