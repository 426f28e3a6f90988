//! Writing several objects at once.

use std::{error::Error as StdError, io, marker::PhantomData, sync::Arc};

use asymmetric_protocol::limits::MAX_OBJECT_BYTES;

use super::outbox::{CommitError, Draft, Durability, Outbox};
use crate::model::{InvalidObject, MemberOf, Schema};

/// The objects of one [`Realm::write`](super::Realm::write): all of them become durable, or none.
///
/// However many they are: beyond 8 MiB they wait for the commit in a temporary file beside the
/// realm's, which costs the disk twice the space for a while. Whether two of them have the same
/// `_id` is then told at the end of the transaction.
#[derive(Debug)]
pub struct Transaction<'a, S> {
    draft: &'a mut Draft,
    outbox: &'a Outbox,
    durability: Durability,
    schema: PhantomData<fn() -> S>,
}

impl<'a, S: Schema> Transaction<'a, S> {
    pub(super) const fn new(
        draft: &'a mut Draft,
        outbox: &'a Outbox,
        durability: Durability,
    ) -> Self {
        Self { draft, outbox, durability, schema: PhantomData }
    }

    /// What the objects of this transaction survive, whatever the realm was opened with.
    pub const fn set_durability(&mut self, durability: Durability) {
        self.durability = durability;
    }

    /// What the objects of this transaction survive.
    pub const fn durability(&self) -> Durability {
        self.durability
    }

    /// Adds an object. It is moved in and nothing comes back: asymmetric objects are write-only.
    ///
    /// # Errors
    ///
    /// The object violates a constraint of its class, is larger than MongoDB accepts, or has the
    /// primary key of an earlier object of the same class in this transaction. The transaction
    /// goes on without it; return the error to roll all of it back.
    #[expect(clippy::needless_pass_by_value, reason = "that the object is gone is the point")]
    pub fn create<T: MemberOf<S>>(&mut self, object: T) -> Result<(), WriteError> {
        let class = self.outbox.identity().members.get(T::INDEX).copied();
        let class = class.expect("the outbox numbers every class of the realm schema");
        self.draft.push_with(class, |documents, primary_keys| {
            let start = documents.len();
            object.encode(documents).map_err(WriteError::Invalid)?;
            let bytes = documents.len() - start;
            let title = || T::SCHEMA.title.to_string();
            if bytes > MAX_OBJECT_BYTES {
                return Err(WriteError::TooLarge { class: title(), bytes });
            }
            if !primary_keys.insert(class, documents, start) {
                return Err(WriteError::DuplicatePrimaryKey { class: title() });
            }
            Ok(())
        })?;
        self.draft.relieve(self.outbox.directory()).map_err(WriteError::Spill)
    }

    /// How many objects the transaction holds so far.
    pub fn len(&self) -> u64 {
        self.draft.len()
    }

    /// Whether the transaction holds no object yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A property holds a value that its class does not allow.
    #[error("invalid object")]
    Invalid(#[source] InvalidObject),
    /// The object is larger than MongoDB accepts.
    #[error(
        "the object of class `{class}` has {bytes} bytes of BSON; MongoDB accepts {MAX_OBJECT_BYTES}"
    )]
    TooLarge {
        /// Its class.
        class: String,
        /// Its size.
        bytes: usize,
    },
    /// Two objects of one transaction have the same `_id`.
    #[error("the transaction already holds an object of class `{class}` with the same `_id`")]
    DuplicatePrimaryKey {
        /// Their class.
        class: String,
    },
    /// A transaction of more than 8 MiB could not be put aside until its commit.
    #[error("the transaction is too large for memory and its temporary file could not be used")]
    Spill(#[source] Arc<io::Error>),
    /// The closure gave up; see [`WriteError::abort`].
    #[error("the transaction was rolled back")]
    Aborted(#[source] Box<dyn StdError + Send + Sync>),
    /// The disk failed. Whether the objects of this call are durable is unknown; the outbox
    /// refuses further writes until the realm is opened again.
    #[error("the outbox could not be written; open the realm again")]
    Storage(#[source] Box<dyn StdError + Send + Sync>),
    /// The realm was closed.
    #[error("the realm is closed")]
    Closed,
    /// A limit of the realm would be exceeded; see [`WhenFull`](super::WhenFull).
    #[error(
        "the outbox is full: {pending_objects} objects with {pending_bytes} bytes wait for the server"
    )]
    Full {
        /// Objects that wait for the server.
        pending_objects: u64,
        /// Bytes of their BSON.
        pending_bytes: u64,
    },
}

impl WriteError {
    /// An error of your own, to roll a transaction back with.
    pub fn abort(reason: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Aborted(reason.into())
    }
}

impl From<CommitError> for WriteError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Failed(source) => Self::Storage(Box::new(source)),
            CommitError::Closed => Self::Closed,
            CommitError::Full { pending_objects, pending_bytes } => {
                Self::Full { pending_objects, pending_bytes }
            }
        }
    }
}
