use asymmetric::{ObjectId, asymmetric};

#[asymmetric(collection = "$readings")]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

fn main() {}
