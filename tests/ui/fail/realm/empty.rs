use asymmetric::realm_schema;

realm_schema! {}

fn main() {}
