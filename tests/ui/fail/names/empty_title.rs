use asymmetric::{ObjectId, asymmetric};

#[asymmetric(title = "")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
