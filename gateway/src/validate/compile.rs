//! From the JSON of a schema to its compiled form.

use bson::{Bson, raw::RawBson};
use serde_json::{Map, Value};

use super::{
    keywords::Keywords,
    node::{Combined, Condition, Node},
    types::TypeSet,
};

/// Deepest nesting of a schema.
const MAX_DEPTH: usize = 128;

/// A schema that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{at}` {problem}", at = if self.at.is_empty() { "the schema" } else { &self.at })]
pub struct CompileError {
    /// Where in the schema, with dots between the keywords.
    pub at: String,
    /// What is wrong there: a fragment that fits behind the place.
    pub problem: String,
}

/// Compiles a schema; answers also what in it is not enforced.
pub(super) fn compile(schema: &Value) -> Result<(Node, Vec<String>), CompileError> {
    let mut compiler = Compiler { at: Vec::new(), not_enforced: Vec::new() };
    let node = compiler.node(schema)?;
    Ok((node, compiler.not_enforced))
}

/// Where in the schema the compiler is, and what it noticed on the way.
pub(super) struct Compiler {
    at: Vec<String>,
    not_enforced: Vec<String>,
}

impl Compiler {
    pub(super) fn error(&self, problem: impl Into<String>) -> CompileError {
        CompileError { at: self.at.join("."), problem: problem.into() }
    }

    /// Works one step deeper in the schema.
    pub(super) fn inside<T>(
        &mut self,
        step: impl Into<String>,
        work: impl FnOnce(&mut Self) -> Result<T, CompileError>,
    ) -> Result<T, CompileError> {
        if self.at.len() >= MAX_DEPTH {
            return Err(self.error("is nested too deeply"));
        }
        self.at.push(step.into());
        let result = work(self);
        self.at.pop();
        result
    }

    /// Compiles a schema: an object, or a boolean for everything or nothing.
    pub(super) fn node(&mut self, schema: &Value) -> Result<Node, CompileError> {
        match schema {
            Value::Bool(true) => Ok(Node::any()),
            Value::Bool(false) => Ok(Node::never()),
            Value::Object(keywords) => self.object(keywords),
            _ => Err(self.error("must be a schema: an object")),
        }
    }

    fn object(&mut self, schema: &Map<String, Value>) -> Result<Node, CompileError> {
        for keyword in ["validate", "format"] {
            if schema.contains_key(keyword) {
                let mut at = self.at.clone();
                at.push(keyword.to_owned());
                self.not_enforced.push(at.join("."));
            }
        }
        let mut keywords = Keywords { compiler: self, schema };
        let (types, type_names) = keywords.types()?;
        let number = keywords.number_rules()?;
        let string = keywords.string_rules()?;
        let array = keywords.array_rules()?;
        let object = keywords.object_rules()?;
        let allowed = keywords.allowed()?;
        let constant = match schema.get("const") {
            Some(value) => Some(self.inside("const", |compiler| compiler.value(value))?),
            None => None,
        };
        let combined = self.combined(schema)?;
        Ok(Node {
            types: types.unwrap_or(TypeSet::ANY),
            type_names,
            allowed,
            constant,
            number,
            string,
            array,
            object,
            combined,
        })
    }

    fn combined(
        &mut self,
        schema: &Map<String, Value>,
    ) -> Result<Option<Box<Combined>>, CompileError> {
        let mut combined = Combined::default();
        let mut found = false;
        if let Some(nodes) = self.alternatives(schema, "allOf")? {
            combined.all_of = nodes;
            found = true;
        }
        combined.any_of = self.alternatives(schema, "anyOf")?;
        combined.one_of = self.alternatives(schema, "oneOf")?;
        combined.not = self.nested(schema, "not")?;
        if let Some(test) = self.nested(schema, "if")? {
            let then = self.nested(schema, "then")?;
            let otherwise = self.nested(schema, "else")?;
            combined.condition = Some(Condition { test, then, otherwise });
        }
        found |= combined.any_of.is_some() || combined.one_of.is_some();
        found |= combined.not.is_some() || combined.condition.is_some();
        Ok(found.then(|| Box::new(combined)))
    }

    fn alternatives(
        &mut self,
        schema: &Map<String, Value>,
        keyword: &str,
    ) -> Result<Option<Box<[Node]>>, CompileError> {
        let Some(value) = schema.get(keyword) else { return Ok(None) };
        self.inside(keyword, |compiler| match value.as_array() {
            Some(schemas) if !schemas.is_empty() => compiler.nodes(schemas).map(Some),
            _ => Err(compiler.error("must be an array of schemas, at least one")),
        })
    }

    /// Compiles several schemas in a row.
    pub(super) fn nodes(&mut self, schemas: &[Value]) -> Result<Box<[Node]>, CompileError> {
        let nodes = schemas.iter().enumerate().map(|(place, schema)| {
            self.inside(place.to_string(), |compiler| compiler.node(schema))
        });
        nodes.collect()
    }

    /// Compiles the schema under a keyword, if there is one.
    pub(super) fn nested(
        &mut self,
        schema: &Map<String, Value>,
        keyword: &str,
    ) -> Result<Option<Node>, CompileError> {
        let Some(value) = schema.get(keyword) else { return Ok(None) };
        self.inside(keyword, |compiler| compiler.node(value)).map(Some)
    }

    /// A value of `enum` or `const`: extended JSON.
    pub(super) fn value(&self, value: &Value) -> Result<RawBson, CompileError> {
        let value = Bson::try_from(value.clone())
            .map_err(|error| self.error(format!("is no value: {error}")))?;
        RawBson::try_from(value).map_err(|error| self.error(format!("is no value: {error}")))
    }
}
