use asymmetric::{ObjectId, asymmetric};

#[asymmetric(titel = "Reading")]
struct Reading {
    #[asymmetric(primary_key, rename = "key")]
    id: Option<ObjectId>,
    #[asymmetric(max = 3)]
    count: u64,
    #[asymmetric(rename = "in.side")]
    inside: String,
}

fn main() {}
