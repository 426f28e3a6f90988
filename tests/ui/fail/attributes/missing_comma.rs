use asymmetric::{ObjectId, asymmetric};

#[asymmetric(title = "A" database = "b")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
