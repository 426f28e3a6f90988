//! Schemas as App Services JSON.
//!
//! The dialect is MongoDB's `$jsonSchema` with extensions (`title` on nested objects, `mixed`,
//! `uuid`, `float`); `exclusiveMinimum` and `exclusiveMaximum` are the booleans of JSON Schema
//! draft 4. Source: App Services documentation, "Schemas" and "Relationships".

use serde_json::{Map, Value, json};

use crate::{
    Bound, Constraints, DefaultValue, EmbeddedSchema, LinkTarget, ObjectSchema, PropertySchema,
    PropertyType, Shared,
};

impl ObjectSchema {
    /// The class as the content of a `schema.json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        object(&self.title, self.description.as_ref(), &self.properties, Descriptions::Keep)
    }

    pub(crate) fn to_json_without_descriptions(&self) -> Value {
        object(&self.title, None, &self.properties, Descriptions::Drop)
    }

    /// The links of the class as the content of a `relationships.json`: `{}` if it has none.
    #[must_use]
    pub fn relationships_to_json(&self) -> Value {
        let mut relationships = Map::new();
        collect_relationships("", &self.properties, &mut relationships);
        Value::Object(relationships)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Descriptions {
    Keep,
    Drop,
}

fn object(
    title: &str,
    description: Option<&Shared<str>>,
    properties: &[PropertySchema],
    descriptions: Descriptions,
) -> Value {
    let required: Vec<&str> =
        properties.iter().filter(|p| p.is_required()).map(|p| &*p.name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|p| (p.name.to_string(), property(p, descriptions))).collect();
    let mut node = Map::new();
    node.insert("title".into(), title.into());
    node.insert("bsonType".into(), "object".into());
    describe(description, descriptions, &mut node);
    node.insert("required".into(), required.into());
    node.insert("properties".into(), properties.into());
    Value::Object(node)
}

fn property(property: &PropertySchema, descriptions: Descriptions) -> Value {
    let mut node = property_type(&property.property_type, descriptions);
    describe(property.description.as_ref(), descriptions, &mut node);
    constrain(&property.property_type, &property.constraints, &mut node);
    if let Some(default) = &property.default {
        node.insert("default".into(), default_value(default));
    }
    Value::Object(node)
}

fn describe(text: Option<&Shared<str>>, descriptions: Descriptions, node: &mut Map<String, Value>) {
    if let (Some(text), Descriptions::Keep) = (text, descriptions) {
        node.insert("description".into(), (**text).into());
    }
}

fn property_type(property_type: &PropertyType, descriptions: Descriptions) -> Map<String, Value> {
    let nested = |inner: &PropertyType| Value::Object(self::property_type(inner, descriptions));
    let node = match property_type {
        PropertyType::Bool => json!({"bsonType": "bool"}),
        PropertyType::Int => json!({"bsonType": "int"}),
        PropertyType::Long => json!({"bsonType": "long"}),
        PropertyType::Float => json!({"bsonType": "float"}),
        PropertyType::Double => json!({"bsonType": "double"}),
        PropertyType::String => json!({"bsonType": "string"}),
        PropertyType::Binary => json!({"bsonType": "binData"}),
        PropertyType::ObjectId => json!({"bsonType": "objectId"}),
        PropertyType::Uuid => json!({"bsonType": "uuid"}),
        PropertyType::Decimal128 => json!({"bsonType": "decimal"}),
        PropertyType::Date => json!({"bsonType": "date"}),
        PropertyType::Mixed => json!({"bsonType": "mixed"}),
        PropertyType::List(items) => json!({"bsonType": "array", "items": nested(items)}),
        PropertyType::Set(items) => {
            json!({"bsonType": "array", "uniqueItems": true, "items": nested(items)})
        }
        PropertyType::Map(values) => {
            json!({"bsonType": "object", "properties": {}, "additionalProperties": nested(values)})
        }
        PropertyType::Embedded(class) => {
            let EmbeddedSchema { title, description, properties } = &**class;
            object(title, description.as_ref(), properties, descriptions)
        }
        PropertyType::Link(target) => nested(&target.primary_key),
        // The schema format has no word for a nullable element: the element's type stands alone.
        PropertyType::Nullable(inner) => nested(inner),
    };
    match node {
        Value::Object(node) => node,
        _ => unreachable!("every arm makes an object"),
    }
}

fn number(bound: Bound) -> Value {
    match bound {
        Bound::Integer(value) => value.into(),
        Bound::Double(value) => value.into(),
    }
}

fn default_value(default: &DefaultValue) -> Value {
    match default {
        DefaultValue::Bool(value) => (*value).into(),
        DefaultValue::Numeric(value) => number(*value),
        DefaultValue::String(value) => (**value).into(),
    }
}

/// Adds the keywords of the constraints. The allowed strings are a rule for the elements, where the
/// property is a collection; all else is a rule for the property itself.
fn constrain(
    property_type: &PropertyType,
    constraints: &Constraints,
    node: &mut Map<String, Value>,
) {
    let Constraints {
        minimum,
        exclusive_minimum,
        maximum,
        exclusive_maximum,
        min_length,
        max_length,
        pattern,
        min_items,
        max_items,
        allowed,
    } = constraints;
    let values = [
        ("minimum", minimum.map(number)),
        ("exclusiveMinimum", exclusive_minimum.then_some(Value::Bool(true))),
        ("maximum", maximum.map(number)),
        ("exclusiveMaximum", exclusive_maximum.then_some(Value::Bool(true))),
        ("minLength", min_length.map(Value::from)),
        ("maxLength", max_length.map(Value::from)),
        ("pattern", pattern.as_deref().map(Value::from)),
        ("minItems", min_items.map(Value::from)),
        ("maxItems", max_items.map(Value::from)),
    ];
    for (keyword, value) in values {
        if let Some(value) = value {
            node.insert(keyword.into(), value);
        }
    }
    if allowed.is_empty() {
        return;
    }
    let elements = match property_type {
        PropertyType::List(_) | PropertyType::Set(_) => "items",
        PropertyType::Map(_) => "additionalProperties",
        _ => "",
    };
    let strings = allowed.iter().map(|string| Value::from(&**string)).collect();
    match node.get_mut(elements).and_then(Value::as_object_mut) {
        Some(elements) => elements.insert("enum".into(), strings),
        None => node.insert("enum".into(), strings),
    };
}

/// Adds every link below `properties`, keyed by its path: names joined by dots, `[]` for a step
/// into a list, set or map.
fn collect_relationships(
    prefix: &str,
    properties: &[PropertySchema],
    found: &mut Map<String, Value>,
) {
    for property in properties {
        let path = format!("{prefix}{}", property.name);
        relationships_of(&path, &property.property_type, false, found);
    }
}

fn relationships_of(
    path: &str,
    property_type: &PropertyType,
    is_list: bool,
    found: &mut Map<String, Value>,
) {
    match property_type {
        PropertyType::Link(target) => {
            found.insert(path.to_owned(), relationship(target, is_list));
        }
        PropertyType::Embedded(class) => {
            let step = if is_list { ".[]." } else { "." };
            collect_relationships(&format!("{path}{step}"), &class.properties, found);
        }
        PropertyType::List(items) | PropertyType::Set(items) | PropertyType::Map(items) => {
            relationships_of(path, items, true, found);
        }
        PropertyType::Nullable(inner) => relationships_of(path, inner, is_list, found),
        _ => {}
    }
}

fn relationship(target: &LinkTarget, is_list: bool) -> Value {
    let LinkTarget { data_source, database, collection, .. } = target;
    json!({
        "ref": format!("#/relationship/{data_source}/{database}/{collection}"),
        "foreign_key": "_id",
        "is_list": is_list,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATION: LinkTarget = LinkTarget {
        title: Shared::Static("Station"),
        data_source: Shared::Static("mongodb-atlas"),
        database: Shared::Static("telemetry"),
        collection: Shared::Static("stations"),
        primary_key: PropertyType::String,
    };
    const STATION_LINK: PropertyType = PropertyType::Link(Shared::Static(&STATION));

    const FIX_PROPERTIES: &[PropertySchema] = &[
        PropertySchema::new("lat", PropertyType::Double),
        PropertySchema::new("station", STATION_LINK),
    ];
    const FIX: PropertyType =
        PropertyType::Embedded(Shared::Static(&EmbeddedSchema::new("GeoFix", FIX_PROPERTIES)));

    const LABELS: PropertyType = PropertyType::Map(Shared::Static(&PropertyType::Mixed));
    const TAGS: PropertyType = PropertyType::Set(Shared::Static(&PropertyType::String));
    const HOPS: PropertyType = PropertyType::List(Shared::Static(&FIX));
    const SEEN: PropertyType = PropertyType::List(Shared::Static(&STATION_LINK));

    const PROPERTIES: &[PropertySchema] = &[
        PropertySchema::new("_id", PropertyType::ObjectId),
        PropertySchema::new("count", PropertyType::Long).optional(),
        PropertySchema::new("tags", TAGS),
        PropertySchema::new("labels", LABELS),
        PropertySchema::new("fix", FIX),
        PropertySchema::new("hops", HOPS),
        PropertySchema::new("seen", SEEN),
    ];
    const EVERYTHING: ObjectSchema = ObjectSchema::new("Everything", PROPERTIES);

    #[test]
    fn every_shape_is_written_as_app_services_writes_it() {
        let fix = json!({
            "title": "GeoFix", "bsonType": "object", "required": ["lat"],
            "properties": { "lat": {"bsonType": "double"}, "station": {"bsonType": "string"} }
        });
        assert_eq!(
            EVERYTHING.to_json(),
            json!({
                "title": "Everything",
                "bsonType": "object",
                "required": ["_id", "fix"],
                "properties": {
                    "_id": {"bsonType": "objectId"},
                    "count": {"bsonType": "long"},
                    "tags": {"bsonType": "array", "uniqueItems": true, "items": {"bsonType": "string"}},
                    "labels": {
                        "bsonType": "object", "properties": {},
                        "additionalProperties": {"bsonType": "mixed"}
                    },
                    "fix": fix,
                    "hops": {"bsonType": "array", "items": fix},
                    "seen": {"bsonType": "array", "items": {"bsonType": "string"}},
                }
            })
        );
    }

    #[test]
    fn links_become_relationships_keyed_by_path() {
        let link = |is_list| {
            json!({
                "ref": "#/relationship/mongodb-atlas/telemetry/stations",
                "foreign_key": "_id", "is_list": is_list
            })
        };
        assert_eq!(
            EVERYTHING.relationships_to_json(),
            json!({ "fix.station": link(false), "hops.[].station": link(false), "seen": link(true) })
        );
    }

    #[test]
    fn constraints_become_keywords() {
        let mut property = PropertySchema::new("celsius", PropertyType::Double);
        property.constraints.minimum = Some(Bound::Double(-150.0));
        property.constraints.exclusive_minimum = true;
        property.constraints.max_length = Some(3);
        property.constraints.pattern = Some("^a".to_owned().into());
        property.constraints.allowed = vec!["a".to_owned().into()].into();
        assert_eq!(
            super::property(&property, Descriptions::Keep),
            json!({
                "bsonType": "double", "minimum": -150.0, "exclusiveMinimum": true,
                "maxLength": 3, "pattern": "^a", "enum": ["a"]
            })
        );
    }

    #[test]
    fn default_is_a_keyword_of_the_property() {
        let json = |default| {
            let property = PropertySchema::new("p", PropertyType::Mixed).defaulting_to(default);
            super::property(&property, Descriptions::Drop)["default"].clone()
        };
        assert_eq!(json(DefaultValue::Bool(true)), json!(true));
        assert_eq!(json(DefaultValue::Numeric(Bound::Integer(-1))), json!(-1));
        assert_eq!(json(DefaultValue::Numeric(Bound::Double(0.5))), json!(0.5));
        assert_eq!(json(DefaultValue::String("KJFK".to_owned().into())), json!("KJFK"));
    }

    #[test]
    fn allowed_strings_are_a_rule_for_the_elements_of_a_collection() {
        let tags = PropertyType::Set(Shared::Static(&PropertyType::String));
        let mut property = PropertySchema::new("tags", tags);
        property.constraints.allowed = vec!["a".to_owned().into()].into();
        assert_eq!(
            super::property(&property, Descriptions::Keep)["items"],
            json!({ "bsonType": "string", "enum": ["a"] })
        );
    }
}
