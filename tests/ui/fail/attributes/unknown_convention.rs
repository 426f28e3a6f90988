use asymmetric::{ObjectId, asymmetric};

#[asymmetric(rename_all = "camel_case")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
