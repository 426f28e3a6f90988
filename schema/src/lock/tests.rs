use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Place, document::strategies};

const REALM: &str = "Telemetry";

fn class(title: &str, properties: &Value, required: &[&str]) -> ClassDocument {
    let place = Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "telemetry".to_owned(),
        collection: title.to_lowercase(),
    };
    let schema = json!({
        "title": title, "bsonType": "object", "properties": properties, "required": required
    });
    ClassDocument::from_json(place, schema, None).unwrap()
}

fn reading(properties: &Value) -> Vec<ClassDocument> {
    vec![class("Reading", properties, &["_id"])]
}

fn locked(versions: &[Vec<ClassDocument>]) -> Lock {
    let mut lock = Lock::default();
    for version in versions {
        lock.accept(REALM, version).unwrap();
    }
    lock
}

fn refused(lock: &Lock, classes: &[ClassDocument]) -> Vec<String> {
    lock.review(REALM, classes).refused.iter().map(|f| format!("{}@{}", f.rule.id, f.at)).collect()
}

fn id() -> Value {
    json!({"_id": {"bsonType": "objectId"}})
}

fn with(name: &str, bson: &str) -> Value {
    json!({"_id": {"bsonType": "objectId"}, name: {"bsonType": bson}})
}

#[test]
fn text_is_readable() {
    let mut lock = locked(&[reading(&id()), reading(&with("it's", "int"))]);
    lock.allow(REALM, Allowance::new("property_removed", "Reading.it's", "Never shipped."));
    expect_test::expect_file!["expected.lock"].assert_eq(&lock.to_string());
}

#[test]
fn additive_changes_are_accepted_and_kept_beside_the_older_version() {
    let mut lock = locked(&[reading(&id())]);
    let newer = reading(&with("celsius", "double"));
    let review = lock.accept(REALM, &newer).unwrap();
    assert!(!review.is_locked);
    assert_eq!(review.additive.len(), 1);
    assert!(lock.review(REALM, &newer).is_locked);
    assert_eq!(lock.versions().count(), 2);
    assert_eq!(lock.newest(REALM).collect::<Vec<_>>(), newer.iter().collect::<Vec<_>>());
}

#[test]
fn change_that_is_not_allowed_leaves_the_lock_as_it_was() {
    let mut lock = locked(&[reading(&with("celsius", "double"))]);
    let before = lock.clone();
    let review = lock.accept(REALM, &reading(&with("celsius", "int"))).unwrap_err();
    assert_eq!(review.refused[0].to_string(), "type_changed at Reading.celsius: double became int");
    assert_eq!(lock, before);
}

#[test]
fn allowance_is_used_once_and_kept_with_the_version() {
    let mut lock = locked(&[reading(&with("celsius", "double"))]);
    lock.allow(REALM, Allowance::new("type_changed", "Reading.celsius", "Never shipped."));
    let review = lock.accept(REALM, &reading(&with("celsius", "int"))).unwrap();
    assert_eq!(review.allowed[0].1, "Never shipped.");
    assert_eq!(lock.pending().count(), 0);
    assert!(lock.to_string().contains("reason = \"Never shipped.\""));
    // The next change of the type is another one, against either version.
    let next = reading(&with("celsius", "string"));
    assert_eq!(refused(&lock, &next), ["type_changed@Reading.celsius"]);
    // What the allowance was for is settled for good.
    let more = json!({
        "_id": {"bsonType": "objectId"}, "celsius": {"bsonType": "int"}, "n": {"bsonType": "int"}
    });
    assert_eq!(refused(&lock, &reading(&more)), [""; 0]);
}

#[test]
fn every_accepted_version_counts_and_not_the_newest_alone() {
    let mut lock = locked(&[reading(&with("a", "int"))]);
    lock.allow(REALM, Allowance::new("property_removed", "Reading.a", "Nobody reads it."));
    lock.accept(REALM, &reading(&id())).unwrap();
    // To the newest version `a` is merely a new property; to the first it has another type.
    assert_eq!(refused(&lock, &reading(&with("a", "string"))), ["type_changed@Reading.a"]);
}

#[test]
fn removed_class_needs_an_allowance_and_is_remembered() {
    let event = class("Event", &id(), &[]);
    let mut both = reading(&id());
    both.push(event.clone());
    let mut lock = locked(&[both.clone()]);
    assert_eq!(refused(&lock, &reading(&id())), ["class_removed@Event"]);
    lock.allow(REALM, Allowance::new("class_removed", "Event", "Replaced."));
    lock.accept(REALM, &reading(&id())).unwrap();
    assert_eq!(lock.newest(REALM).count(), 1);
    assert_eq!(lock.versions().count(), 2, "the gateway still has to read it");
    assert!(lock.review(REALM, &reading(&id())).is_locked);
    // It may come back, compatible with what it was.
    lock.accept(REALM, &both).unwrap();
    assert_eq!(lock.newest(REALM).count(), 2);
}

#[test]
fn renamed_class_is_found_by_its_collection() {
    let old = class("Reading", &id(), &[]);
    let mut new = class("Measurement", &id(), &[]);
    new.place = old.place.clone();
    let mut lock = locked(&[vec![old]]);
    assert_eq!(refused(&lock, std::slice::from_ref(&new)), ["title_changed@Reading"]);
    lock.allow(REALM, Allowance::new("title_changed", "Reading", "No device in the field."));
    lock.accept(REALM, std::slice::from_ref(&new)).unwrap();
    assert!(lock.review(REALM, std::slice::from_ref(&new)).is_locked);
    let text = lock.to_string();
    assert_eq!(text.parse::<Lock>().unwrap(), lock, "{text}");
}

#[test]
fn realm_schemas_in_one_file_do_not_miss_the_classes_of_each_other() {
    let mut lock = locked(&[reading(&id())]);
    let event = [class("Event", &id(), &[])];
    lock.accept("Events", &event).unwrap();
    assert!(lock.review("Events", &event).is_locked);
    assert!(lock.review(REALM, &reading(&id())).is_locked);
    assert_eq!(lock.realms(), ["Events", "Telemetry"]);
}

#[test]
fn merge_that_stopped_keeps_what_either_side_accepted() {
    let base = locked(&[reading(&id())]);
    let side = |property: &str, reason: &str| {
        let mut lock = base.clone();
        lock.accept(REALM, &reading(&with(property, "int"))).unwrap();
        lock.allow(REALM, Allowance::new("class_removed", "Reading", reason));
        lock
    };
    let (ours, theirs) = (side("a", "Ours."), side("b", "Theirs."));
    // As git writes it with `merge.conflictStyle = diff3`.
    let text = format!("<<<<<<< HEAD\n{ours}||||||| base\n{base}=======\n{theirs}>>>>>>> theirs\n");
    assert_eq!(text.parse::<Lock>(), Err(LockError::Conflict));
    let merged = Lock::merged(&text).unwrap();
    assert_eq!(merged.versions().count(), 3);
    assert_eq!(merged.pending().count(), 1);
    let both = json!({
        "_id": {"bsonType": "objectId"}, "a": {"bsonType": "int"}, "b": {"bsonType": "int"}
    });
    assert_eq!(refused(&merged, &reading(&both)), [""; 0]);
    assert_eq!(Lock::merged(&base.to_string()), Ok(base));
}

#[test]
fn merged_locks_know_what_either_knew() {
    let base = reading(&id());
    let ours = locked(&[base.clone(), reading(&with("a", "int"))]);
    let theirs = locked(&[base, reading(&with("b", "int"))]);
    let mut both = ours.clone();
    assert_eq!(both.merge(theirs.clone()), 1);
    assert_eq!(both.versions().count(), 3);
    assert_eq!((both.merge(ours), both.merge(theirs)), (0, 0));
}

#[test]
fn damage_is_noticed() {
    let text = locked(&[reading(&with("celsius", "double"))]).to_string();
    let error = |text: &str| text.parse::<Lock>().unwrap_err().to_string();
    let edited = text.replace("\"double\"", "\"int\"");
    assert!(error(&edited).contains("is not the one that was accepted"), "{}", error(&edited));
    assert!(error(&format!("<<<<<<< HEAD\n{text}")).contains("a merge stopped here"));
    assert!(error(&text.replace("format = 1", "format = 2")).contains("format 2"));
    assert!(error(&text.replace("format = 1", "")).contains("format = 1"));
    assert!(error(&format!("{text}colour = 'red'\n")).contains("`colour` is unknown"));
    assert_eq!(
        error(&text.replace("realm = \"Telemetry\"\n", "")),
        "`Reading`: `realm` should be a string"
    );
    let pending = "\n[[pending]]\nrealm = \"T\"\nrule = \"no_such\"\nat = \"R\"\nreason = \"r\"\n";
    assert!(error(&format!("{text}{pending}")).contains("no rule is called `no_such`"));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        versions in proptest::collection::vec(strategies::realm(), 0..3),
        reason in ".{0,8}",
    ) {
        let mut lock = Lock::default();
        for classes in versions {
            for class in &classes {
                lock.allow(REALM, Allowance::new("class_removed", class.title(), &reason));
            }
            // Whether it is accepted is not the point; duplicates of a title are no realm schema.
            let mut titles = std::collections::BTreeSet::new();
            let classes: Vec<_> =
                classes.into_iter().filter(|c| titles.insert(c.title().to_owned())).collect();
            let known = lock.clone();
            prop_assert_eq!(lock.accept(REALM, &classes).is_err(), {
                !known.review(REALM, &classes).refused.is_empty()
            });
        }
        // Descriptions are no part of a lock.
        let text = lock.to_string();
        let read: Lock = text.parse().unwrap();
        prop_assert_eq!(read.to_string(), text);
    }
}
