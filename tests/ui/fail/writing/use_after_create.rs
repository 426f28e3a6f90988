use asymmetric::{ObjectId, Realm, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(realm: &Realm<Telemetry>) {
    let reading = Reading { id: ObjectId::new(), celsius: 21.5 };
    realm.create(reading).unwrap();
    println!("{}", reading.celsius);
}

fn main() {}
