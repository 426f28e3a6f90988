//! How far objects have come.

use asymmetric_protocol::SequenceNumber;

/// How far the objects of a realm have come.
///
/// Every object that was ever durable is pending, acknowledged or rejected, or was dropped by a limit
/// of the realm, or is in a chunk that the disk damaged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Objects made durable since the realm was opened.
    pub durable: u64,
    /// Objects acknowledged since the realm was opened. They have left the device, or do so with
    /// the next commit.
    pub acknowledged: u64,
    /// Bytes of BSON of the acknowledged objects.
    pub acknowledged_bytes: u64,
    /// Objects on the device that the server refused for good, whenever that was.
    pub rejected: u64,
    /// Bytes of BSON of the rejected objects.
    pub rejected_bytes: u64,
    /// Objects that left without reaching the server because the outbox was full, since the file
    /// was made.
    pub overflowed: u64,
    /// Objects that left without reaching the server because they were too old, since the file was
    /// made.
    pub expired: u64,
    /// Chunks of objects that the disk did not keep, since the file was made.
    pub damaged_chunks: u64,
    pub(super) written: Amount,
    pub(super) settled: Amount,
    /// On their way to the server at this moment; they are pending as well.
    pub(super) in_flight: Amount,
    /// Every object with a smaller number is durable.
    pub(super) durable_below: SequenceNumber,
    /// Every object with a smaller number is acknowledged or rejected.
    pub(super) settled_below: SequenceNumber,
}

/// A growing count of objects and of the bytes of their documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) objects: u64,
    pub(super) bytes: u64,
}

impl Amount {
    pub(super) const fn add(&mut self, objects: u64, bytes: u64) {
        self.objects += objects;
        self.bytes += bytes;
    }

    pub(super) const fn take(&mut self, objects: u64, bytes: u64) {
        self.objects = self.objects.saturating_sub(objects);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    pub(super) const fn plus(mut self, other: Self) -> Self {
        self.add(other.objects, other.bytes);
        self
    }
}

impl Progress {
    /// Durable objects that wait for the server's acknowledgement.
    #[must_use]
    pub const fn pending_objects(&self) -> u64 {
        // Saturating: the server may have answered before the writer that woke the upload has
        // counted what it wrote.
        self.written.objects.saturating_sub(self.settled.objects)
    }

    /// Bytes of BSON of these objects.
    #[must_use]
    pub const fn pending_bytes(&self) -> u64 {
        self.written.bytes.saturating_sub(self.settled.bytes)
    }

    /// Pending objects that are on their way to the server at this moment.
    #[must_use]
    pub const fn in_flight_objects(&self) -> u64 {
        self.in_flight.objects
    }

    /// Bytes of BSON of these objects.
    #[must_use]
    pub const fn in_flight_bytes(&self) -> u64 {
        self.in_flight.bytes
    }
}
