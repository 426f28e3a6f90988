use asymmetric::{ObjectId, asymmetric};

#[asymmetric(title = 3)]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
