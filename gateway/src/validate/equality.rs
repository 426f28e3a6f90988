//! Whether two values are the same to a schema.
//!
//! As to MongoDB: numbers are compared by value whatever their type, and the order of the fields of
//! a document does not matter.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::number::Number;

/// Above so many elements, comparing each with each other costs more than hashing them.
const PAIRWISE: usize = 16;

/// Whether the values are equal.
pub(super) fn equal(a: RawBsonRef<'_>, b: RawBsonRef<'_>) -> bool {
    match (a, b) {
        (RawBsonRef::Document(a), RawBsonRef::Document(b)) => documents(a, b),
        (RawBsonRef::Array(a), RawBsonRef::Array(b)) => arrays(a, b),
        _ => match (Number::of(a), Number::of(b)) {
            (Some(a), Some(b)) => match a.compare(b) {
                Some(order) => order.is_eq(),
                // NaN equals NaN here.
                None => a.to_double().is_nan() && b.to_double().is_nan(),
            },
            (None, None) => a == b,
            _ => false,
        },
    }
}

fn documents(a: &RawDocument, b: &RawDocument) -> bool {
    let mut fields = 0;
    for field in a {
        let Ok((name, value)) = field else { return false };
        fields += 1;
        match b.get(name) {
            Ok(Some(other)) if equal(value, other) => {}
            _ => return false,
        }
    }
    b.iter().count() == fields
}

fn arrays(a: &RawArray, b: &RawArray) -> bool {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(Ok(a)), Some(Ok(b))) if equal(a, b) => {}
            _ => return false,
        }
    }
}

/// Positions of two elements that are equal, if there are any.
pub(super) fn repeated(array: &RawArray) -> Option<(usize, usize)> {
    let elements = || array.into_iter().map_while(Result::ok).enumerate();
    let length = elements().count();
    if length > PAIRWISE {
        return repeated_by_hash(array);
    }
    elements().find_map(|(place, value)| {
        let earlier = elements().take(place).find(|(_, earlier)| equal(*earlier, value));
        earlier.map(|(earlier, _)| (earlier, place))
    })
}

/// The same in time that grows with the number of elements, even where somebody chose them badly:
/// the hash has a key that nobody knows.
fn repeated_by_hash(array: &RawArray) -> Option<(usize, usize)> {
    let state = RandomState::new();
    let elements = array.into_iter().map_while(Result::ok).enumerate();
    let mut hashed: Vec<_> = elements
        .map(|(place, value)| {
            let mut hasher = state.build_hasher();
            hash(value, &state, &mut hasher);
            (hasher.finish(), place, value)
        })
        .collect();
    hashed.sort_by_key(|(hash, place, _)| (*hash, *place));
    hashed.chunk_by(|(a, ..), (b, ..)| a == b).find_map(|alike| {
        alike.iter().enumerate().find_map(|(rank, (_, place, value))| {
            let earlier = alike.iter().take(rank).find(|(_, _, earlier)| equal(*earlier, *value));
            earlier.map(|(_, earlier, _)| (*earlier, *place))
        })
    })
}

/// Equal values have equal hashes.
fn hash(value: RawBsonRef<'_>, state: &RandomState, hasher: &mut impl Hasher) {
    if let Some(number) = Number::of(value) {
        match number.as_integer() {
            Some(integer) => integer.hash(hasher),
            None => match number.to_double() {
                nan if nan.is_nan() => 0_u8.hash(hasher),
                double => double.to_bits().hash(hasher),
            },
        }
        return;
    }
    (value.element_type() as u8).hash(hasher);
    match value {
        RawBsonRef::String(text) => text.hash(hasher),
        RawBsonRef::ObjectId(id) => id.bytes().hash(hasher),
        RawBsonRef::Binary(binary) => binary.bytes.hash(hasher),
        RawBsonRef::DateTime(time) => time.timestamp_millis().hash(hasher),
        RawBsonRef::Boolean(value) => value.hash(hasher),
        RawBsonRef::Array(array) => {
            for value in array.into_iter().map_while(Result::ok) {
                hash(value, state, hasher);
            }
        }
        RawBsonRef::Document(document) => {
            // The order of the fields must not show.
            let fields = document.into_iter().map_while(Result::ok).map(|(name, value)| {
                let mut hasher = state.build_hasher();
                name.as_str().hash(&mut hasher);
                hash(value, state, &mut hasher);
                hasher.finish()
            });
            fields.fold(0, u64::wrapping_add).hash(hasher);
        }
        // Rare enough for all of one type to be compared.
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{Bson, bson, raw::RawBson, rawdoc};

    fn equals(a: &Bson, b: &Bson) -> bool {
        let [a, b] = [a, b].map(|value| RawBson::try_from(value.clone()).unwrap());
        equal(a.as_raw_bson_ref(), b.as_raw_bson_ref())
    }

    #[test]
    fn numbers_by_value_documents_in_any_order_arrays_in_theirs() {
        for (a, b, expected) in [
            (bson!(1), bson!(1.0), true),
            (bson!(1), bson!(true), false),
            (bson!(f64::NAN), bson!(f64::NAN), true),
            (bson!({"a": 1, "b": 2}), bson!({"b": 2.0, "a": 1}), true),
            (bson!({"a": 1}), bson!({"a": 1, "b": 2}), false),
            (bson!([1, 2]), bson!([2, 1]), false),
            (bson!([1, 2]), bson!([1, 2, 3]), false),
            (bson!("a"), bson!("a"), true),
            (bson!(null), bson!(0), false),
        ] {
            assert_eq!(equals(&a, &b), expected, "{a} {b}");
            assert_eq!(equals(&b, &a), expected, "{b} {a}");
        }
    }

    #[test]
    fn repeated_elements_are_found_in_short_and_long_arrays() {
        let find = |values: Vec<Bson>| {
            let mut document = rawdoc! {};
            document.append(bson::cstr!("a"), RawBson::try_from(Bson::Array(values)).unwrap());
            repeated(document.get_array("a").unwrap())
        };
        for length in [3, 100] {
            let mut values: Vec<Bson> = (0..length).map(|n| bson!({"n": n, "x": "y"})).collect();
            assert_eq!(find(values.clone()), None);
            values.push(bson!({"x": "y", "n": 1.0}));
            assert_eq!(find(values), Some((1, usize::try_from(length).unwrap())));
        }
        // One hash for what is equal, whatever its type.
        let mut values: Vec<Bson> = (0..50).map(Bson::Int32).collect();
        values.push("7.0".parse::<bson::Decimal128>().unwrap().into());
        assert_eq!(find(values), Some((7, 50)));
        let mut values: Vec<Bson> = (0..50).map(|n| Bson::Double(f64::from(n) + 0.5)).collect();
        values.push("7.50".parse::<bson::Decimal128>().unwrap().into());
        assert_eq!(find(values), Some((7, 50)));
    }
}
