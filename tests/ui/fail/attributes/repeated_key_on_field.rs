use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(rename = "a")]
    #[asymmetric(rename = "b")]
    name: String,
}

fn main() {}
