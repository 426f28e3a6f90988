use asymmetric::{DateTime, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    taken_at: DateTime,
}

fn main() {}
