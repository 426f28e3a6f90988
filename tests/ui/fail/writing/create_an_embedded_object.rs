use asymmetric::{ObjectId, Realm, asymmetric, embedded, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

#[embedded]
struct Wind {
    speed: f64,
}

fn use_it(realm: &Realm<Telemetry>) {
    realm.create(Wind { speed: 3.5 }).unwrap();
}

fn main() {}
