use asymmetric::{ObjectId, asymmetric, embedded};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(default = 0)]
    wind: Wind,
}

#[embedded]
struct Wind {
    speed: f64,
}

fn main() {}
