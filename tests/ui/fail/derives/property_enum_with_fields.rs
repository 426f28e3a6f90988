use asymmetric::PropertyEnum;

#[derive(PropertyEnum)]
enum State {
    On,
    Dimmed(f64),
}

fn main() {}
