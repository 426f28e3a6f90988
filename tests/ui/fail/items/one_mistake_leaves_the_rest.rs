// One message: the struct is there, with all its fields, and can be written.

use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(minimun = 3)]
    count: i32,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(realm: &Realm<Telemetry>) {
    let reading = Reading { id: ObjectId::new(), count: 1, celsius: 21.5 };
    assert!(reading.celsius.abs() > f64::from(reading.count));
    realm.create(reading).unwrap();
}

fn main() {
    let _ = use_it;
}
