use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

#[asymmetric]
struct Other {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn use_it(realm: &Realm<Telemetry>) {
    realm.create(Other { id: ObjectId::new() }).unwrap();
}

fn main() {}
