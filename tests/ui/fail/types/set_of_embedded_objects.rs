use std::collections::BTreeSet;

use asymmetric::{ObjectId, asymmetric, embedded};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
#[embedded]
struct Wind {
    direction: i32,
}

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    gusts: BTreeSet<Wind>,
}

fn main() {}
