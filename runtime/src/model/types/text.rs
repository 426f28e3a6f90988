//! Strings, owned, shared and borrowed.

use std::{borrow::Cow, sync::Arc};

use asymmetric_schema::PropertyType;

use crate::model::{
    InvalidValue, ListElement, MapKey, PrimaryKey, Property, SetElement, Text,
    document::{bson_length, element},
};

/// Appends a string as BSON.
#[inline]
pub fn encode(text: &str, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
    let length = bson_length(text.len() + 1)?;
    out.extend_from_slice(&length);
    out.extend_from_slice(text.as_bytes());
    out.push(0);
    Ok(())
}

macro_rules! strings {
    ($($rust:ty)*) => { $(
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::String;
            const ELEMENT_TYPE: u8 = element::STRING;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                encode(self, out)
            }
        }

        impl ListElement for $rust {}

        impl SetElement for $rust {}

        impl PrimaryKey for $rust {}

        impl MapKey for $rust {
            #[inline]
            fn as_key(&self) -> &str {
                self
            }
        }

        impl Text for $rust {
            #[inline]
            fn text(&self) -> Option<&str> {
                Some(self)
            }
        }
    )* };
}

strings! { String Box<str> Arc<str> Cow<'_, str> &str }
