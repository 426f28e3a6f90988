//! What a commit survives.

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
}
