//! Proof that the outbox keeps its promises: against a model of random operations, over power lost
//! at every call, over a disk that fails at every call, and over files that were damaged.

mod crash;
mod damage;
mod disk_errors;
mod fixtures;
mod life;
mod model;
mod random;
