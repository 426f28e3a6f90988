//! Properties that may be absent.

use asymmetric_schema::{PropertyType, Shared};

use crate::model::{InvalidValue, ListElement, Property, SetElement, document::element};

/// `None` is absent from the document, and null in a collection.
impl<T: Property> Property for Option<T> {
    const TYPE: PropertyType = T::TYPE;
    const ELEMENT_TYPE: u8 = T::ELEMENT_TYPE;
    const OPTIONAL: bool = true;
    const TWICE_OPTIONAL: bool = T::OPTIONAL;
    const ITEM_TYPE: PropertyType = PropertyType::Nullable(Shared::Static(&T::TYPE));
    const ALLOWED: &'static [Shared<str>] = T::ALLOWED;

    #[inline]
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        match self {
            Some(value) => value.encode(out),
            None => Ok(()),
        }
    }

    #[inline]
    fn encode_element(&self, header: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        match self {
            Some(value) => value.encode_element(header, out),
            None => Ok(()),
        }
    }

    #[inline]
    fn encode_item(&self, header: &[u8], out: &mut Vec<u8>) -> Result<(), InvalidValue> {
        if let Some(value) = self {
            return value.encode_item(header, out);
        }
        out.push(element::NULL);
        out.extend_from_slice(header.get(1..).unwrap_or_default());
        Ok(())
    }
}

impl<T: SetElement> ListElement for Option<T> {}
