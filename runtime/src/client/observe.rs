//! Counters for whoever installed a recorder of the crate `metrics`.
//!
//! All of them can be summed over the realms of a process. `docs/observability.md` lists them; a
//! test holds the two together.

use std::time::Duration;

use asymmetric_protocol::ack::RejectionCode;
use metrics::{counter, histogram};

use super::{DropReason, RequestError, UploadState, upload::Body};

/// A batch is on its way.
pub(super) fn sent(body: &Body) {
    counter!("asymmetric_upload_batches_total").increment(1);
    counter!("asymmetric_upload_body_bytes_total").increment(body.bytes.len() as u64);
}

/// A batch was answered.
pub(super) fn answered(round_trip: Duration) {
    histogram!("asymmetric_upload_round_trip_seconds").record(round_trip.as_secs_f64());
}

/// A request failed.
pub(super) fn failed(error: &RequestError) {
    counter!("asymmetric_upload_failures_total", "kind" => error.kind()).increment(1);
}

/// Objects were acknowledged.
pub(super) fn acknowledged(objects: u64, bytes: u64) {
    counter!("asymmetric_objects_acknowledged_total").increment(objects);
    counter!("asymmetric_bytes_acknowledged_total").increment(bytes);
}

/// An object was rejected.
pub(super) fn rejected(code: &RejectionCode) {
    counter!("asymmetric_objects_rejected_total", "code" => code.as_str().to_owned()).increment(1);
}

/// Objects were made durable.
pub(super) fn written(objects: u64, bytes: u64) {
    counter!("asymmetric_objects_written_total").increment(objects);
    counter!("asymmetric_bytes_written_total").increment(bytes);
}

/// A limit made objects leave.
pub(super) fn dropped(reason: DropReason, objects: u64) {
    let reason = match reason {
        DropReason::Overflow => "overflow",
        DropReason::Expired => "expired",
    };
    counter!("asymmetric_objects_dropped_total", "reason" => reason).increment(objects);
}

/// The upload does something else now.
pub(super) fn state(now: &UploadState) {
    counter!("asymmetric_upload_state_changes_total", "state" => now.name()).increment(1);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// The names in backticks or quotes that a metric may have.
    fn names(text: &str, quote: char) -> BTreeSet<&str> {
        text.split(quote)
            .filter(|word| word.starts_with("asymmetric_"))
            .filter(|word| word.ends_with("_total") || word.ends_with("_seconds"))
            .collect()
    }

    #[test]
    fn the_documentation_lists_exactly_the_metrics_there_are() {
        let documented = names(include_str!("../../../docs/observability.md"), '`');
        let counted = names(include_str!("observe.rs"), '"');
        assert!(!counted.is_empty());
        assert_eq!(documented, counted);
    }
}
