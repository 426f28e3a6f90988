use asymmetric::{ObjectId, asymmetric, embedded};

#[embedded]
#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
