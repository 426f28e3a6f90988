use asymmetric::asymmetric;

#[asymmetric]
struct Reading;

fn main() {}
