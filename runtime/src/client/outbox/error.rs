//! What goes wrong with the file.

use std::{io, path::PathBuf, sync::Arc};

/// Why an outbox could not be opened. Nothing was deleted or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another realm has the file open, in this process or in another one.
    #[error("`{}` is already open; share the `Realm` instead of opening it again", path.display())]
    AlreadyOpen {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this library, or is something else.
    #[error("`{}` has outbox format {found}; this library reads format {known}", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// Version found in the file.
        found: u32,
        /// Version that can be read.
        known: u32,
    },
    /// The file belongs to another app.
    #[error("`{}` belongs to the app `{found}`, not to `{wanted}`", path.display())]
    WrongApp {
        /// The file.
        path: PathBuf,
        /// The app it belongs to.
        found: String,
        /// The app that tried to open it.
        wanted: String,
    },
    /// The file belongs to another user.
    #[error("`{}` belongs to the user `{found}`, not to `{wanted}`", path.display())]
    WrongUser {
        /// The file.
        path: PathBuf,
        /// The user it belongs to.
        found: String,
        /// The user that tried to open it.
        wanted: String,
    },
    /// The file is damaged. [`outbox::salvage`](crate::outbox::salvage) saves what is left of it,
    /// and so does the command in the message.
    #[error(
        "`{}` is damaged: {what}; `asymmetric outbox salvage {}` saves what is left",
        path.display(), path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What cannot be read.
        what: String,
    },
    /// The operating system refused.
    #[error("cannot open `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
}

/// Why a commit failed. Cheap to clone: every writer of the group gets it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// This commit or an earlier one failed.
    #[error("the outbox could not be written")]
    Failed(#[source] Arc<redb::Error>),
    /// The realm was closed.
    #[error("the realm is closed")]
    Closed,
    /// A limit would be exceeded.
    #[error("the outbox is full: {pending_objects} objects, {pending_bytes} bytes are pending")]
    Full {
        /// Objects that wait for the server.
        pending_objects: u64,
        /// Bytes of their BSON.
        pending_bytes: u64,
    },
}
