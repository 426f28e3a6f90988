use asymmetric::{ObjectId, asymmetric, embedded};

#[embedded]
struct Wind {
    direction: i32,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    gusts: Vec<Option<Wind>>,
}

fn main() {}
