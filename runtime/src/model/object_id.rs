//! Object identifiers, cheap to make.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    str::FromStr,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A 12-byte identifier that is unique without coordination: the second it was made in, five
/// random bytes of the process, and a counter.
///
/// Identifiers made by one process sort in the order of the seconds they were made in. Making one
/// costs a few nanoseconds: neither a system call nor a random number per identifier.
///
/// # Examples
///
/// ```
/// use asymmetric::ObjectId;
///
/// let id = ObjectId::new();
/// assert_eq!(id.to_string().parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 12]);

/// What distinguishes this process from all others.
struct Process {
    random: [u8; 5],
    counter: AtomicU32,
}

static PROCESS: LazyLock<Process> = LazyLock::new(|| {
    // Each `RandomState` has keys from the operating system's random numbers.
    let [a, b, c, d, e, x, y, z] = RandomState::new().hash_one(std::process::id()).to_le_bytes();
    Process { random: [a, b, c, d, e], counter: AtomicU32::new(u32::from_le_bytes([x, y, z, 0])) }
});

impl ObjectId {
    /// An identifier that was never there before.
    #[must_use]
    pub fn new() -> Self {
        let process = &*PROCESS;
        let [s3, s2, s1, s0] = seconds_since_1970().to_be_bytes();
        let [r0, r1, r2, r3, r4] = process.random;
        let [_, c2, c1, c0] = process.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Self([s3, s2, s1, s0, r0, r1, r2, r3, r4, c2, c1, c0])
    }

    /// The identifier with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(self) -> [u8; 12] {
        self.0
    }

    /// The second in which the identifier was made.
    pub fn timestamp(self) -> bson::DateTime {
        let [s3, s2, s1, s0, ..] = self.0;
        bson::DateTime::from_millis(i64::from(u32::from_be_bytes([s3, s2, s1, s0])) * 1_000)
    }
}

/// The same as [`ObjectId::new`].
impl Default for ObjectId {
    fn default() -> Self {
        Self::new()
    }
}

/// Off by at most one tick of the kernel, for a third of the price of the exact time.
#[cfg(target_os = "linux")]
fn seconds_since_1970() -> u32 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    truncated(now.tv_sec)
}

#[cfg(not(target_os = "linux"))]
fn seconds_since_1970() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    truncated(now.map_or(0, |since| since.as_secs() as i64))
}

/// The format has 32 bits for the seconds: it wraps in 2106.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "wraps by definition")]
const fn truncated(seconds: i64) -> u32 {
    seconds as u32
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

/// The text is no object identifier: 24 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an object identifier has 24 hexadecimal digits")]
pub struct ParseObjectIdError;

impl FromStr for ObjectId {
    type Err = ParseObjectIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = text.chars().map(|digit| digit.to_digit(16));
        let mut nibble = || digits.next().flatten().ok_or(ParseObjectIdError);
        let mut bytes = [0; 12];
        for byte in &mut bytes {
            let (high, low) = (nibble()?, nibble()?);
            *byte = u8::try_from(high << 4 | low).map_err(|_| ParseObjectIdError)?;
        }
        if digits.next().is_some() { Err(ParseObjectIdError) } else { Ok(Self(bytes)) }
    }
}

impl From<[u8; 12]> for ObjectId {
    fn from(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }
}

impl From<ObjectId> for [u8; 12] {
    fn from(id: ObjectId) -> Self {
        id.0
    }
}

impl From<bson::oid::ObjectId> for ObjectId {
    fn from(id: bson::oid::ObjectId) -> Self {
        Self(id.bytes())
    }
}

impl From<ObjectId> for bson::oid::ObjectId {
    fn from(id: ObjectId) -> Self {
        Self::from_bytes(id.0)
    }
}

impl From<ObjectId> for bson::Bson {
    fn from(id: ObjectId) -> Self {
        Self::ObjectId(id.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn identifiers_of_many_threads_are_distinct() {
        let ids: Vec<ObjectId> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..10_000).map(|_| ObjectId::new()).collect::<Vec<_>>()))
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 40_000);
    }

    #[test]
    fn the_timestamp_is_now() {
        let apart = bson::DateTime::now().timestamp_millis()
            - ObjectId::new().timestamp().timestamp_millis();
        assert!((-1_000..=2_000).contains(&apart), "{apart} ms apart");
    }

    #[test]
    fn text_and_bytes_are_those_of_the_bson_crate() {
        let id = ObjectId::new();
        let theirs = bson::oid::ObjectId::from(id);
        assert_eq!(id.to_string(), theirs.to_hex());
        assert_eq!(id.timestamp(), theirs.timestamp());
        assert_eq!(ObjectId::from(theirs), id);
        assert_eq!(format!("{id:?}"), format!("ObjectId({theirs})"));
    }

    #[test]
    fn only_24_hexadecimal_digits_are_an_identifier() {
        let text = "65f0c0ffee00000000000020";
        assert_eq!(text.parse::<ObjectId>().unwrap().to_string(), text);
        for wrong in ["", "65f0", "65f0c0ffee0000000000002g", "65f0c0ffee000000000000200"] {
            assert_eq!(wrong.parse::<ObjectId>(), Err(ParseObjectIdError), "{wrong}");
        }
    }
}
