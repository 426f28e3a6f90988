use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading<T> {
    #[asymmetric(primary_key)]
    id: ObjectId,
    value: T,
}

fn main() {}
