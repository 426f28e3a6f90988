use asymmetric::{ObjectId, asymmetric, realm_schema};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

realm_schema! {
    /// What is sent.
    pub struct Telemetry = [Reading];
}
