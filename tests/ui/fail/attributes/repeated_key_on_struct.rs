use asymmetric::{ObjectId, asymmetric};

#[asymmetric(title = "A", title = "B")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
