use asymmetric::{ObjectId, asymmetric};

#[asymmetric(crate = "asymmetric")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
