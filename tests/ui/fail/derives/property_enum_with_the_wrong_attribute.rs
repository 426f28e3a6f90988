use asymmetric::{PropertyEnum, asymmetric};

#[derive(PropertyEnum)]
enum State {
    #[asymmetric(rename = "on")]
    On,
}

fn main() {}
