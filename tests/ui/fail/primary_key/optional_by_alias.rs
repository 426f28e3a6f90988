use asymmetric::{ObjectId, asymmetric};

type Key = Option<ObjectId>;

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: Key,
}

fn main() {}
