use asymmetric::{ObjectId, asymmetric};

enum State {
    On,
    Off,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    state: State,
}

fn main() {}
