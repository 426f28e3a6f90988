use asymmetric::{ObjectId, Realm, User, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    celsius: f64,
}

realm_schema! { struct Telemetry = [Reading]; }

fn use_it(user: &User) {
    let _ = Realm::<Reading>::open(user, "telemetry.realm");
}

fn main() {
    let _ = use_it;
}
