//! Counters for whoever installed a recorder of the crate `metrics`. All names are listed in
//! `docs/observability.md`.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use super::{RejectedObject, RequestError, UploadState, upload::Body};

/// A batch is on its way.
pub(super) fn sent(body: &Body) {
    counter!("asymmetric_upload_batches_sent_total").increment(1);
    counter!("asymmetric_upload_bytes_sent_total").increment(body.bytes.len() as u64);
}

/// A batch was answered.
pub(super) fn answered(round_trip: Duration) {
    histogram!("asymmetric_upload_round_trip_seconds").record(round_trip.as_secs_f64());
}

/// A request failed.
pub(super) fn failed(error: &RequestError) {
    counter!("asymmetric_upload_failures_total", "kind" => error.kind()).increment(1);
}

/// Objects were settled.
pub(super) fn settled(objects: u64, bytes: u64, rejected: &[RejectedObject]) {
    counter!("asymmetric_objects_acknowledged_total").increment(objects);
    counter!("asymmetric_bytes_acknowledged_total").increment(bytes);
    for object in rejected {
        let code = object.code.as_str().to_owned();
        counter!("asymmetric_objects_rejected_total", "code" => code).increment(1);
    }
}

/// The upload does something else now.
pub(super) fn state(now: &UploadState) {
    for name in UploadState::NAMES {
        let is_now = f64::from(u8::from(name == now.name()));
        gauge!("asymmetric_upload_state", "state" => name).set(is_now);
    }
}
