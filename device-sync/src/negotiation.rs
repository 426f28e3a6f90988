//! Which version of the protocol a web socket speaks.
//!
//! A client offers one token per version in `Sec-WebSocket-Protocol`, newest first, and insists on
//! getting one of them back to the letter:
//!
//! ```text
//! com.mongodb.realm-query-sync#14, com.mongodb.realm-query-sync#13, …     core 13.10 and newer
//! com.mongodb.realm-query-sync/6, com.mongodb.realm-query-sync/5, …       before
//! ```

use std::ops::RangeInclusive;

/// Versions that this crate speaks. Asymmetric classes came with 6; clients ended with 14.
pub const VERSIONS: RangeInclusive<u32> = 6..=14;

const FLEXIBLE: &str = "com.mongodb.realm-query-sync";
const PARTITION: &str = "com.mongodb.realm-sync";

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProtocolVersion(u32);

impl ProtocolVersion {
    /// The version of this number; `None` if it is not among [`VERSIONS`].
    pub fn new(number: u32) -> Option<Self> {
        VERSIONS.contains(&number).then_some(Self(number))
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether errors can be told by closing the web socket with a code.
    pub const fn has_close_codes(self) -> bool {
        self.0 >= 8
    }

    /// Whether clients know messages for their log.
    pub const fn has_log_messages(self) -> bool {
        self.0 >= 10
    }

    /// Whether the progress of a download is a fraction; before, it was a number of bytes.
    pub(crate) const fn has_progress_estimate(self) -> bool {
        self.0 >= 12
    }
}

/// What a client wants to synchronise by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By queries: the only mode with asymmetric classes.
    Flexible,
    /// By partitions: to be told that it is the wrong mode.
    Partition,
}

/// A version that both sides speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated<'h> {
    /// What to answer in `Sec-WebSocket-Protocol`.
    pub token: &'h str,
    /// What the client wants to synchronise by.
    pub mode: Mode,
    /// The version.
    pub version: ProtocolVersion,
}

/// Chooses the newest version that both sides speak from a `Sec-WebSocket-Protocol` header;
/// `None` if there is none.
pub fn negotiate(header: &str) -> Option<Negotiated<'_>> {
    header.split(',').filter_map(|token| offered(token.trim())).max_by_key(|offer| offer.version)
}

fn offered(token: &str) -> Option<Negotiated<'_>> {
    let (prefix, number) = token.split_once(['#', '/'])?;
    let mode = match prefix {
        FLEXIBLE => Mode::Flexible,
        PARTITION => Mode::Partition,
        _ => return None,
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let version = digits.then(|| number.parse().ok()).flatten().and_then(ProtocolVersion::new)?;
    Some(Negotiated { token, mode, version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_answered_as_it_was_offered() {
        let newest = "com.mongodb.realm-query-sync#15, com.mongodb.realm-query-sync#14, \
                      com.mongodb.realm-query-sync#13, com.mongodb.realm-query-sync#2";
        let negotiated = negotiate(newest).unwrap();
        assert_eq!(negotiated.token, "com.mongodb.realm-query-sync#14");
        assert_eq!(negotiated.version.number(), 14);
        assert_eq!(negotiated.mode, Mode::Flexible);

        let oldest = "com.mongodb.realm-query-sync/6,com.mongodb.realm-query-sync/5";
        assert_eq!(negotiate(oldest).unwrap().token, "com.mongodb.realm-query-sync/6");
    }

    #[test]
    fn partitions_are_recognised_so_that_they_can_be_refused() {
        let negotiated = negotiate("com.mongodb.realm-sync#14").unwrap();
        assert_eq!(negotiated.mode, Mode::Partition);
    }

    #[test]
    fn what_nobody_speaks_is_not_negotiated() {
        for header in [
            "",
            "com.mongodb.realm-query-sync#5",
            "com.mongodb.realm-query-sync#15",
            "com.mongodb.realm-query-sync",
            "com.mongodb.realm-query-sync#",
            "com.mongodb.realm-query-sync#+14",
            "com.mongodb.realm-query-sync#14x",
            "com.mongodb.realm-query-sync#99999999999999999999",
            "mqtt",
        ] {
            assert_eq!(negotiate(header), None, "{header:?}");
        }
    }
}
