//! What became of an upload.

use asymmetric_device_sync::message::{RejectedUpdate, Rejection, ServerError};

/// What became of an upload.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Everything in it is durable, or was refused for good.
    Stored(Stored),
    /// Nothing is claimed; the client sends it again.
    Failed(ServerError),
}

/// Everything in an upload is durable, or was refused for good.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The client's version that the upload went up to.
    pub(super) client_version: u64,
    /// The server's version that the client had integrated by then.
    pub(super) server_version: u64,
    /// What was refused, by the client's version that held it.
    pub(super) refused: Vec<(u64, RejectedUpdate)>,
}

impl Stored {
    /// The messages that tell of refused objects, each for one version of the client.
    pub(super) fn refused_messages(
        &self,
        server_version: u64,
        limit: usize,
    ) -> impl Iterator<Item = ServerError> {
        self.refused
            .chunk_by(|(before, _), (after, _)| before == after)
            .flat_map(move |of_one_version| of_one_version.chunks(limit))
            .filter_map(move |refused| {
                let (client_version, first) = refused.first()?;
                let message = match refused.len() {
                    1 => format!("`{}`: {}", first.table, first.reason),
                    count => format!(
                        "{count} objects were refused; the first, of `{}`: {}",
                        first.table, first.reason
                    ),
                };
                let updates = refused.iter().map(|(_, update)| update.clone()).collect();
                let client_version = *client_version;
                Some(ServerError::refused(
                    message,
                    Rejection { updates, server_version, client_version },
                ))
            })
    }
}
