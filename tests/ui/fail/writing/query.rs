use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(realm: &Realm<Telemetry>) {
    let warm = realm.query::<Reading>("celsius > 20").len();
}

fn main() {}
