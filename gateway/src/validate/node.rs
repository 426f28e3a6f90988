//! A compiled schema.

use asymmetric_schema::Pattern;
use bson::{RawDocument, raw::RawBson};
use serde_json::Value;

use super::{
    CompileError, Violations, compile,
    number::Number,
    types::TypeSet,
    violation::{Found, Path},
    walk,
};

/// A schema that documents can be checked against. Made once, used by all threads.
#[derive(Debug)]
pub struct Validator {
    root: Node,
    nulls: NullRules,
    not_enforced: Vec<String>,
}

impl Validator {
    /// Compiles the content of a `schema.json`.
    pub fn compile(schema: &Value, nulls: NullRules) -> Result<Self, CompileError> {
        let (root, not_enforced) = compile::compile(schema)?;
        Ok(Self { root, nulls, not_enforced })
    }

    /// Checks a document.
    pub fn validate(&self, document: &RawDocument) -> Result<(), Violations> {
        let mut found = Found::all();
        walk::Walk { nulls: self.nulls }.document(&self.root, document, &Path::Root, &mut found);
        found.into_result()
    }

    /// Where the schema says something that is not enforced, like `celsius.validate`: expressions
    /// that compare a document with its predecessor, and formats of strings.
    pub fn not_enforced(&self) -> &[String] {
        &self.not_enforced
    }
}

/// Where null stands for a value, although its type does not say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullRules {
    /// A property that is not required may be null: the app setting
    /// `null_type_schema_validation`.
    pub optional_properties: bool,
    /// Elements of arrays, and values of properties that a schema does not name, may be null: the
    /// schema format cannot tell collections of nullable elements from others.
    pub elements: bool,
}

impl NullRules {
    /// Null is a value of its own type only, as to MongoDB.
    pub const STRICT: Self = Self { optional_properties: false, elements: false };
    /// For objects of devices: elements may be null.
    pub const INGEST: Self = Self { optional_properties: false, elements: true };
}

/// What one schema says. Rules for values of other kinds are absent, so that most values meet one
/// comparison of types and nothing else.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) types: TypeSet,
    /// The names behind `types`, for messages.
    pub(super) type_names: Box<str>,
    pub(super) allowed: Option<Box<[RawBson]>>,
    pub(super) constant: Option<RawBson>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) string: Option<Box<StringRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) object: Option<Box<ObjectRules>>,
    pub(super) combined: Option<Box<Combined>>,
}

impl Node {
    /// The schema that allows everything.
    pub(super) fn any() -> Self {
        Self {
            types: TypeSet::ANY,
            type_names: Box::default(),
            allowed: None,
            constant: None,
            number: None,
            string: None,
            array: None,
            object: None,
            combined: None,
        }
    }

    /// The schema `false`.
    pub(super) fn never() -> Self {
        Self { types: TypeSet::NONE, ..Self::any() }
    }
}

#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<Limit>,
    pub(super) maximum: Option<Limit>,
    pub(super) multiple_of: Option<(Number, Box<str>)>,
}

#[derive(Debug)]
pub(super) struct Limit {
    pub(super) number: Number,
    pub(super) exclusive: bool,
    /// As the schema writes it.
    pub(super) text: Box<str>,
}

#[derive(Debug, Default)]
pub(super) struct StringRules {
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) pattern: Option<NamedPattern>,
}

/// A pattern and its text.
#[derive(Debug)]
pub(super) struct NamedPattern {
    pub(super) pattern: Pattern,
    pub(super) text: Box<str>,
}

#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    /// Schemas of the first elements.
    pub(super) first: Box<[Node]>,
    /// The schema of all elements behind those.
    pub(super) rest: Rest,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) unique: bool,
    pub(super) contains: Option<Node>,
}

#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    /// Sorted by name.
    pub(super) properties: Box<[Property]>,
    /// How many of them are required.
    pub(super) required: usize,
    pub(super) patterns: Box<[(NamedPattern, Node)]>,
    /// The schema of all properties that neither of these knows.
    pub(super) rest: Rest,
    pub(super) min_properties: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) dependencies: Box<[(Box<str>, Dependency)]>,
    pub(super) names: Option<Node>,
}

#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: Box<str>,
    /// Its number among the required ones.
    pub(super) required: Option<usize>,
    /// `None` for a name that is required and nothing else.
    pub(super) node: Option<Node>,
}

/// What is said of elements or properties that nothing else describes.
#[derive(Debug, Default)]
pub(super) enum Rest {
    #[default]
    Allowed,
    Refused,
    Of(Node),
}

/// What the presence of a property calls for.
#[derive(Debug)]
pub(super) enum Dependency {
    Properties(Box<[Box<str>]>),
    Schema(Node),
}

#[derive(Debug, Default)]
pub(super) struct Combined {
    pub(super) all_of: Box<[Node]>,
    pub(super) any_of: Option<Box<[Node]>>,
    pub(super) one_of: Option<Box<[Node]>>,
    pub(super) not: Option<Node>,
    pub(super) condition: Option<Condition>,
}

#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: Node,
    pub(super) then: Option<Node>,
    pub(super) otherwise: Option<Node>,
}
