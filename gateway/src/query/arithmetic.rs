//! Sums and products of BSON numbers, in the types that MongoDB gives them.

use bson::Bson;

/// What is done with two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A number of a type that is reckoned with; decimals are not.
#[derive(Clone, Copy)]
enum Number {
    Int(i32),
    Long(i64),
    Double(f64),
}

impl Number {
    fn of(value: &Bson) -> Option<Self> {
        match value {
            Bson::Int32(value) => Some(Self::Int(*value)),
            Bson::Int64(value) => Some(Self::Long(*value)),
            Bson::Double(value) => Some(Self::Double(*value)),
            _ => None,
        }
    }

    fn whole(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value.into()),
            Self::Long(value) => Some(value),
            Self::Double(_) => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what MongoDB does with a long and a double")]
    fn float(self) -> f64 {
        match self {
            Self::Int(value) => value.into(),
            Self::Long(value) => value as f64,
            Self::Double(value) => value,
        }
    }
}

impl Arithmetic {
    /// The result; `None` if a value is no number, nothing can be divided by the second, or whole
    /// numbers get too large.
    pub(super) fn apply(self, left: &Bson, right: &Bson) -> Option<Bson> {
        let (left, right) = (Number::of(left)?, Number::of(right)?);
        if let (Some(a), Some(b)) = (left.whole(), right.whole())
            && self != Self::Divide
        {
            let result = match self {
                Self::Add => a.checked_add(b),
                Self::Subtract => a.checked_sub(b),
                Self::Multiply => a.checked_mul(b),
                Self::Divide | Self::Modulo => a.checked_rem(b),
            }?;
            let narrow = matches!((left, right), (Number::Int(_), Number::Int(_)));
            return Some(match i32::try_from(result) {
                Ok(result) if narrow => Bson::Int32(result),
                _ => Bson::Int64(result),
            });
        }
        let (a, b) = (left.float(), right.float());
        Some(Bson::Double(match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide | Self::Modulo if b == 0.0 => return None,
            Self::Divide => a / b,
            Self::Modulo => a % b,
        }))
    }
}

/// A number as a float, for an average.
pub(super) fn float(value: &Bson) -> Option<f64> {
    Number::of(value).map(Number::float)
}
