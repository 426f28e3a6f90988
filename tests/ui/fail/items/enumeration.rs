use asymmetric::asymmetric;

#[asymmetric]
enum Reading {
    Temperature(f64),
    Pressure(f64),
}

fn main() {}
