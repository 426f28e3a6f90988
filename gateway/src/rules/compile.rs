//! JSON in, expressions out.

use bson::{Bson, RawBson};
use serde_json::{Map, Value};

use super::{
    CompileError, Expression,
    expression::{Comparison, Conversion, Operand, Test, Version},
};
use crate::{ejson, query::Path};

impl Expression {
    /// Compiles an expression: a boolean, or an object whose fields must all hold.
    pub(crate) fn compile(value: &Value) -> Result<Self, CompileError> {
        match value {
            Value::Bool(value) => Ok(Self::Constant(*value)),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| field(key, value))
                .collect::<Result<_, _>>()
                .map(all),
            Value::String(text) if text.starts_with("%%") => {
                Ok(Self::Test(expansion(text)?, equal(Operand::Literal(RawBson::Boolean(true)))))
            }
            other => Err(CompileError::shape(other.to_string(), "a boolean or an object")),
        }
    }
}

/// One part stays what it is.
fn all(mut parts: Vec<Expression>) -> Expression {
    match parts.len() {
        0 => Expression::Constant(true),
        1 => parts.remove(0),
        _ => Expression::All(parts),
    }
}

fn equal(operand: Operand) -> Test {
    Test::Compare(Comparison::Equal, operand)
}

/// The name of an operator without its sign. Both signs are in use.
fn operator(key: &str) -> Option<&str> {
    if key.starts_with("%%") {
        return None;
    }
    key.strip_prefix(['%', '$'])
}

fn field(key: &str, value: &Value) -> Result<Expression, CompileError> {
    if let Some(expression) = logical(key, value, &Expression::compile)? {
        return Ok(expression);
    }
    match operator(key) {
        Some("function") => {
            Ok(Expression::Test(call(value)?, equal(Operand::Literal(RawBson::Boolean(true)))))
        }
        Some(_) => Err(CompileError::Operator(key.to_owned())),
        None if key.starts_with("%%") => test(&expansion(key)?, value),
        None => test(&Operand::Document(Version::Root, Path::parse(key)), value),
    }
}

/// The operators that combine expressions, wherever they stand.
fn logical(
    key: &str,
    value: &Value,
    compile: &dyn Fn(&Value) -> Result<Expression, CompileError>,
) -> Result<Option<Expression>, CompileError> {
    let parts = || {
        let parts = value.as_array().ok_or_else(|| CompileError::argument(key, "an array"))?;
        parts.iter().map(compile).collect::<Result<Vec<_>, _>>()
    };
    Ok(Some(match operator(key) {
        Some("and") => all(parts()?),
        Some("or") => Expression::Any(parts()?),
        Some("nor") => Expression::Not(Box::new(Expression::Any(parts()?))),
        Some("not") => Expression::Not(Box::new(compile(value)?)),
        _ => return Ok(None),
    }))
}

/// What must hold of `subject`: an object of operators, or a value that it must equal.
fn test(subject: &Operand, value: &Value) -> Result<Expression, CompileError> {
    let Value::Object(fields) = value else {
        return Ok(Expression::Test(subject.clone(), equal(operand(value)?)));
    };
    if fields.is_empty() || !fields.keys().any(|key| operator(key).is_some()) || is_value(fields) {
        return Ok(Expression::Test(subject.clone(), equal(operand(value)?)));
    }
    let parts = fields.iter().map(|(key, value)| operation(subject, key, value));
    parts.collect::<Result<_, _>>().map(all)
}

fn operation(subject: &Operand, key: &str, value: &Value) -> Result<Expression, CompileError> {
    if let Some(expression) = logical(key, value, &|value| test(subject, value))? {
        return Ok(expression);
    }
    let comparison = match operator(key) {
        Some("eq") => Comparison::Equal,
        Some("ne") => Comparison::NotEqual,
        Some("gt") => Comparison::Greater,
        Some("gte") => Comparison::GreaterOrEqual,
        Some("lt") => Comparison::Less,
        Some("lte") => Comparison::LessOrEqual,
        Some("in") => Comparison::In,
        Some("nin") => Comparison::NotIn,
        Some("exists") => {
            return match operand(value)? {
                Operand::Literal(value) if value.as_bool().is_none() => {
                    Err(CompileError::argument(key, "a boolean"))
                }
                operand => Ok(Expression::Test(subject.clone(), Test::Exists(operand))),
            };
        }
        _ => return Err(CompileError::Operator(key.to_owned())),
    };
    let operand = operand(value)?;
    if matches!(comparison, Comparison::In | Comparison::NotIn)
        && matches!(&operand, Operand::Literal(value) if value.as_array().is_none())
    {
        return Err(CompileError::argument(key, "an array"));
    }
    Ok(Expression::Test(subject.clone(), Test::Compare(comparison, operand)))
}

/// Whether the object stands for a value: a conversion, a call, or extended JSON.
fn is_value(fields: &Map<String, Value>) -> bool {
    let single = fields.keys().next().filter(|_| fields.len() == 1);
    single.is_some_and(|key| conversion(key).is_some() || operator(key) == Some("function"))
        || extended_json(fields).is_some()
}

/// The value that an object of extended JSON means, unless it means itself.
fn extended_json(fields: &Map<String, Value>) -> Option<Bson> {
    let value = ejson::stands_for_value(fields).then(|| Value::Object(fields.clone()))?;
    let value = ejson::to_bson(value).ok()?;
    (!matches!(value, Bson::Document(_))).then_some(value)
}

fn conversion(key: &str) -> Option<Conversion> {
    Some(match operator(key)? {
        "stringToOid" => Conversion::StringToOid,
        "oidToString" => Conversion::OidToString,
        "stringToUuid" => Conversion::StringToUuid,
        "uuidToString" => Conversion::UuidToString,
        _ => return None,
    })
}

/// A value, with whatever is to be expanded in it.
pub(super) fn operand(value: &Value) -> Result<Operand, CompileError> {
    match value {
        Value::String(text) if text.starts_with("%%") => expansion(text),
        Value::Array(elements) => {
            let elements = elements.iter().map(operand).collect::<Result<Vec<_>, _>>()?;
            if elements.iter().all(|element| matches!(element, Operand::Literal(_))) {
                literal(value)
            } else {
                Ok(Operand::List(elements))
            }
        }
        Value::Object(fields) if extended_json(fields).is_some() => literal(value),
        Value::Object(fields) => object(fields),
        _ => literal(value),
    }
}

fn object(fields: &Map<String, Value>) -> Result<Operand, CompileError> {
    if let (1, Some((key, value))) = (fields.len(), fields.iter().next()) {
        if let Some(conversion) = conversion(key) {
            return Ok(Operand::Convert(conversion, Box::new(operand(value)?)));
        }
        if operator(key) == Some("function") {
            return call(value);
        }
    }
    if let Some(key) = fields.keys().find(|key| key.starts_with('%')) {
        return Err(CompileError::Operator(key.clone()));
    }
    let parts = fields.iter().map(|(key, value)| Ok((key.clone(), operand(value)?)));
    let parts = parts.collect::<Result<Vec<_>, CompileError>>()?;
    if parts.iter().all(|(_, part)| matches!(part, Operand::Literal(_))) {
        literal(&Value::Object(fields.clone()))
    } else {
        Ok(Operand::Fields(parts))
    }
}

fn literal(value: &Value) -> Result<Operand, CompileError> {
    let bson = ejson::to_bson(value.clone()).ok();
    let raw = bson.and_then(|value| RawBson::try_from(value).ok());
    raw.map(Operand::Literal).ok_or_else(|| CompileError::Literal(value.to_string()))
}

fn call(value: &Value) -> Result<Operand, CompileError> {
    const WANTED: &str = "an object with the `name` of a function and its `arguments`";
    let wrong = || CompileError::argument("%function", WANTED);
    let name = value.get("name").and_then(Value::as_str).ok_or_else(wrong)?;
    let arguments = match value.get("arguments") {
        None => Vec::new(),
        Some(Value::Array(arguments)) => arguments.iter().map(operand).collect::<Result<_, _>>()?,
        Some(_) => return Err(wrong()),
    };
    Ok(Operand::Call(name.to_owned(), arguments))
}

fn expansion(text: &str) -> Result<Operand, CompileError> {
    let unknown = || CompileError::Expansion(text.to_owned());
    let name = text.strip_prefix("%%").ok_or_else(unknown)?;
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let document = |version| Ok(Operand::Document(version, Path::parse(rest)));
    match first {
        "true" | "false" if rest.is_empty() => {
            Ok(Operand::Literal(RawBson::Boolean(first == "true")))
        }
        "root" => document(Version::Root),
        "prevRoot" => document(Version::PreviousRoot),
        "this" => document(Version::This),
        "prev" => document(Version::Previous),
        "user" | "values" | "environment" | "request" | "args" | "partition" => {
            Ok(Operand::Scope(Path::parse(name)))
        }
        _ => Err(unknown()),
    }
}
