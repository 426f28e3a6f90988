use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(first: &Realm<Telemetry>, second: &Realm<Telemetry>, reading: Reading) {
    first.create(reading).unwrap();
    second.create(reading).unwrap();
}

fn main() {}
