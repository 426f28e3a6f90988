use asymmetric::{ObjectId, PropertyEnum, asymmetric};

#[derive(PropertyEnum)]
#[property(rename_all = "lowercase")]
enum State {
    On,
    Off,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    #[asymmetric(default = "hot")]
    value: State,
}

fn main() {}
