use asymmetric::asymmetric;

#[asymmetric]
fn reading() {}

fn main() {}
