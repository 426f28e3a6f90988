//! Numbers, and `bool`.

use asymmetric_schema::PropertyType;
use bson::Decimal128;

use crate::model::{
    Fractional, InvalidValue, ListElement, Number, Numeral, PrimaryKey, Property, SetElement,
    document::element,
};

macro_rules! integers {
    ($($rust:ty => $property_type:ident, $element_type:ident, $stored:ty;)*) => { $(
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::$property_type;
            const ELEMENT_TYPE: u8 = element::$element_type;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                out.extend_from_slice(&<$stored>::from(*self).to_le_bytes());
                Ok(())
            }
        }

        impl PrimaryKey for $rust {}

        impl Number for $rust {
            const WHOLE: bool = true;

            #[inline]
            fn number(&self) -> Option<Numeral> {
                Some(Numeral::Integer(i64::from(*self)))
            }
        }
    )* };
}

macro_rules! elements {
    ($($rust:ty)*) => { $(
        impl ListElement for $rust {}
        impl SetElement for $rust {}
    )* };
}

integers! {
    i8 => Int, INT32, i32;
    i16 => Int, INT32, i32;
    i32 => Int, INT32, i32;
    u8 => Int, INT32, i32;
    u16 => Int, INT32, i32;
    u32 => Long, INT64, i64;
    i64 => Long, INT64, i64;
}

// Not `u8`: a `Vec<u8>` is binary data, never a list of numbers.
elements! { bool i8 i16 i32 u16 u32 i64 f32 f64 Decimal128 }

macro_rules! floats {
    ($($rust:ty => $property_type:ident;)*) => { $(
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::$property_type;
            const ELEMENT_TYPE: u8 = element::DOUBLE;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                out.extend_from_slice(&f64::from(*self).to_le_bytes());
                Ok(())
            }
        }

        impl Number for $rust {
            const WHOLE: bool = false;

            #[inline]
            fn number(&self) -> Option<Numeral> {
                Some(Numeral::Double(f64::from(*self)))
            }
        }
    )* };
}

floats! {
    f32 => Float;
    f64 => Double;
}

impl Property for Decimal128 {
    const TYPE: PropertyType = PropertyType::Decimal128;
    const ELEMENT_TYPE: u8 = element::DECIMAL128;

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        out.extend_from_slice(&self.bytes());
        Ok(())
    }
}

impl Fractional for f32 {}

impl Fractional for f64 {}

impl Fractional for Decimal128 {}

impl Number for Decimal128 {
    const WHOLE: bool = false;

    /// The nearest double: bounds are doubles too.
    fn number(&self) -> Option<Numeral> {
        Some(Numeral::Double(self.to_string().parse().unwrap_or(f64::NAN)))
    }
}

impl Property for bool {
    const TYPE: PropertyType = PropertyType::Bool;
    const ELEMENT_TYPE: u8 = element::BOOL;

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        out.push(u8::from(*self));
        Ok(())
    }
}
