//! Rows that notice when they were changed.
//!
//! redb looks at the checksums of its pages only when it repairs a file. A chunk carries a checksum
//! of its own; every other row is followed by one.

use redb::StorageError;

const CHECKSUM_BYTES: usize = 4;

/// The value as the file keeps it: followed by the CRC-32C of the table's name, a zero byte, the
/// key and the value. A row that ends up in another place does not fit either.
pub(super) fn seal(table: &str, key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(value.len() + CHECKSUM_BYTES);
    row.extend_from_slice(value);
    row.extend_from_slice(&checksum(table, key, value).to_le_bytes());
    row
}

/// The value of a sealed row.
pub(super) fn unseal<'a>(table: &str, key: &[u8], row: &'a [u8]) -> Result<&'a [u8], StorageError> {
    match row.split_last_chunk::<CHECKSUM_BYTES>() {
        Some((value, found)) if checksum(table, key, value) == u32::from_le_bytes(*found) => {
            Ok(value)
        }
        _ => Err(StorageError::Corrupted(format!(
            "a row of the table `{table}` does not match its checksum"
        ))),
    }
}

fn checksum(table: &str, key: &[u8], value: &[u8]) -> u32 {
    [&[0], key, value].into_iter().fold(crc32c::crc32c(table.as_bytes()), crc32c::crc32c_append)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_a_row_never_change() {
        // CRC-32C of "meta\0app" followed by "weather".
        let sum = crc32c::crc32c(b"meta\0appweather").to_le_bytes();
        assert_eq!(seal("meta", b"app", b"weather"), [&b"weather"[..], &sum].concat());
    }

    #[test]
    fn every_flipped_bit_every_cut_and_every_other_place_is_noticed() {
        let row = seal("meta", b"app", b"weather");
        assert_eq!(unseal("meta", b"app", &row).unwrap(), b"weather");
        for bit in 0..row.len() * 8 {
            let mut damaged = row.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(unseal("meta", b"app", &damaged).is_err(), "bit {bit}");
        }
        for length in 0..row.len() {
            assert!(unseal("meta", b"app", &row[..length]).is_err(), "length {length}");
        }
        assert!(unseal("meta", b"end", &row).is_err());
        assert!(unseal("rejected", b"app", &row).is_err());
    }
}
