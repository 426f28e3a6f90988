//! A document never holds what its class's schema does not say, and always what it requires.

use asymmetric::{AsymmetricObject, schema::PropertySchema, schema::PropertyType};
use bson::{Bson, Document};

use crate::support::{bson_type, decoded};

/// Asserts that the document of an object is one that its schema describes.
pub(crate) fn assert_agrees<T: AsymmetricObject>(object: &T) {
    assert_describes(T::PROPERTIES, &decoded(object));
}

fn assert_describes(properties: &[PropertySchema], document: &Document) {
    for (name, value) in document {
        let property = properties.iter().find(|property| *property.name == **name);
        let property = property.unwrap_or_else(|| panic!("the schema has no `{name}`"));
        assert_is(&property.property_type, value);
        let allowed = &property.constraints.allowed;
        if let (Bson::String(text), false) = (value, allowed.is_empty()) {
            assert!(allowed.iter().any(|string| **string == **text), "`{text}` is not allowed");
        }
    }
    for property in properties.iter().filter(|property| property.is_required()) {
        assert!(document.contains_key(&*property.name), "`{}` is required", property.name);
    }
}

fn assert_is(property_type: &PropertyType, value: &Bson) {
    let expected = match property_type {
        PropertyType::Bool => "bool",
        PropertyType::Int => "int",
        PropertyType::Long => "long",
        PropertyType::Float | PropertyType::Double => "double",
        PropertyType::String => "string",
        PropertyType::Binary => "binData",
        PropertyType::ObjectId => "objectId",
        PropertyType::Uuid => "uuid",
        PropertyType::Decimal128 => "decimal",
        PropertyType::Date => "date",
        PropertyType::Mixed => return,
        PropertyType::Nullable(inner) => {
            return if value != &Bson::Null {
                assert_is(inner, value);
            };
        }
        PropertyType::Link(target) => return assert_is(&target.primary_key, value),
        PropertyType::List(element) | PropertyType::Set(element) => {
            let items = value.as_array().expect("a collection is an array");
            return items.iter().for_each(|item| assert_is(element, item));
        }
        PropertyType::Map(element) => {
            let entries = value.as_document().expect("a map is a document");
            return entries.values().for_each(|entry| assert_is(element, entry));
        }
        PropertyType::Embedded(class) => {
            let document = value.as_document().expect("an embedded object is a document");
            return assert_describes(&class.properties, document);
        }
        other => panic!("no test knows {other:?}"),
    };
    assert_eq!(bson_type(value), expected);
}
