use asymmetric::Property;

#[derive(Property)]
enum State {
    On,
    Off,
}

fn main() {}
