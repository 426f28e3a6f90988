//! Binary data.

use asymmetric_schema::PropertyType;
use bson::{Binary, spec::BinarySubtype};

use crate::model::{
    InvalidValue, ListElement, Property,
    document::{bson_length, element},
};

/// Appends `bytes` as binary data of `subtype`.
#[inline]
pub(super) fn encode(
    subtype: BinarySubtype,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), InvalidValue> {
    // The obsolete subtype repeats the length inside.
    let inner = matches!(subtype, BinarySubtype::BinaryOld);
    let length = bson_length(bytes.len())?;
    if inner {
        out.extend_from_slice(&bson_length(bytes.len() + 4)?);
    } else {
        out.extend_from_slice(&length);
    }
    out.push(subtype.into());
    if inner {
        out.extend_from_slice(&length);
    }
    out.extend_from_slice(bytes);
    Ok(())
}

macro_rules! bytes {
    ($($(#[$attribute:meta])* ($($parameter:tt)*) $rust:ty;)*) => { $(
        $(#[$attribute])*
        impl<$($parameter)*> Property for $rust {
            const TYPE: PropertyType = PropertyType::Binary;
            const ELEMENT_TYPE: u8 = element::BINARY;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                encode(BinarySubtype::Generic, self, out)
            }
        }

        // Says nothing to people whose list of lists is refused.
        #[diagnostic::do_not_recommend]
        $(#[$attribute])*
        impl<$($parameter)*> ListElement for $rust {}
    )* };
}

bytes! {
    () Vec<u8>;
    () &[u8];
    (const N: usize) [u8; N];
    #[cfg(feature = "bytes")] () bytes::Bytes;
}

impl Property for Binary {
    const TYPE: PropertyType = PropertyType::Binary;
    const ELEMENT_TYPE: u8 = element::BINARY;

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        encode(self.subtype, &self.bytes, out)
    }
}

impl ListElement for Binary {}
