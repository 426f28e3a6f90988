//! What a commit survives.

use std::time::Duration;

/// What the objects of a transaction survive once [`Realm::write`](crate::Realm::write) returned.
///
/// Writers that wait at the same time share one commit; it is as careful as the most careful of
/// them wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Power loss. One `fdatasync` per commit.
    ///
    /// The commit counts when its checksums are right, which a device cannot forge by accident.
    #[default]
    Durable,
    /// Power loss, with a second `fdatasync` between the data and the mark that makes them count:
    /// for files whose content an attacker chooses, and for disks that are not trusted. Takes
    /// about twice as long.
    Paranoid,
    /// Nothing yet: the objects are in memory, and a later commit makes them durable. A crash of
    /// the process or a power cut loses at most the window below; what it loses are always the
    /// newest objects, and of a transaction all or none.
    ///
    /// A [`Ticket`](crate::Ticket) tells when the objects are durable,
    /// [`Realm::flush`](crate::Realm::flush) makes them so at once, and so does closing the realm
    /// or dropping its last clone. An error of the disk shows in the ticket and in the next write.
    Buffered {
        /// The commit that carries the objects begins at most this much later, or when a commit
        /// that is running then has ended. Zero means at once.
        max_delay: Duration,
        /// Most bytes of BSON that are not durable yet. A writer who would exceed them waits for a
        /// commit; a single larger transaction waits until it is alone. Commits begin when half of
        /// them are used. More than 8 MiB count as 8 MiB.
        max_bytes: usize,
    },
}

impl Durability {
    /// Whether a writer waits for the commit.
    pub(crate) const fn waits(self) -> bool {
        match self {
            Self::Durable | Self::Paranoid => true,
            Self::Buffered { .. } => false,
        }
    }
}
