use asymmetric::realm_schema;

realm_schema! { struct Telemetry = []; }

fn main() {}
