use asymmetric::Property;

#[derive(Property)]
struct Position(f64, f64);

fn main() {}
