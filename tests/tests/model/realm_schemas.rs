//! Sets of classes as types.

use asymmetric::{MemberOf, ObjectId, Schema, asymmetric, realm_schema};

use crate::support::assert_encodes;

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

#[asymmetric(title = "Press")]
struct ButtonPress<'a> {
    #[asymmetric(primary_key)]
    button: &'a str,
}

realm_schema! {
    /// What the weather stations send.
    pub(crate) struct Telemetry = [Reading, ButtonPress<'_>];
}

realm_schema! { struct Buttons = [ButtonPress<'_>,]; }

#[test]
fn a_realm_schema_lists_its_classes_in_order() {
    let titles: Vec<_> = Telemetry::REALM.classes.iter().map(|c| c.title.to_string()).collect();
    assert_eq!(titles, ["Reading", "Press"]);
    assert!(Telemetry::REALM.class("Press").is_some());
    assert_eq!(Buttons::REALM.classes.len(), 1);
}

#[test]
fn a_class_has_a_position_in_each_realm_schema_that_lists_it() {
    assert_eq!(<Reading as MemberOf<Telemetry>>::INDEX, 0);
    assert_eq!(<ButtonPress<'_> as MemberOf<Telemetry>>::INDEX, 1);
    assert_eq!(<ButtonPress<'_> as MemberOf<Buttons>>::INDEX, 0);
}

#[test]
fn objects_of_the_classes_can_be_made_and_are_what_they_were() {
    let (reading, press) = (Reading { id: ObjectId::new() }, ButtonPress { button: "red" });
    assert_encodes(&press, &bson::doc! { "_id": "red" });
    assert_ne!(reading.id, ObjectId::new());
}
