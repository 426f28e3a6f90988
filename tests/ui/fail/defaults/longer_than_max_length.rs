use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(max_length = 3, default = "KJFK")]
    value: String,
}

fn main() {}
