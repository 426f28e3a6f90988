//! Decimals, and how they become those of BSON.

use super::{ChangesetErrorKind as Kind, reader::Reader};

/// Bits of a coefficient.
const COEFFICIENT_BITS: u32 = 113;
/// What a coefficient stays below: it has at most 34 digits.
const COEFFICIENTS: u128 = 10_u128.pow(34);
/// What BSON adds to an exponent.
const BIAS: i64 = 6176;
/// Exponents of BSON have 14 bits.
const EXPONENTS: std::ops::Range<i64> = 0..1 << 14;

/// Reads coefficient, exponent and sign, and returns the sixteen bytes of a BSON decimal.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<[u8; 16], Kind> {
    let coefficient = coefficient(reader)?;
    let exponent = reader.integer()?.checked_add(BIAS).filter(|biased| EXPONENTS.contains(biased));
    let exponent = exponent.and_then(|biased| u128::try_from(biased).ok());
    let exponent = exponent.ok_or(Kind::DecimalRange)?;
    let sign = u128::from(reader.boolean()?);
    Ok((coefficient | exponent << COEFFICIENT_BITS | sign << 127).to_le_bytes())
}

/// Groups of seven bits, low first, without a sign: the last group has seven bits too.
fn coefficient(reader: &mut Reader<'_>) -> Result<u128, Kind> {
    let mut coefficient = 0_u128;
    let mut shift = 0;
    loop {
        let byte = reader.byte()?;
        let group = u128::from(byte & 0x7f);
        if shift >= COEFFICIENT_BITS {
            return Err(Kind::DecimalRange);
        }
        coefficient |= group << shift;
        if coefficient >> COEFFICIENT_BITS != 0 {
            return Err(Kind::DecimalRange);
        }
        if byte & 0x80 == 0 {
            return if coefficient < COEFFICIENTS {
                Ok(coefficient)
            } else {
                Err(Kind::DecimalRange)
            };
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use bson::Decimal128;

    use super::*;

    fn decimal(bytes: &[u8]) -> Result<String, Kind> {
        let mut reader = Reader::new(bytes);
        let decimal = read(&mut reader)?;
        assert!(reader.is_empty());
        Ok(Decimal128::from_bytes(decimal).to_string())
    }

    #[test]
    fn decimals_become_those_of_bson() {
        assert_eq!(decimal(b"\xb9\xe0\x00\x41\x01").unwrap(), "-123.45");
        assert_eq!(decimal(b"\x00\x00\x00").unwrap(), "0");
        assert_eq!(decimal(b"\x01\x03\x00").unwrap(), "1E+3");
        assert_eq!(decimal(b"\x00\xe0\xc7\x00\x01").unwrap(), "-Infinity");
        let bytes = read(&mut Reader::new(b"\xb9\xe0\x00\x41\x01")).unwrap();
        assert_eq!(bytes[..4], [0x39, 0x30, 0, 0]);
        assert_eq!(bytes[14..], [0x3c, 0xb0]);
    }

    #[test]
    fn decimals_out_of_range_are_refused() {
        // 113 bits and 35 digits; 114 bits; 18 groups; an exponent under the least, over the greatest, and far beyond.
        for last in [0x01, 0x03] {
            let mut wide = [0xff; 17];
            wide[16] = last;
            assert_eq!(decimal(&wide), Err(Kind::DecimalRange));
        }
        assert_eq!(decimal(&[0x80; 18]), Err(Kind::DecimalRange));
        assert_eq!(decimal(b"\x01\xa0\x70\x00"), Err(Kind::DecimalRange));
        assert_eq!(decimal(b"\x01\xff\xff\xff\xff\xff\x00\x00"), Err(Kind::DecimalRange));
        assert_eq!(decimal(b"\x01\x00\x02"), Err(Kind::Unknown { what: "boolean", value: 2 }));
    }
}
