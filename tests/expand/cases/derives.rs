use asymmetric::{Property, PropertyEnum};

#[derive(PropertyEnum)]
#[property(rename_all = "snake_case")]
enum State {
    On,
    StandBy,
}

#[derive(Property)]
struct Celsius(f64);
