use asymmetric::{ObjectId, embedded};

#[embedded]
struct Wind {
    #[asymmetric(primary_key)]
    id: ObjectId,
    speed: f64,
}

fn main() {}
