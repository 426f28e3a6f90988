//! The `validate` expressions of a schema: what must hold of values besides their types.

use bson::{
    RawDocument,
    raw::{RawArray, RawBsonRef},
};
use serde_json::Value;

use crate::rules::{CallError, CompileError, Documents, Expression, Scope};

/// The keyword.
const VALIDATE: &str = "validate";

/// The expressions of a schema, where they stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Expressions {
    /// Of the value itself.
    own: Option<Expression>,
    properties: Vec<(String, Expressions)>,
    /// Of the elements of an array.
    elements: Option<Box<Expressions>>,
    /// Of what `properties` does not name.
    others: Option<Box<Expressions>>,
}

/// An expression that is none, and its place in the schema.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) at: String,
    pub(super) error: CompileError,
}

impl Expressions {
    /// Compiles the expressions in a schema; `None` if there are none. `places` get to know where
    /// they stand.
    pub(super) fn compile(
        schema: &Value,
        places: &mut Vec<String>,
    ) -> Result<Option<Self>, Mistake> {
        Self::below(schema, "", places)
    }

    fn below(schema: &Value, at: &str, places: &mut Vec<String>) -> Result<Option<Self>, Mistake> {
        let mut found = Self::default();
        if let Some(expression) = schema.get(VALIDATE) {
            let at = format!("{at}{VALIDATE}");
            let compiled = Expression::compile(expression);
            found.own = Some(compiled.map_err(|error| Mistake { at: at.clone(), error })?);
            places.push(at);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let at = format!("{at}properties.{name}.");
            if let Some(below) = Self::below(property, &at, places)? {
                found.properties.push((name.clone(), below));
            } else if schema.get("additionalProperties").is_some_and(Value::is_object) {
                // Named, so it is none of the others.
                found.properties.push((name.clone(), Self::default()));
            }
        }
        let mut nested = |keyword: &str| match schema.get(keyword) {
            Some(schema) if schema.is_object() => {
                Self::below(schema, &format!("{at}{keyword}."), places)
            }
            _ => Ok(None),
        };
        found.elements = nested("items")?.map(Box::new);
        found.others = nested("additionalProperties")?.map(Box::new);
        let is_empty = found.own.is_none()
            && found.elements.is_none()
            && found.others.is_none()
            && found.properties.iter().all(|(_, below)| *below == Self::default());
        Ok((!is_empty).then_some(found))
    }

    /// The expressions with what the request knows.
    pub(crate) fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        let nested = |below: &Option<Box<Self>>| {
            below.as_ref().map(|below| below.bind(scope).map(Box::new)).transpose()
        };
        let properties = self.properties.iter();
        let properties = properties.map(|(name, below)| Ok((name.clone(), below.bind(scope)?)));
        Ok(Self {
            own: self.own.as_ref().map(|own| own.bind(scope)).transpose()?,
            properties: properties.collect::<Result<_, _>>()?,
            elements: nested(&self.elements)?,
            others: nested(&self.others)?,
        })
    }

    /// Asks every expression about the value it belongs to. Names the first value of which one does
    /// not hold. What is not there is not asked about.
    pub(crate) fn check(&self, document: &RawDocument) -> Result<(), String> {
        self.ask(RawBsonRef::Document(document), document, "").map_err(|at| {
            let at = if at.is_empty() { "the document" } else { &format!("`{at}`") };
            format!("{at} does not satisfy the `validate` expression of its schema")
        })
    }

    fn ask(&self, value: RawBsonRef<'_>, root: &RawDocument, at: &str) -> Result<(), String> {
        if let Some(own) = &self.own {
            let documents =
                Documents { root: Some(root), this: Some(value), ..Documents::default() };
            if !own.matches(documents) {
                return Err(at.to_owned());
            }
        }
        match value {
            RawBsonRef::Document(document) => self.ask_fields(document, root, at),
            RawBsonRef::Array(array) => self.ask_elements(array, root, at),
            _ => Ok(()),
        }
    }

    fn ask_fields(&self, fields: &RawDocument, root: &RawDocument, at: &str) -> Result<(), String> {
        if self.properties.is_empty() && self.others.is_none() {
            return Ok(());
        }
        // The document was checked before: every element can be read.
        for (name, value) in fields.iter().flatten() {
            let named = self.properties.iter().find(|(named, _)| *named == name.as_str());
            let below = named.map(|(_, below)| below).or(self.others.as_deref());
            if let Some(below) = below {
                let dot = if at.is_empty() { "" } else { "." };
                below.ask(value, root, &format!("{at}{dot}{}", name.as_str()))?;
            }
        }
        Ok(())
    }

    fn ask_elements(&self, array: &RawArray, root: &RawDocument, at: &str) -> Result<(), String> {
        let Some(below) = &self.elements else { return Ok(()) };
        for (place, element) in array.into_iter().flatten().enumerate() {
            below.ask(element, root, &format!("{at}[{place}]"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bson::{doc, rawdoc};
    use serde_json::json;

    use super::*;
    use crate::rules::NoFunctions;

    fn expressions(schema: &Value) -> Expressions {
        Expressions::compile(schema, &mut Vec::new()).unwrap().unwrap()
    }

    fn bound(schema: &Value) -> Expressions {
        let scope = Scope::new(&doc! { "user": { "id": "u1" } }, &NoFunctions).unwrap();
        expressions(schema).bind(&scope).unwrap()
    }

    #[test]
    fn every_value_is_held_against_its_own_expression() {
        let schema = json!({
            "bsonType": "object",
            "validate": { "to": { "$exists": true } },
            "properties": {
                "from": { "bsonType": "int", "validate": { "%%this": { "$lt": "%%root.to" } } },
                "owner": { "bsonType": "string", "validate": { "%%this": "%%user.id" } },
                "parts": { "bsonType": "array", "items": {
                    "bsonType": "object",
                    "properties": { "n": { "validate": { "%%this": { "$gt": 0 } } } },
                } },
                "map": { "bsonType": "object", "properties": { "free": { "bsonType": "int" } },
                         "additionalProperties": { "validate": { "%%this": { "$ne": 0 } } } },
            },
        });
        let expressions = bound(&schema);
        let good = rawdoc! {
            "from": 1, "to": 2, "owner": "u1", "parts": [{ "n": 1 }], "map": { "free": 0, "x": 1 },
        };
        assert_eq!(expressions.check(&good), Ok(()));
        assert_eq!(expressions.check(&rawdoc! { "to": 2 }), Ok(()), "nothing else is there");
        for (document, at) in [
            (rawdoc! { "from": 1 }, "the document"),
            (rawdoc! { "from": 2, "to": 2 }, "`from`"),
            (rawdoc! { "to": 2, "owner": "u2" }, "`owner`"),
            (rawdoc! { "to": 2, "parts": [{ "n": 1 }, { "n": 0 }] }, "`parts[1].n`"),
            (rawdoc! { "to": 2, "map": { "x": 0 } }, "`map.x`"),
        ] {
            let told = expressions.check(&document).unwrap_err();
            assert!(told.starts_with(&format!("{at} does not satisfy")), "{told}");
        }
    }

    #[test]
    fn a_schema_without_expressions_has_none_and_a_mistake_is_placed() {
        let mut places = Vec::new();
        let plain = json!({ "properties": { "a": { "bsonType": "int" } },
                            "additionalProperties": { "bsonType": "int" } });
        assert_eq!(Expressions::compile(&plain, &mut places).unwrap(), None);
        let wrong = json!({ "properties": { "a": { "items": { "validate": { "$nor": 1 } } } } });
        let mistake = Expressions::compile(&wrong, &mut places).unwrap_err();
        assert_eq!(mistake.at, "properties.a.items.validate");
        assert_eq!(places, [""; 0]);
        let right = json!({ "properties": { "a": { "items": { "validate": true } } } });
        assert!(Expressions::compile(&right, &mut places).unwrap().is_some());
        assert_eq!(places, ["properties.a.items.validate"]);
    }
}
