use asymmetric::{ObjectId, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

#[asymmetric(title = "Reading", collection = "others")]
struct Other {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

realm_schema! { struct Telemetry = [Reading, Other]; }

fn main() {}
