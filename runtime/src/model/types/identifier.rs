//! `ObjectId` and `Uuid`, ours and other crates'.

use asymmetric_schema::PropertyType;

use crate::model::{
    InvalidValue, ListElement, ObjectId, PrimaryKey, Property, SetElement, document::element,
};

macro_rules! object_ids {
    ($($rust:ty)*) => { $(
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::ObjectId;
            const ELEMENT_TYPE: u8 = element::OBJECT_ID;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                out.extend_from_slice(&self.bytes());
                Ok(())
            }
        }

        impl ListElement for $rust {}

        impl SetElement for $rust {}

        impl PrimaryKey for $rust {}
    )* };
}

object_ids! { ObjectId bson::oid::ObjectId }

/// Length and subtype of the binary data that a UUID is.
const UUID_PREFIX: [u8; 5] = [16, 0, 0, 0, 4];

macro_rules! uuids {
    ($($(#[$attribute:meta])* $rust:ty => $bytes:ident;)*) => { $(
        $(#[$attribute])*
        impl Property for $rust {
            const TYPE: PropertyType = PropertyType::Uuid;
            const ELEMENT_TYPE: u8 = element::BINARY;

            #[inline]
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
                out.extend_from_slice(&UUID_PREFIX);
                out.extend_from_slice(&self.$bytes());
                Ok(())
            }
        }

        $(#[$attribute])*
        impl ListElement for $rust {}

        $(#[$attribute])*
        impl SetElement for $rust {}

        $(#[$attribute])*
        impl PrimaryKey for $rust {}
    )* };
}

uuids! {
    bson::Uuid => bytes;
    #[cfg(feature = "uuid")] uuid::Uuid => into_bytes;
}
