use asymmetric::{ObjectId, asymmetric, embedded};

#[asymmetric]
struct Tree {
    #[asymmetric(primary_key)]
    id: ObjectId,
    root: Branch,
}

#[embedded]
struct Branch {
    leaves: Vec<Leaf>,
}

#[embedded]
struct Leaf {
    branches: Vec<Branch>,
}

fn main() {}
