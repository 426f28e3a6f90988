use asymmetric::{ObjectId, Property, asymmetric};

#[derive(Property)]
struct Name(String);

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(minimum = 3)]
    name: Name,
}

fn main() {}
