//! Queries: which documents are meant.

use bson::{Bson, Document, RawBson, RawDocument, raw::RawBsonRef, spec::ElementType};

use super::{
    Path, QueryError,
    path::{Found, any_absent, any_found},
    value::whole,
};

/// Deepest nesting of a query.
const MAX_DEPTH: usize = 50;

/// A query, compiled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    None(Vec<Filter>),
    Field(Path, Vec<Test>),
}

/// What must hold of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Equal(RawBson),
    NotEqual(RawBson),
    Greater(RawBson),
    GreaterOrEqual(RawBson),
    Less(RawBson),
    LessOrEqual(RawBson),
    In(Vec<RawBson>),
    NotIn(Vec<RawBson>),
    AllOf(Vec<RawBson>),
    Size(i64),
    Exists(bool),
    Not(Vec<Test>),
    Element(Box<Filter>),
}

impl Filter {
    /// Compiles a query. What is not known here is refused, never guessed.
    pub(crate) fn compile(query: &Document) -> Result<Self, QueryError> {
        Self::compile_at(query, 0)
    }

    fn compile_at(query: &Document, depth: usize) -> Result<Self, QueryError> {
        if depth > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        let mut parts = Vec::with_capacity(query.len());
        for (key, value) in query {
            parts.push(match key.as_str() {
                "$and" => Self::All(list(key, value, depth)?),
                "$or" => Self::Any(list(key, value, depth)?),
                "$nor" => Self::None(list(key, value, depth)?),
                "$comment" => continue,
                operator if operator.starts_with('$') => {
                    return Err(QueryError::Operator(operator.to_owned()));
                }
                path => Self::Field(Path::parse(path), tests(value, depth)?),
            });
        }
        Ok(Self::All(parts))
    }

    /// Whether a document is meant.
    pub(crate) fn matches(&self, document: &RawDocument) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(document)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(document)),
            Self::None(parts) => !parts.iter().any(|part| part.matches(document)),
            Self::Field(path, tests) => tests.iter().all(|test| test.holds(document, path)),
        }
    }

    /// The `_id` that a document must have to be meant, if the query names one.
    pub(crate) fn id(&self) -> Option<&RawBson> {
        match self {
            Self::All(parts) => parts.iter().find_map(Self::id),
            Self::Field(path, tests)
                if path.segments().len() == 1 && path.root() == Some("_id") =>
            {
                tests.iter().find_map(|test| match test {
                    // An array has no elements as an `_id`, and null would mean "none".
                    Test::Equal(RawBson::Null | RawBson::Array(_)) => None,
                    Test::Equal(id) => Some(id),
                    _ => None,
                })
            }
            _ => None,
        }
    }

    /// What an upserted document begins with: the values that the query asks for.
    pub(crate) fn seed(query: &Document) -> Document {
        let mut seed = Document::new();
        for (key, value) in query {
            match value {
                Bson::Array(parts) if key == "$and" => {
                    for part in parts.iter().filter_map(Bson::as_document) {
                        seed.extend(Self::seed(part));
                    }
                }
                _ if key.starts_with('$') => {}
                Bson::Document(tests) if is_operators(tests) => {
                    if let Some(value) = tests.get("$eq") {
                        seed.insert(key, value.clone());
                    }
                }
                value => {
                    seed.insert(key, value.clone());
                }
            }
        }
        seed
    }
}

fn list(key: &str, value: &Bson, depth: usize) -> Result<Vec<Filter>, QueryError> {
    let wrong = || QueryError::argument(key, "a list of queries");
    let parts = value.as_array().filter(|parts| !parts.is_empty()).ok_or_else(wrong)?;
    let compile =
        |part: &Bson| Filter::compile_at(part.as_document().ok_or_else(wrong)?, depth + 1);
    parts.iter().map(compile).collect()
}

fn is_operators(value: &Document) -> bool {
    value.keys().next().is_some_and(|key| key.starts_with('$') && key != "$ref" && key != "$id")
}

fn tests(value: &Bson, depth: usize) -> Result<Vec<Test>, QueryError> {
    match value {
        Bson::Document(operators) if is_operators(operators) => {
            operators.iter().map(|(key, value)| test(key, value, depth)).collect()
        }
        Bson::RegularExpression(_) => Err(QueryError::Operator("$regex".to_owned())),
        value => Ok(vec![Test::Equal(raw(value)?)]),
    }
}

fn test(key: &str, value: &Bson, depth: usize) -> Result<Test, QueryError> {
    if depth > MAX_DEPTH {
        return Err(QueryError::TooDeep);
    }
    let list = || {
        let values = value.as_array().ok_or_else(|| QueryError::argument(key, "a list"))?;
        values.iter().map(raw).collect::<Result<Vec<_>, _>>()
    };
    Ok(match key {
        "$eq" => Test::Equal(raw(value)?),
        "$ne" => Test::NotEqual(raw(value)?),
        "$gt" => Test::Greater(raw(value)?),
        "$gte" => Test::GreaterOrEqual(raw(value)?),
        "$lt" => Test::Less(raw(value)?),
        "$lte" => Test::LessOrEqual(raw(value)?),
        "$in" => Test::In(list()?),
        "$nin" => Test::NotIn(list()?),
        "$all" => Test::AllOf(list()?),
        "$exists" => match value {
            Bson::Boolean(wanted) => Test::Exists(*wanted),
            other => Test::Exists(whole(other) != Some(0)),
        },
        "$size" => Test::Size(whole(value).ok_or_else(|| QueryError::argument(key, "a number"))?),
        "$not" => match value {
            Bson::Document(inner) if is_operators(inner) => Test::Not(tests(value, depth + 1)?),
            _ => return Err(QueryError::argument(key, "operators")),
        },
        "$elemMatch" => match value {
            Bson::Document(query) if !is_operators(query) => {
                Test::Element(Box::new(Filter::compile_at(query, depth + 1)?))
            }
            _ => return Err(QueryError::argument(key, "a query")),
        },
        _ => return Err(QueryError::Operator(key.to_owned())),
    })
}

fn raw(value: &Bson) -> Result<RawBson, QueryError> {
    if matches!(value, Bson::RegularExpression(_)) {
        return Err(QueryError::Operator("$regex".to_owned()));
    }
    RawBson::try_from(value.clone()).map_err(|error| QueryError::Value(error.to_string()))
}

impl Test {
    fn holds(&self, document: &RawDocument, path: &Path) -> bool {
        let root = RawBsonRef::Document(document);
        let any = |test: &mut dyn FnMut(Found<'_>) -> bool| {
            any_found(root, path.segments(), &mut |found| test(found))
        };
        let order = |wanted: &RawBson, holds: fn(std::cmp::Ordering) -> bool| {
            any(&mut |found| found.matches_order(wanted.as_raw_bson_ref(), holds))
        };
        match self {
            Self::Equal(wanted) => {
                any(&mut |found| found.matches_equal(wanted.as_raw_bson_ref()))
                // To MongoDB, null is also what is not there.
                || (wanted.element_type() == ElementType::Null && any_absent(root, path.segments(), false))
            }
            Self::NotEqual(wanted) => !Self::Equal(wanted.clone()).holds(document, path),
            Self::GreaterOrEqual(null @ RawBson::Null)
            | Self::LessOrEqual(null @ RawBson::Null) => {
                Self::Equal(null.clone()).holds(document, path)
            }
            Self::Greater(wanted) => order(wanted, std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual(wanted) => order(wanted, std::cmp::Ordering::is_ge),
            Self::Less(wanted) => order(wanted, std::cmp::Ordering::is_lt),
            Self::LessOrEqual(wanted) => order(wanted, std::cmp::Ordering::is_le),
            Self::In(wanted) => {
                wanted.iter().any(|wanted| Self::Equal(wanted.clone()).holds(document, path))
            }
            Self::NotIn(wanted) => !Self::In(wanted.clone()).holds(document, path),
            Self::AllOf(wanted) => {
                !wanted.is_empty()
                    && wanted.iter().all(|wanted| Self::Equal(wanted.clone()).holds(document, path))
            }
            Self::Size(wanted) => any(&mut |found| {
                let length = found.value.as_array().map(|array| array.into_iter().count());
                length.and_then(|length| i64::try_from(length).ok()) == Some(*wanted)
            }),
            Self::Exists(wanted) => any(&mut |_| true) == *wanted,
            Self::Not(tests) => !tests.iter().all(|test| test.holds(document, path)),
            Self::Element(filter) => any(&mut |found| {
                found.value.as_array().is_some_and(|array| {
                    let documents = array.into_iter().flatten();
                    let mut documents = documents.filter_map(RawBsonRef::as_document);
                    documents.any(|document| filter.matches(document))
                })
            }),
        }
    }
}
