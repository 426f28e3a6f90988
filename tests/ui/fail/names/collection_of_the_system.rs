use asymmetric::{ObjectId, asymmetric};

#[asymmetric(collection = "system.views")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
