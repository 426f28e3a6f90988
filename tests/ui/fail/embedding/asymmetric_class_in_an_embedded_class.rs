use asymmetric::{ObjectId, asymmetric, embedded};

#[asymmetric]
struct Station {
    #[asymmetric(primary_key)]
    id: ObjectId,
}

#[embedded]
struct Wind {
    station: Station,
}

fn main() {}
