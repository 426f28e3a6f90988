use asymmetric::PropertyEnum;

#[derive(PropertyEnum)]
struct State(String);

fn main() {}
