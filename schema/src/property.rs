//! What one property holds.

use crate::{EmbeddedSchema, Shared, shared::set};

/// The type of a property as App Services knows it.
///
/// The names follow Realm; the `bsonType` of each is in its description. Source of the mapping:
/// App Services documentation, "Schema types".
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PropertyType {
    /// `bool`
    Bool,
    /// `int`: 32 bits.
    Int,
    /// `long`: 64 bits.
    Long,
    /// `float`: single precision on the device, stored as a BSON double.
    Float,
    /// `double`
    Double,
    /// `string`
    String,
    /// `binData`, subtype 0.
    Binary,
    /// `objectId`
    ObjectId,
    /// `uuid`: BSON binary, subtype 4.
    Uuid,
    /// `decimal`: 128 bits.
    Decimal128,
    /// `date`: milliseconds since 1970 in UTC.
    Date,
    /// `mixed`: any of the scalar types, chosen by each value.
    Mixed,
    /// `array` with one type of element.
    List(Shared<PropertyType>),
    /// `array` with `uniqueItems`.
    Set(Shared<PropertyType>),
    /// `object` with `additionalProperties`: string keys, one type of value.
    Map(Shared<PropertyType>),
    /// Nested `object` with a `title`.
    Embedded(Shared<EmbeddedSchema>),
    /// The primary key of an object that lives in another collection.
    Link(Shared<LinkTarget>),
    /// A type whose values may be null as elements of a list, set or map.
    Nullable(Shared<PropertyType>),
}

/// Where a [`PropertyType::Link`] points.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkTarget {
    /// Title of the class linked to.
    pub title: Shared<str>,
    /// Its data source.
    pub data_source: Shared<str>,
    /// Its database.
    pub database: Shared<str>,
    /// Its collection.
    pub collection: Shared<str>,
    /// Type of its `_id`, which is what the property holds.
    pub primary_key: PropertyType,
}

/// A numeric bound, compared as the number it is and printed as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A bound for `int` and `long`.
    Integer(i64),
    /// A bound for `float`, `double` and `decimal`.
    Double(f64),
}

/// Rules for a value beyond its type, in the words of App Services (`minimum`, `pattern`, …).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Constraints {
    /// Smallest number allowed.
    pub minimum: Option<Bound>,
    /// Whether [`minimum`](Self::minimum) itself is refused.
    pub exclusive_minimum: bool,
    /// Greatest number allowed.
    pub maximum: Option<Bound>,
    /// Whether [`maximum`](Self::maximum) itself is refused.
    pub exclusive_maximum: bool,
    /// Shortest string allowed, in characters.
    pub min_length: Option<u64>,
    /// Longest string allowed, in characters.
    pub max_length: Option<u64>,
    /// Regular expression that a string must match somewhere.
    pub pattern: Option<Shared<str>>,
    /// Fewest elements of a list or set.
    pub min_items: Option<u64>,
    /// Most elements of a list or set.
    pub max_items: Option<u64>,
    /// The only strings allowed, as the value or as elements of a collection; empty means any.
    pub allowed: Shared<[Shared<str>]>,
}

impl Constraints {
    /// No constraint at all.
    pub const NONE: Self = Self {
        minimum: None,
        exclusive_minimum: false,
        maximum: None,
        exclusive_maximum: false,
        min_length: None,
        max_length: None,
        pattern: None,
        min_items: None,
        max_items: None,
        allowed: Shared::Static(&[]),
    };

    /// Refuses numbers below `bound`, and `bound` itself if `exclusive`.
    #[must_use]
    pub const fn with_minimum(mut self, bound: Bound, exclusive: bool) -> Self {
        self.minimum = Some(bound);
        self.exclusive_minimum = exclusive;
        self
    }

    /// Refuses numbers above `bound`, and `bound` itself if `exclusive`.
    #[must_use]
    pub const fn with_maximum(mut self, bound: Bound, exclusive: bool) -> Self {
        self.maximum = Some(bound);
        self.exclusive_maximum = exclusive;
        self
    }

    /// Refuses strings of fewer characters.
    #[must_use]
    pub const fn with_min_length(mut self, characters: u64) -> Self {
        self.min_length = Some(characters);
        self
    }

    /// Refuses strings of more characters.
    #[must_use]
    pub const fn with_max_length(mut self, characters: u64) -> Self {
        self.max_length = Some(characters);
        self
    }

    /// Refuses strings in which the regular expression matches nowhere.
    #[must_use]
    pub const fn with_pattern(mut self, pattern: &'static str) -> Self {
        set(&mut self.pattern, Some(Shared::Static(pattern)));
        self
    }

    /// Refuses lists and sets of fewer elements.
    #[must_use]
    pub const fn with_min_items(mut self, elements: u64) -> Self {
        self.min_items = Some(elements);
        self
    }

    /// Refuses lists and sets of more elements.
    #[must_use]
    pub const fn with_max_items(mut self, elements: u64) -> Self {
        self.max_items = Some(elements);
        self
    }

    /// Refuses all strings but these.
    #[must_use]
    pub const fn with_allowed(mut self, strings: &'static [Shared<str>]) -> Self {
        set(&mut self.allowed, Shared::Static(strings));
        self
    }
}

/// What a property holds in documents of writers that do not know it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// For `bool`.
    Bool(bool),
    /// For `int`, `long`, `float`, `double` and `decimal`.
    Numeric(Bound),
    /// For `string`.
    String(Shared<str>),
}

/// A property as stored: persisted name, type, and what its values must satisfy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PropertySchema {
    /// The persisted name. The primary key's is always `_id`.
    pub name: Shared<str>,
    /// What the property holds.
    pub property_type: PropertyType,
    /// Whether the property may be absent from an object.
    pub optional: bool,
    /// What the property means, for people.
    pub description: Option<Shared<str>>,
    /// What its values must satisfy.
    pub constraints: Constraints,
    /// What the server fills in where a writer of an older schema does not know the property.
    pub default: Option<DefaultValue>,
}

impl PropertySchema {
    /// A property that every object has.
    #[must_use]
    pub const fn new(name: &'static str, property_type: PropertyType) -> Self {
        Self {
            name: Shared::Static(name),
            property_type,
            optional: false,
            description: None,
            constraints: Constraints::NONE,
            default: None,
        }
    }

    /// Lets objects go without the property.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Says what the property means, for people.
    #[must_use]
    pub const fn described(mut self, description: &'static str) -> Self {
        set(&mut self.description, Some(Shared::Static(description)));
        self
    }

    /// Restricts the values.
    #[must_use]
    pub const fn constrained(mut self, constraints: Constraints) -> Self {
        set(&mut self.constraints, constraints);
        self
    }

    /// Says what the server fills in where a writer does not know the property.
    #[must_use]
    pub const fn defaulting_to(mut self, value: DefaultValue) -> Self {
        set(&mut self.default, Some(value));
        self
    }

    /// Whether App Services lists the property under `required`.
    ///
    /// Optional properties, collections and links are never required: for App Services an absent
    /// collection is an empty one, and a link may dangle.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        !self.optional
            && !matches!(
                self.property_type,
                PropertyType::List(_)
                    | PropertyType::Set(_)
                    | PropertyType::Map(_)
                    | PropertyType::Link(_)
            )
    }
}
