use asymmetric::{Link, ObjectId, asymmetric};

#[asymmetric]
struct Station {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    station: Link<Station>,
}

fn main() {}
