//! Schemas as standard JSON Schema, draft 2020-12.
//!
//! What is described is a stored document as relaxed Extended JSON (v2): how `mongoexport`,
//! `mongosh` and the drivers print documents, and what `bson` makes of one. Numbers are numbers,
//! and types that JSON lacks are objects with one `$` key.

use serde_json::{Map, Value, json};

use crate::{
    Bound, Constraints, DefaultValue, EmbeddedSchema, ObjectSchema, PropertySchema, PropertyType,
    Shared,
};

/// The value of `$schema` in a document that holds one of the schemas made here.
pub const JSON_SCHEMA_DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl ObjectSchema {
    /// The class as JSON Schema 2020-12, for documents in relaxed Extended JSON.
    ///
    /// The schema names no dialect and refers to nothing outside itself, so that it can stand
    /// anywhere in another schema. On its own it wants `"$schema": `[`JSON_SCHEMA_DIALECT`].
    ///
    /// Every document that can be created satisfies it, but for two things that JSON cannot say:
    /// numbers that are infinite or none at all, and bounds on decimals.
    #[must_use]
    pub fn to_json_schema(&self) -> Value {
        object(&self.title, self.description.as_ref(), &self.properties)
    }
}

impl EmbeddedSchema {
    /// The embedded class as JSON Schema 2020-12, as [`ObjectSchema::to_json_schema`] does it.
    #[must_use]
    pub fn to_json_schema(&self) -> Value {
        object(&self.title, self.description.as_ref(), &self.properties)
    }
}

impl PropertySchema {
    /// What the property may hold as JSON Schema 2020-12, as [`ObjectSchema::to_json_schema`] does it.
    #[must_use]
    pub fn to_json_schema(&self) -> Value {
        property(self)
    }
}

fn object(title: &str, description: Option<&Shared<str>>, properties: &[PropertySchema]) -> Value {
    let required: Vec<&str> =
        properties.iter().filter(|p| p.is_required()).map(|p| &*p.name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|p| (p.name.to_string(), property(p))).collect();
    let mut node = Map::new();
    node.insert("title".into(), title.into());
    node.insert("type".into(), "object".into());
    if let Some(text) = description {
        node.insert("description".into(), (**text).into());
    }
    node.insert("properties".into(), properties.into());
    node.insert("required".into(), required.into());
    node.into()
}

fn property(property: &PropertySchema) -> Value {
    let mut node = property_type(&property.property_type, &property.constraints);
    if let Some(text) = &property.description {
        node.insert("description".into(), (**text).into());
    }
    if let Some(default) = &property.default {
        node.insert("default".into(), default_value(default, &property.property_type));
    }
    node.into()
}

fn property_type(property_type: &PropertyType, constraints: &Constraints) -> Map<String, Value> {
    // Allowed strings are a rule for the elements of a collection, all else for the collection.
    let nested = |inner: &PropertyType| {
        let allowed = Constraints { allowed: constraints.allowed.clone(), ..Constraints::NONE };
        Value::Object(self::property_type(inner, &allowed))
    };
    let node = match property_type {
        PropertyType::Bool => json!({"type": "boolean"}),
        PropertyType::Int => integer("int32", i32::MIN.into(), i32::MAX.into(), constraints),
        PropertyType::Long => integer("int64", i64::MIN, i64::MAX, constraints),
        PropertyType::Float => number("float", constraints),
        PropertyType::Double => number("double", constraints),
        PropertyType::String => string(constraints),
        PropertyType::Binary => wrapped("$binary", &binary("^[0-9a-f]{1,2}$")),
        // Extended JSON has a shorter form as well, which readers take and no writer prints.
        PropertyType::Uuid => wrapped("$binary", &binary("^0?4$")),
        PropertyType::ObjectId => wrapped("$oid", &matching("^[0-9a-f]{24}$")),
        PropertyType::Decimal128 => wrapped("$numberDecimal", &json!({"type": "string"})),
        PropertyType::Date => date(),
        PropertyType::Mixed => json!({}),
        PropertyType::List(items) => list(&nested(items), false, constraints),
        PropertyType::Set(items) => list(&nested(items), true, constraints),
        PropertyType::Map(values) => json!({
            "type": "object",
            "propertyNames": {"pattern": "^([^$.][^.]*)?$"},
            "additionalProperties": nested(values),
        }),
        PropertyType::Embedded(class) => class.to_json_schema(),
        PropertyType::Link(target) => nested(&target.primary_key),
        PropertyType::Nullable(inner) => json!({"anyOf": [nested(inner), {"type": "null"}]}),
    };
    match node {
        Value::Object(node) => node,
        _ => unreachable!("every arm makes an object"),
    }
}

/// Numbers of this width, within the bounds of the property where those are narrower.
fn integer(format: &str, least: i64, greatest: i64, constraints: &Constraints) -> Value {
    let mut node = json!({"type": "integer", "format": format});
    bound(&mut node, ["minimum", "exclusiveMinimum"], Some(Bound::Integer(least)), false);
    bound(&mut node, ["maximum", "exclusiveMaximum"], Some(Bound::Integer(greatest)), false);
    bounds(&mut node, constraints);
    node
}

fn number(format: &str, constraints: &Constraints) -> Value {
    let mut node = json!({"type": "number", "format": format});
    bounds(&mut node, constraints);
    node
}

fn bounds(node: &mut Value, constraints: &Constraints) {
    let Constraints { minimum, exclusive_minimum, maximum, exclusive_maximum, .. } = constraints;
    bound(node, ["minimum", "exclusiveMinimum"], *minimum, *exclusive_minimum);
    bound(node, ["maximum", "exclusiveMaximum"], *maximum, *exclusive_maximum);
}

/// In this draft an exclusive bound is a keyword with a number of its own.
fn bound(
    node: &mut Value,
    [inclusive, exclusive]: [&str; 2],
    value: Option<Bound>,
    is_exclusive: bool,
) {
    if let (Some(value), Some(node)) = (value, node.as_object_mut()) {
        let keyword = if is_exclusive { exclusive } else { inclusive };
        node.insert(keyword.into(), bound_value(value));
    }
}

fn bound_value(bound: Bound) -> Value {
    match bound {
        Bound::Integer(value) => value.into(),
        Bound::Double(value) => value.into(),
    }
}

fn string(constraints: &Constraints) -> Value {
    let Constraints { min_length, max_length, pattern, allowed, .. } = constraints;
    let mut node = Map::new();
    node.insert("type".into(), "string".into());
    let allowed: Vec<Value> = allowed.iter().map(|string| (**string).into()).collect();
    let keywords = [
        ("minLength", min_length.map(Value::from)),
        ("maxLength", max_length.map(Value::from)),
        ("pattern", pattern.as_deref().map(Value::from)),
        ("enum", (!allowed.is_empty()).then(|| allowed.into())),
    ];
    for (keyword, value) in keywords {
        if let Some(value) = value {
            node.insert(keyword.into(), value);
        }
    }
    node.into()
}

fn list(items: &Value, unique: bool, constraints: &Constraints) -> Value {
    let mut node = json!({"type": "array", "items": items});
    let keywords = [
        ("uniqueItems", unique.then_some(Value::Bool(true))),
        ("minItems", constraints.min_items.map(Value::from)),
        ("maxItems", constraints.max_items.map(Value::from)),
    ];
    for (keyword, value) in keywords {
        if let (Some(value), Some(node)) = (value, node.as_object_mut()) {
            node.insert(keyword.into(), value);
        }
    }
    node
}

/// An object of Extended JSON that stands for one value.
fn wrapped(key: &str, value: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {key: value},
        "required": [key],
        "additionalProperties": false,
    })
}

fn matching(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

fn binary(subtype: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "base64": {"type": "string", "contentEncoding": "base64"},
            "subType": matching(subtype),
        },
        "required": ["base64", "subType"],
        "additionalProperties": false,
    })
}

/// A date is text from 1970 to 9999, and a number of milliseconds outside that.
fn date() -> Value {
    let milliseconds = wrapped("$numberLong", &matching("^-?[0-9]{1,19}$"));
    let text = json!({"type": "string", "format": "date-time"});
    wrapped("$date", &json!({"anyOf": [text, milliseconds]}))
}

fn default_value(default: &DefaultValue, property_type: &PropertyType) -> Value {
    match (default, property_type) {
        (DefaultValue::Numeric(value), PropertyType::Decimal128) => {
            let text = bound_value(*value).to_string();
            json!({"$numberDecimal": text})
        }
        (DefaultValue::Numeric(value), _) => bound_value(*value),
        (DefaultValue::Bool(value), _) => (*value).into(),
        (DefaultValue::String(value), _) => (**value).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(property_type: PropertyType, constraints: Constraints) -> Value {
        property(&PropertySchema::new("p", property_type).constrained(constraints))
    }

    #[test]
    fn class_is_an_object_that_says_what_is_required() {
        const SPEED: &[PropertySchema] = &[PropertySchema::new("speed", PropertyType::Double)];
        const WIND: PropertyType =
            PropertyType::Embedded(Shared::Static(&EmbeddedSchema::new("Wind", SPEED)));
        const PROPERTIES: &[PropertySchema] = &[
            PropertySchema::new("_id", PropertyType::ObjectId),
            PropertySchema::new("wind", WIND),
            PropertySchema::new("note", PropertyType::String).optional().described("Anything."),
        ];
        let class = ObjectSchema::new("Reading", PROPERTIES).described("One reading.");
        assert_eq!(
            class.to_json_schema(),
            json!({
                "title": "Reading",
                "type": "object",
                "description": "One reading.",
                "properties": {
                    "_id": {
                        "type": "object",
                        "properties": {"$oid": {"type": "string", "pattern": "^[0-9a-f]{24}$"}},
                        "required": ["$oid"],
                        "additionalProperties": false,
                    },
                    "wind": {
                        "title": "Wind",
                        "type": "object",
                        "properties": {"speed": {"type": "number", "format": "double"}},
                        "required": ["speed"],
                    },
                    "note": {"type": "string", "description": "Anything."},
                },
                "required": ["_id", "wind"],
            })
        );
    }

    #[test]
    fn exclusive_bounds_are_numbers_and_replace_the_width_only_where_they_are_given() {
        let constraints = Constraints::NONE.with_minimum(Bound::Integer(0), true);
        assert_eq!(
            of(PropertyType::Int, constraints),
            json!({
                "type": "integer", "format": "int32",
                "minimum": i32::MIN, "exclusiveMinimum": 0, "maximum": i32::MAX,
            })
        );
        let constraints = Constraints::NONE.with_maximum(Bound::Double(0.5), false);
        let double = json!({"type": "number", "format": "double", "maximum": 0.5});
        assert_eq!(of(PropertyType::Double, constraints), double);
    }

    #[test]
    fn allowed_strings_are_a_rule_for_elements_and_null_stays_allowed() {
        let nullable = PropertyType::Nullable(PropertyType::String.into());
        let mut constraints = Constraints::NONE.with_min_items(1);
        constraints.allowed = vec!["a".to_owned().into()].into();
        assert_eq!(
            of(PropertyType::List(nullable.into()), constraints),
            json!({
                "type": "array",
                "items": {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
                "minItems": 1,
            })
        );
    }

    #[test]
    fn sets_are_unique_and_maps_have_keys_that_documents_can_have() {
        let set = of(PropertyType::Set(PropertyType::Bool.into()), Constraints::NONE);
        assert_eq!(set["uniqueItems"], true);
        let map = of(PropertyType::Map(PropertyType::Mixed.into()), Constraints::NONE);
        assert_eq!(map["additionalProperties"], json!({}));
        assert_eq!(map["propertyNames"]["pattern"], "^([^$.][^.]*)?$");
    }

    #[test]
    fn default_has_the_form_of_the_value() {
        let default = |property_type, default| {
            property(&PropertySchema::new("p", property_type).defaulting_to(default))["default"]
                .clone()
        };
        let half = DefaultValue::Numeric(Bound::Double(0.5));
        assert_eq!(default(PropertyType::Double, half.clone()), json!(0.5));
        assert_eq!(default(PropertyType::Decimal128, half), json!({"$numberDecimal": "0.5"}));
        assert_eq!(default(PropertyType::Bool, DefaultValue::Bool(true)), json!(true));
    }
}
