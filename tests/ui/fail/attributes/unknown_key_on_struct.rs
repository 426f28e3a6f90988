use asymmetric::{ObjectId, asymmetric};

#[asymmetric(titel = "Reading")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
