use std::collections::VecDeque;

use asymmetric::{ObjectId, asymmetric};

#[asymmetric]
struct Reading {
    #[asymmetric(primary_key)]
    id: ObjectId,
    bytes: VecDeque<u8>,
}

fn main() {}
