//! What the owner of a realm wants of its upload.

use std::{fmt, num::NonZeroU64, sync::Arc};

use super::RetryDelays;
use crate::client::outbox::RejectedObject;

/// Whether this is the time to send.
pub(crate) type Condition = Arc<dyn Fn() -> bool + Send + Sync>;
/// Called for an object that the server refuses.
pub(crate) type OnRejected = Arc<dyn Fn(&RejectedObject) + Send + Sync>;

/// What the owner of a realm wants of its upload.
#[derive(Clone, Default)]
pub(crate) struct UploadOptions {
    pub(crate) delays: RetryDelays,
    /// Bytes of request bodies that may be sent a second; no cap if there is none.
    pub(crate) bytes_per_second: Option<NonZeroU64>,
    /// Asked before each batch.
    pub(crate) only_when: Option<Condition>,
    /// Called once for each object that the server refuses.
    pub(crate) on_rejected: Option<OnRejected>,
}

impl UploadOptions {
    /// Whether the owner's condition holds.
    pub(super) fn allows_now(&self) -> bool {
        self.only_when.as_ref().is_none_or(|condition| condition())
    }
}

impl fmt::Debug for UploadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delays, bytes_per_second, only_when, on_rejected } = self;
        f.debug_struct("UploadOptions")
            .field("delays", delays)
            .field("bytes_per_second", bytes_per_second)
            .field("only_when", &only_when.is_some())
            .field("on_rejected", &on_rejected.is_some())
            .finish()
    }
}
