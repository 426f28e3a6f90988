//! What can be seen of a gateway while it runs: one line of log per request, an entry in the log of
//! the Admin API, and metrics for Prometheus.
//!
//! All three know a request by its correlation id, which the answer bears too. None of them sees a
//! body, a query, a header or a token.

mod metrics;
mod observe;

pub(crate) use self::{
    metrics::{Connected, Telemetry},
    observe::{Failure, Note, observe},
};
