use asymmetric::Property;

struct Raw;

#[derive(Property)]
struct Wrapped(Raw);

fn main() {}
