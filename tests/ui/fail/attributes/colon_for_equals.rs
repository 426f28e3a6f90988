use asymmetric::{ObjectId, asymmetric};

#[asymmetric(title: "A")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
