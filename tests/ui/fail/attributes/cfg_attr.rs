use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[cfg_attr(all(), asymmetric(rename = "n"))]
    name: String,
}

fn main() {}
