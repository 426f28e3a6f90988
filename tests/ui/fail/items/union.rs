use asymmetric::asymmetric;

#[asymmetric]
union Reading {
    integer: i64,
    double: f64,
}

fn main() {}
