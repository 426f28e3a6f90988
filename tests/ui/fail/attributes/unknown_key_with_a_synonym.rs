use asymmetric::{ObjectId, asymmetric};

#[asymmetric(table = "readings")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
