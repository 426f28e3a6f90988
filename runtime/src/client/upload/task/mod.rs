//! The loop that obeys.
//!
//! | file | what of it |
//! |---|---|
//! | `orders` | what it is told, and what it tells |
//! | `uploader` | the loop: waits for whatever happens first |
//! | `sending` | something may be sent |
//! | `answered`, `failed` | a batch comes back |
//! | `waiting` | when nothing is sent, and what ends that |
//! | `telling` | the state that is published |

mod answered;
mod failed;
mod orders;
mod sending;
mod telling;
mod uploader;
mod waiting;

pub(crate) use orders::{Control, Orders, Wires};
pub(crate) use uploader::Uploader;
