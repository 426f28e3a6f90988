use asymmetric::{ObjectId, asymmetric};

#[asymmetric(database)]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
