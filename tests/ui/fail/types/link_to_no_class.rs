use asymmetric::{Link, ObjectId, asymmetric};

struct Station;

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    station: Link<Station>,
}

fn main() {}
