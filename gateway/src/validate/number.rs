//! Numbers of four types, compared by their value.

use std::{cmp::Ordering, io::Write as _};

use bson::raw::RawBsonRef;

/// A number of a document or of a schema.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Integer(i64),
    Double(f64),
    Decimal(Decimal),
}

/// A decimal number: `coefficient * 10^exponent`. Neither infinite nor NaN.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    negative: bool,
    coefficient: u128,
    exponent: i32,
}

impl Number {
    /// The number that a value is; `None` if it is none, or a decimal that is infinite or NaN.
    pub(super) fn of(value: RawBsonRef<'_>) -> Option<Self> {
        match value {
            RawBsonRef::Int32(value) => Some(Self::Integer(value.into())),
            RawBsonRef::Int64(value) => Some(Self::Integer(value)),
            RawBsonRef::Double(value) => Some(Self::Double(value)),
            RawBsonRef::Decimal128(value) => Some(match special(&value.bytes()) {
                Some(special) => Self::Double(special),
                None => Self::Decimal(Decimal::from_bytes(&value.bytes())),
            }),
            _ => None,
        }
    }

    /// How the numbers compare; `None` if one of them is NaN.
    pub(super) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(&b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(&b),
            (Self::Integer(a), Self::Double(b)) => integer_and_double(a, b),
            (Self::Double(a), Self::Integer(b)) => integer_and_double(b, a).map(Ordering::reverse),
            (Self::Decimal(a), b) => match b.to_decimal() {
                Ok(b) => Some(a.compare(b)),
                // Whatever is infinite compares with zero as it does with every decimal.
                Err(special) => 0.0.partial_cmp(&special),
            },
            (a, Self::Decimal(_)) => other.compare(a).map(Ordering::reverse),
        }
    }

    /// Whether the number is a whole multiple of `divisor`.
    pub(super) fn is_multiple_of(self, divisor: Self) -> bool {
        if let (Self::Integer(a), Self::Integer(b)) = (self, divisor) {
            return b != 0 && a.checked_rem(b).unwrap_or(0) == 0;
        }
        match (self.to_decimal(), divisor.to_decimal()) {
            (Ok(number), Ok(divisor)) => number.is_multiple_of(divisor),
            _ => false,
        }
    }

    /// The number as an integer of 64 bits, if it is one.
    pub(super) fn as_integer(self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(value),
            Self::Double(value) => whole(value),
            Self::Decimal(value) => value.as_integer(),
        }
    }

    /// The number as a double, if it equals one.
    pub(super) fn to_double(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "only equal numbers matter")]
            Self::Integer(value) => value as f64,
            Self::Double(value) => value,
            Self::Decimal(value) => value.to_double(),
        }
    }

    /// The shortest decimal that reads back as this number. `Err` holds infinity and NaN.
    fn to_decimal(self) -> Result<Decimal, f64> {
        match self {
            Self::Integer(value) => Ok(Decimal {
                negative: value < 0,
                coefficient: value.unsigned_abs().into(),
                exponent: 0,
            }),
            Self::Double(value) if value.is_finite() => Ok(Decimal::from_double(value)),
            Self::Double(value) => Err(value),
            Self::Decimal(value) => Ok(value),
        }
    }
}

fn integer_and_double(integer: i64, double: f64) -> Option<Ordering> {
    if let Some(whole) = whole(double) {
        return Some(integer.cmp(&whole));
    }
    if double.abs() >= LIMIT {
        return 0.0.partial_cmp(&double);
    }
    #[expect(clippy::cast_precision_loss, reason = "doubles with a fraction are below 2^53")]
    let integer = integer as f64;
    integer.partial_cmp(&double)
}

/// The first double behind all integers of 64 bits.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// The number as an integer of 64 bits, if it is one.
fn whole(value: f64) -> Option<i64> {
    let fits = value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value);
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and in range")]
    fits.then_some(value as i64)
}

/// Infinity or NaN, if the decimal is one of them.
fn special(bytes: &[u8; 16]) -> Option<f64> {
    let bits = u128::from_le_bytes(*bytes);
    let negative = bits >> 127 == 1;
    match (bits >> 122) & 0x1f {
        0x1e if negative => Some(f64::NEG_INFINITY),
        0x1e => Some(f64::INFINITY),
        0x1f => Some(f64::NAN),
        _ => None,
    }
}

const EXPONENT_BIAS: i32 = 6176;
/// Largest coefficient of 34 digits; encodings beyond it mean zero.
const MAX_COEFFICIENT: u128 = 10_u128.pow(34) - 1;
/// Most decimal digits that fit the coefficient with any digits.
const DIGITS: u32 = 38;

impl Decimal {
    /// Reads the binary form of IEEE 754 (binary integer significand).
    fn from_bytes(bytes: &[u8; 16]) -> Self {
        let bits = u128::from_le_bytes(*bytes);
        let negative = bits >> 127 == 1;
        let large = (bits >> 125) & 3 == 3;
        let (exponent, coefficient) = if large {
            // A coefficient of this form is over the limit, whatever its bits.
            ((bits >> 111) & 0x3fff, 0)
        } else {
            ((bits >> 113) & 0x3fff, bits & ((1 << 113) - 1))
        };
        let exponent = i32::try_from(exponent).unwrap_or(EXPONENT_BIAS) - EXPONENT_BIAS;
        let coefficient = if coefficient > MAX_COEFFICIENT { 0 } else { coefficient };
        Self { negative, coefficient, exponent }
    }

    /// The shortest decimal that reads back as this finite number.
    fn from_double(value: f64) -> Self {
        let mut text = [0; 32];
        let mut rest = text.as_mut_slice();
        // 17 digits, a sign, a point and an exponent of three digits fit.
        let written = write!(rest, "{value:e}").map_or(0, |()| 32 - rest.len());
        let text = text.get(..written).unwrap_or_default();
        let mut decimal = Self { negative: false, coefficient: 0, exponent: 0 };
        let (mut fraction, mut exponent, mut exponent_sign) = (false, None, 1);
        for byte in text {
            match (byte, &mut exponent) {
                (b'0'..=b'9', None) => {
                    decimal.coefficient = decimal.coefficient * 10 + u128::from(byte - b'0');
                    decimal.exponent -= i32::from(fraction);
                }
                (b'0'..=b'9', Some(exponent)) => {
                    *exponent = *exponent * 10 + i32::from(byte - b'0');
                }
                (b'-', None) => decimal.negative = true,
                (b'-', Some(_)) => exponent_sign = -1,
                (b'.', _) => fraction = true,
                _ => exponent = Some(0),
            }
        }
        decimal.exponent += exponent_sign * exponent.unwrap_or(0);
        decimal
    }

    fn compare(self, other: Self) -> Ordering {
        match (self.coefficient, other.coefficient) {
            (0, 0) => return Ordering::Equal,
            (0, _) if other.negative => return Ordering::Greater,
            (0, _) => return Ordering::Less,
            (_, 0) => return other.compare(self).reverse(),
            _ => {}
        }
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    /// Neither is zero.
    fn compare_magnitude(self, other: Self) -> Ordering {
        // The place of the first digit decides, then the digits, brought to the same number.
        let (a, b) = (self.digits(), other.digits());
        let place = |decimal: Self, digits: u32| i64::from(decimal.exponent) + i64::from(digits);
        place(self, a).cmp(&place(other, b)).then_with(|| {
            let digits = a.max(b).min(DIGITS);
            let scaled = |coefficient: u128, own: u32| {
                coefficient.saturating_mul(10_u128.saturating_pow(digits.saturating_sub(own)))
            };
            scaled(self.coefficient, a).cmp(&scaled(other.coefficient, b))
        })
    }

    fn digits(self) -> u32 {
        self.coefficient.checked_ilog10().map_or(0, |log| log + 1)
    }

    fn is_multiple_of(self, divisor: Self) -> bool {
        if divisor.coefficient == 0 {
            return false;
        }
        if self.coefficient == 0 {
            return true;
        }
        // (c * 10^shift) % d, one digit after the other so that nothing overflows.
        let divisor_digits = divisor.normalised();
        let own = self.normalised();
        let shift = own.exponent - divisor_digits.exponent;
        if shift < 0 {
            // Without trailing zeros a smaller exponent means more places behind the point.
            return false;
        }
        let mut rest = own.coefficient % divisor_digits.coefficient;
        for _ in 0..shift {
            if rest == 0 {
                return true;
            }
            rest = (rest * 10) % divisor_digits.coefficient;
        }
        rest == 0
    }

    fn as_integer(self) -> Option<i64> {
        if self.coefficient == 0 {
            return Some(0);
        }
        let Self { negative, coefficient, exponent } = self.normalised();
        let scale = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
        let magnitude = i128::try_from(coefficient).ok()?.checked_mul(scale)?;
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    }

    fn to_double(self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        let text = format!("{sign}{}e{}", self.coefficient, self.exponent);
        text.parse().unwrap_or(f64::NAN)
    }

    /// Without zeros at the end of the coefficient.
    fn normalised(mut self) -> Self {
        while self.coefficient != 0 && self.coefficient.is_multiple_of(10) {
            self.coefficient /= 10;
            self.exponent += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::*;
    use bson::{Bson, Decimal128, raw::RawBson};

    fn number(value: impl Into<Bson>) -> Number {
        let value = RawBson::try_from(value.into()).unwrap();
        Number::of(value.as_raw_bson_ref()).unwrap()
    }

    fn decimal(text: &str) -> Number {
        number(text.parse::<Decimal128>().unwrap())
    }

    #[test]
    fn numbers_compare_by_value_whatever_their_type() {
        for (a, b, expected) in [
            (number(1), number(1_i64), Equal),
            (number(1), number(1.0), Equal),
            (number(1), number(1.5), Less),
            (number(i64::MAX), number(9_223_372_036_854_775_808.0), Less),
            (number((1_i64 << 53) + 1), number(9_007_199_254_740_992.0), Greater),
            (decimal("1.50"), number(1.5), Equal),
            (decimal("0.1"), number(0.1), Equal),
            (decimal("-2"), number(-1), Less),
            (decimal("1E+6144"), number(f64::MAX), Greater),
            (decimal("1E-6176"), number(0), Greater),
            (decimal("0E+3"), number(0), Equal),
            (decimal("Infinity"), number(f64::MAX), Greater),
            (number(i64::MIN), decimal("-Infinity"), Greater),
            (decimal("9999999999999999999999999999999999"), number(1e34), Less),
            (number(f64::NEG_INFINITY), decimal("-1E+6000"), Less),
        ] {
            assert_eq!(a.compare(b), Some(expected), "{a:?} {b:?}");
            assert_eq!(b.compare(a), Some(expected.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(number(f64::NAN).compare(number(1)), None);
        assert_eq!(decimal("NaN").compare(decimal("1")), None);
        assert_eq!(decimal("1").compare(number(f64::NAN)), None);
    }

    #[test]
    fn multiples_are_told_in_decimal() {
        for (a, b, expected) in [
            (number(9), number(3), true),
            (number(9), number(2), false),
            (number(i64::MIN), number(-1), true),
            (number(0.3), number(0.1), true),
            (number(0.35), number(0.1), false),
            (decimal("4.50"), number(1.5), true),
            (number(1e300), number(7), false),
            (number(7e300), number(7), true),
            (number(5), number(0), false),
            (number(f64::INFINITY), number(1), false),
            (number(0), number(0.7), true),
        ] {
            assert_eq!(a.is_multiple_of(b), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn whole_numbers_are_integers() {
        assert_eq!(decimal("12E+2").as_integer(), Some(1200));
        assert_eq!(decimal("1200E-2").as_integer(), Some(12));
        assert_eq!(decimal("-9223372036854775808").as_integer(), Some(i64::MIN));
        assert_eq!(decimal("9223372036854775808").as_integer(), None);
        assert_eq!(decimal("1E+6000").as_integer(), None);
        assert_eq!(decimal("0.5").as_integer(), None);
    }
}
