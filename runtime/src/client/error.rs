//! One error for all phases.

use super::{
    BuildError, OpenError, RequestError, ShutdownError, StorageError, WaitError, WriteError,
};

/// Any error of this library, for functions that do a bit of everything.
///
/// Each operation returns its own, narrower error, which converts into this one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An app cannot be used as described.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A request had no success.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A realm could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing was written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Waiting for the upload ended early.
    #[error(transparent)]
    Wait(#[from] WaitError),
    /// A realm's file could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Shutting down a realm did not work wholly.
    #[error(transparent)]
    Shutdown(#[from] ShutdownError),
}

/// The error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
