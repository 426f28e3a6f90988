use asymmetric::PropertyEnum;

#[derive(PropertyEnum)]
enum State {
    On,
    #[property(rename = "On")]
    Off,
}

fn main() {}
