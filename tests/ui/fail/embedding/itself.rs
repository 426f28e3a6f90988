use asymmetric::embedded;

#[embedded]
struct Wind {
    gusts: Vec<Wind>,
}

fn main() {}
