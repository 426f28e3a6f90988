//! BSON documents and arrays, written in one pass: the length is patched in at the end.

use super::InvalidValue;

/// BSON type bytes.
pub(crate) mod element {
    pub(crate) const DOUBLE: u8 = 0x01;
    pub(crate) const STRING: u8 = 0x02;
    pub(crate) const DOCUMENT: u8 = 0x03;
    pub(crate) const ARRAY: u8 = 0x04;
    pub(crate) const BINARY: u8 = 0x05;
    pub(crate) const OBJECT_ID: u8 = 0x07;
    pub(crate) const BOOL: u8 = 0x08;
    pub(crate) const DATE: u8 = 0x09;
    pub(crate) const NULL: u8 = 0x0A;
    pub(crate) const INT32: u8 = 0x10;
    pub(crate) const INT64: u8 = 0x12;
    pub(crate) const DECIMAL128: u8 = 0x13;
}

/// Starts a document; what it returns goes to [`finish`].
#[inline]
pub fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    start
}

/// Ends the document that started at `start`.
///
/// # Errors
///
/// The document is longer than the 32 bits in which BSON keeps the length.
#[inline]
pub fn finish(start: usize, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    out.push(0);
    let length = bson_length(out.len() - start)?;
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length);
    }
    Ok(())
}

/// A length as BSON writes it.
#[inline]
pub(crate) fn bson_length(length: usize) -> Result<[u8; 4], InvalidValue> {
    match i32::try_from(length) {
        Ok(length) => Ok(length.to_le_bytes()),
        Err(_) => Err(too_long(length)),
    }
}

#[cold]
fn too_long(length: usize) -> InvalidValue {
    InvalidValue::new(format_args!("{length} bytes"), "at most 2 GiB")
}

/// The header of an element: `template` is a byte to be replaced, the name, and NUL.
#[must_use]
pub const fn header<const N: usize>(element_type: u8, mut template: [u8; N]) -> [u8; N] {
    if let Some(first) = template.first_mut() {
        *first = element_type;
    }
    template
}

/// The headers of the elements of an array, whose names are `0`, `1`, `2`, …
///
/// The decimal digits are counted up in place, which is cheaper than formatting each index.
pub(crate) struct ArrayHeader {
    /// Type byte, digits, NUL: the used part ends at the end.
    bytes: [u8; Self::SIZE],
    start: usize,
}

impl ArrayHeader {
    /// Type byte, the twenty digits of the greatest `u64`, and NUL.
    const SIZE: usize = 22;

    /// The header of the element at `index`, which is below a hundred.
    #[inline]
    pub(crate) fn new(element_type: u8, index: u8) -> Self {
        let mut bytes = [0; Self::SIZE];
        let digits = [b'0' + index / 10, b'0' + index % 10];
        let [.., before, tens, ones, _] = &mut bytes;
        (*before, *tens, *ones) = (element_type, digits[0], digits[1]);
        let mut start = Self::SIZE - 4;
        if index < 10 {
            *tens = element_type;
            start += 1;
        }
        Self { bytes, start }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Moves on to the next element.
    #[inline]
    pub(crate) fn advance(&mut self) {
        let element_type = self.bytes.get(self.start).copied().unwrap_or_default();
        for position in (1..Self::SIZE - 1).rev() {
            let Some(digit) = self.bytes.get_mut(position) else { return };
            if position == self.start {
                // All digits were nines: the number grows by one to the left.
                *digit = b'1';
                self.start = position - 1;
                if let Some(first) = self.bytes.get_mut(self.start) {
                    *first = element_type;
                }
                return;
            }
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
    }

    /// The digits, for messages.
    #[cold]
    pub(crate) fn index(&self) -> String {
        let digits = self.as_bytes().iter().skip(1).take_while(|byte| **byte != 0);
        digits.map(|byte| char::from(*byte)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn array_headers_count_in_decimal() {
        for first in [0, 9, 10, 99] {
            let mut header = ArrayHeader::new(element::DOUBLE, first);
            for index in u32::from(first)..12_345 {
                let digits = index.to_string();
                let expected = [&[element::DOUBLE][..], digits.as_bytes(), &[0]].concat();
                assert_eq!(header.as_bytes(), expected);
                assert_eq!(header.index(), digits);
                header.advance();
            }
        }
    }

    #[test]
    fn a_length_over_31_bits_is_refused() {
        assert_eq!(bson_length(0x7FFF_FFFF), Ok([0xFF, 0xFF, 0xFF, 0x7F]));
        let error = bson_length(0x8000_0000).unwrap_err();
        assert_eq!(error.to_string(), "value `2147483648 bytes` breaks the rule `at most 2 GiB`");
    }
}
