use asymmetric::asymmetric;

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: f64,
}

fn main() {}
