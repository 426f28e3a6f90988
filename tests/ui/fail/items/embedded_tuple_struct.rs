use asymmetric::embedded;

#[embedded]
struct Celsius(f64);

fn main() {}
