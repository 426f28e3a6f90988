use asymmetric::realm_schema;

struct Wind {
    speed: f64,
}

realm_schema! { struct Telemetry = [Wind]; }

fn main() {}
