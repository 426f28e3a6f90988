use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[cfg(unix)]
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
