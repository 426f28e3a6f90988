use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(realm: &Realm<Telemetry>, reading: Reading) {
    let written = realm.write(|tx| {
        tx.create(reading)?;
    });
    written.unwrap();
}

fn main() {
    let _ = use_it;
}
