use asymmetric::embedded;

#[embedded]
struct Samples<const N: usize> {
    values: [f64; N],
}

fn main() {}
