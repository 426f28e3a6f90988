//! Maps from strings.

use std::collections::{BTreeMap, HashMap};

use asymmetric_schema::{PropertyType, Shared};

use crate::model::{
    InvalidValue, ListElement, MapKey, Property,
    document::{begin, element, finish},
};

/// Longest key whose header is put together without an allocation.
const SHORT_KEY: usize = 62;

/// Appends a document with these keys.
#[inline]
fn encode<'a, K: MapKey + 'a, T: ListElement + 'a>(
    entries: impl Iterator<Item = (&'a K, &'a T)>,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let start = begin(out);
    for (key, value) in entries {
        let key = key.as_key();
        check_key(key)?;
        encode_entry(key, value, out).map_err(|e| e.within(key))?;
    }
    finish(start, out)
}

#[inline]
fn encode_entry<T: ListElement>(
    key: &str,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    let mut short = [0; SHORT_KEY + 2];
    let end = key.len() + 1;
    if let (Some(first), true) = (short.first_mut(), key.len() <= SHORT_KEY) {
        *first = T::ELEMENT_TYPE;
    }
    match short.get_mut(1..end) {
        Some(place) if key.len() <= SHORT_KEY => {
            place.copy_from_slice(key.as_bytes());
            value.encode_item(short.get(..=end).unwrap_or_default(), out)
        }
        _ => {
            let header = [&[T::ELEMENT_TYPE][..], key.as_bytes(), &[0]].concat();
            value.encode_item(&header, out)
        }
    }
}

/// Refuses keys that MongoDB's query language could not name.
pub(super) fn check_key(key: &str) -> Result<(), InvalidValue> {
    let broken = if key.is_empty() {
        "keys of maps are not empty"
    } else if key.starts_with('$') {
        "keys of maps do not start with `$`"
    } else if key.bytes().any(|byte| byte == b'.') {
        "keys of maps hold no `.`"
    } else if key.bytes().any(|byte| byte == 0) {
        "keys of maps hold no NUL"
    } else {
        return Ok(());
    };
    Err(InvalidValue::new(key.escape_debug(), broken))
}

macro_rules! maps {
    ($(($($parameter:ident)?) $rust:ty;)*) => { $(
        impl<K: MapKey, T: ListElement, $($parameter)?> Property for $rust {
            const TYPE: PropertyType = PropertyType::Map(Shared::Static(&T::ITEM_TYPE));
            const ELEMENT_TYPE: u8 = element::DOCUMENT;
            const ALLOWED: &'static [Shared<str>] = T::ALLOWED;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                encode(self.iter(), out)
            }
        }
    )* };
}

maps! {
    () BTreeMap<K, T>;
    (S) HashMap<K, T, S>;
}
