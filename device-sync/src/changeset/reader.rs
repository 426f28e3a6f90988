//! Bounds-checked reading of the parts of a record.

use super::ChangesetErrorKind as Kind;

/// Takes values off the front of a changeset.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// How many bytes were taken.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes are left.
    pub(super) const fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Kind> {
        let (head, tail) = self.bytes.split_at_checked(len).ok_or(Kind::Truncated)?;
        self.bytes = tail;
        self.offset += len;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Kind> {
        let bytes = self.bytes(N)?;
        Ok(*bytes.first_chunk().expect("`bytes` returns as many as were asked for"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, Kind> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// An integer: groups of seven bits, low first, and a last one of six bits and the sign.
    pub(super) fn integer(&mut self) -> Result<i64, Kind> {
        let mut magnitude = 0_u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            let last = byte & 0x80 == 0;
            let group = u64::from(byte & if last { 0x3f } else { 0x7f });
            // The tenth byte starts at bit 63, which is the sign's.
            if shift >= 63 && (!last || group != 0) {
                return Err(Kind::IntegerRange);
            }
            let shifted = group << shift;
            if shifted >> shift != group {
                return Err(Kind::IntegerRange);
            }
            magnitude |= shifted;
            if last {
                let value = i64::try_from(magnitude).map_err(|_| Kind::IntegerRange)?;
                return Ok(if byte & 0x40 == 0 { value } else { !value });
            }
            shift += 7;
        }
    }

    /// An integer that counts something.
    pub(super) fn unsigned(&mut self, what: &'static str) -> Result<u64, Kind> {
        let value = self.integer()?;
        u64::try_from(value).map_err(|_| Kind::Unknown { what, value })
    }

    /// 0 or 1.
    pub(super) fn boolean(&mut self) -> Result<bool, Kind> {
        match self.integer()? {
            0 => Ok(false),
            1 => Ok(true),
            value => Err(Kind::Unknown { what: "boolean", value }),
        }
    }

    /// A length, and as many bytes.
    pub(super) fn sized(&mut self) -> Result<&'a [u8], Kind> {
        let length = self.unsigned("length")?;
        self.bytes(usize::try_from(length).map_err(|_| Kind::Truncated)?)
    }

    /// A length, and as many bytes of UTF-8.
    pub(super) fn string(&mut self) -> Result<&'a str, Kind> {
        str::from_utf8(self.sized()?).map_err(|_| Kind::Utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(bytes: &[u8]) -> Result<i64, Kind> {
        let mut reader = Reader::new(bytes);
        let value = reader.integer()?;
        assert!(reader.is_empty(), "{bytes:x?}");
        Ok(value)
    }

    #[test]
    fn integers_have_the_bytes_of_realms_encoder() {
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00];
        let min = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x40];
        let known: [(&[u8], i64); 22] = [
            (&[0x00], 0),
            (&[0x01], 1),
            (&[0x2a], 42),
            (&[0x3f], 63),
            (&[0xc0, 0x00], 64),
            (&[0xff, 0x00], 127),
            (&[0x80, 0x01], 128),
            (&[0xac, 0x02], 300),
            (&[0xff, 0x3f], 8191),
            (&[0x80, 0xc0, 0x00], 8192),
            (&max, i64::MAX),
            (&[0x40], -1),
            (&[0x41], -2),
            (&[0x42], -3),
            (&[0x43], -4),
            (&[0x44], -5),
            (&[0x45], -6),
            (&[0x7f], -64),
            (&[0xc0, 0x40], -65),
            (&[0xe3, 0x40], -100),
            (&[0xab, 0x42], -300),
            (&min, i64::MIN),
        ];
        for (bytes, value) in known {
            assert_eq!(integer(bytes), Ok(value), "{bytes:x?}");
        }
    }

    #[test]
    fn integers_over_64_bits_are_refused() {
        let mut eleven = [0x80; 11];
        eleven[10] = 0;
        let mut large = [0xff; 10];
        for last in [0x01, 0x02, 0x3f, 0x41] {
            large[9] = last;
            assert_eq!(integer(&large), Err(Kind::IntegerRange), "{last:x}");
        }
        assert_eq!(integer(&eleven), Err(Kind::IntegerRange));
        assert_eq!(integer(&[0x80]), Err(Kind::Truncated));
        assert_eq!(integer(&[]), Err(Kind::Truncated));
    }
}
