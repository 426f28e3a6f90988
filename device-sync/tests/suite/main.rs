//! What real clients send, and what must be made of it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod announcements;
mod changesets;
mod documents;
mod messages;
mod random;
mod vectors;

/// The bytes of a hexadecimal text.
fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let bytes = digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]));
    bytes.collect::<Result<_, _>>().unwrap()
}
