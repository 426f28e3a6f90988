//! Lists and sets.

use std::collections::{BTreeSet, HashSet, VecDeque};

use asymmetric_schema::{PropertyType, Shared};

use crate::model::{
    InvalidValue, Items, ListElement, Property, SetElement,
    document::{ArrayHeader, begin, element, finish},
};

/// Appends an array.
///
/// The first ten elements, which are all that most lists have, get headers of a length that the
/// compiler knows: copying those is a store instead of a call.
#[inline]
fn encode<'a, T: ListElement + 'a>(
    mut items: impl Iterator<Item = &'a T>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let start = begin(out);
    for (digit, item) in (b'0'..=b'9').zip(&mut items) {
        let result = item.encode_item(&[T::ELEMENT_TYPE, digit, 0], out);
        result.map_err(|e| e.within(char::from(digit).encode_utf8(&mut [0; 4])))?;
    }
    let mut header = ArrayHeader::new(T::ELEMENT_TYPE, 10);
    for item in items {
        item.encode_item(header.as_bytes(), out).map_err(|e| e.within(&header.index()))?;
        header.advance();
    }
    finish(start, out)
}

macro_rules! collections {
    ($($kind:ident, $bound:ident: ($($parameter:tt)*) $rust:ty;)*) => { $(
        impl<T: $bound, $($parameter)*> Property for $rust {
            const TYPE: PropertyType = PropertyType::$kind(Shared::Static(&T::ITEM_TYPE));
            const ELEMENT_TYPE: u8 = element::ARRAY;
            const ALLOWED: &'static [Shared<str>] = T::ALLOWED;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                encode(self.iter(), out)
            }
        }

        impl<T: $bound, $($parameter)*> Items for $rust {
            #[inline]
            fn item_count(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )* };
}

collections! {
    List, ListElement: () Vec<T>;
    List, ListElement: () &[T];
    List, ListElement: () VecDeque<T>;
    List, ListElement: (const N: usize) [T; N];
    Set, SetElement: () BTreeSet<T>;
    Set, SetElement: (S) HashSet<T, S>;
}
