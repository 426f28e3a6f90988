//! Sets of BSON types.

use bson::{
    raw::RawBsonRef,
    spec::{BinarySubtype, ElementType},
};

/// A set of BSON types, one bit each; UUIDs have one of their own besides that of binary data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TypeSet(u32);

impl TypeSet {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ANY: Self = Self(u32::MAX);
    pub(super) const NUMBERS: Self = Self(1 << 1 | 1 << 16 | 1 << 18 | 1 << 19);
    const UUID: Self = Self(1 << 22);

    /// The types that `bsonType` means by this name.
    pub(super) fn of_bson_type(name: &str) -> Option<Self> {
        Some(match name {
            "double" | "float" => Self::of(ElementType::Double),
            "string" => Self::of(ElementType::String),
            "object" => Self::of(ElementType::EmbeddedDocument),
            "array" => Self::of(ElementType::Array),
            "binData" | "binary" => Self::of(ElementType::Binary),
            "uuid" => Self::UUID,
            "undefined" => Self::of(ElementType::Undefined),
            "objectId" => Self::of(ElementType::ObjectId),
            "bool" => Self::of(ElementType::Boolean),
            "date" => Self::of(ElementType::DateTime),
            "null" => Self::of(ElementType::Null),
            "regex" => Self::of(ElementType::RegularExpression),
            "dbPointer" => Self::of(ElementType::DbPointer),
            "javascript" => Self::of(ElementType::JavaScriptCode),
            "javascriptWithScope" => Self::of(ElementType::JavaScriptCodeWithScope),
            "function" => Self::of(ElementType::JavaScriptCode)
                .or(Self::of(ElementType::JavaScriptCodeWithScope)),
            "symbol" => Self::of(ElementType::Symbol),
            "int" => Self::of(ElementType::Int32),
            "timestamp" => Self::of(ElementType::Timestamp),
            "long" => Self::of(ElementType::Int64),
            "decimal" => Self::of(ElementType::Decimal128),
            "minKey" => Self::of(ElementType::MinKey),
            "maxKey" => Self::of(ElementType::MaxKey),
            "number" => Self::NUMBERS,
            "mixed" => Self::ANY,
            _ => return None,
        })
    }

    /// The types that the keyword `type` of JSON Schema means by this name.
    pub(super) fn of_json_type(name: &str) -> Option<Self> {
        match name {
            "object" | "array" | "number" | "string" | "null" => Self::of_bson_type(name),
            "boolean" => Self::of_bson_type("bool"),
            _ => None,
        }
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets have a type in common.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The types that a value is of: one, or two for a UUID.
    pub(super) fn of_value(value: RawBsonRef<'_>) -> Self {
        let own = Self::of(value.element_type());
        match value {
            RawBsonRef::Binary(binary) if binary.subtype == BinarySubtype::Uuid => {
                own.or(Self::UUID)
            }
            _ => own,
        }
    }

    const fn of(element: ElementType) -> Self {
        let bit = match element {
            ElementType::MinKey => 20,
            ElementType::MaxKey => 21,
            other => other as u8,
        };
        Self(1 << bit)
    }
}

/// What `bsonType` calls the type of a value.
pub(super) fn name_of(value: RawBsonRef<'_>) -> &'static str {
    match value.element_type() {
        ElementType::Double => "double",
        ElementType::String => "string",
        ElementType::EmbeddedDocument => "object",
        ElementType::Array => "array",
        ElementType::Binary if TypeSet::of_value(value).meets(TypeSet::UUID) => "uuid",
        ElementType::Binary => "binData",
        ElementType::Undefined => "undefined",
        ElementType::ObjectId => "objectId",
        ElementType::Boolean => "bool",
        ElementType::DateTime => "date",
        ElementType::Null => "null",
        ElementType::RegularExpression => "regex",
        ElementType::DbPointer => "dbPointer",
        ElementType::JavaScriptCode => "javascript",
        ElementType::Symbol => "symbol",
        ElementType::JavaScriptCodeWithScope => "javascriptWithScope",
        ElementType::Int32 => "int",
        ElementType::Timestamp => "timestamp",
        ElementType::Int64 => "long",
        ElementType::Decimal128 => "decimal",
        ElementType::MaxKey => "maxKey",
        ElementType::MinKey => "minKey",
    }
}
