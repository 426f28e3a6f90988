use asymmetric::{embedded, realm_schema};

#[embedded]
struct Wind {
    speed: f64,
}

realm_schema! { struct Telemetry = [Wind]; }

fn main() {}
