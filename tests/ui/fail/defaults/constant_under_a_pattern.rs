use asymmetric::{ObjectId, asymmetric};

const HOME: &str = "KJFK";

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(pattern = "^K", default = HOME)]
    value: String,
}

fn main() {}
