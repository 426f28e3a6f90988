use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    device: String,
    #[asymmetric(rename = "device")]
    station: String,
}

fn main() {}
