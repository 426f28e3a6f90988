use asymmetric::embedded;

#[embedded(database = "telemetry")]
struct Wind {
    speed: f64,
}

fn main() {}
