use asymmetric::{ObjectId, asymmetric};

type Maybe = Option<f64>;

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    value: Option<Maybe>,
}

fn main() {}
