use asymmetric::asymmetric;

#[asymmetric]
struct Reading {
    celsius: f64,
}

fn main() {}
