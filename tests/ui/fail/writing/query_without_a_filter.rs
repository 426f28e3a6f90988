use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(realm: &Realm<Telemetry>) {
    let all = realm.query::<Reading>();
}

fn main() {
    let _ = use_it;
}
