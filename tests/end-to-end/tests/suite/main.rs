//! From `Realm::write` to the documents in the store, over real sockets.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod administrator;
mod crash;
mod faults;
mod firmware;
#[cfg(unix)]
mod full_disk;
mod logins;
mod secure;
mod sessions;
mod soak;
mod support;
mod types;
mod weather;
