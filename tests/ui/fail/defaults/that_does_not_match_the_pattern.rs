use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(pattern = "^K[A-Z]{3}$", default = "JFK")]
    value: String,
}

fn main() {}
