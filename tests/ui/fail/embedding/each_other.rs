// The message is the compiler's own. Schemas are constants, and those of two classes that embed each
// other are made of one another: the compiler meets the cycle before it could evaluate an assertion
// of ours. A trait that holds for finite classes only would have to hold for every other type by
// itself, which no trait on stable Rust does; and the macro sees one struct at a time.

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
