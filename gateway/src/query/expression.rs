//! Aggregation expressions: values that are computed of a document.

use std::{cell::Cell, cmp::Ordering};

use bson::{Bson, Document};

use super::{
    QueryError,
    arithmetic::Arithmetic,
    order::order_of,
    value::{at, is_true, weight},
};

/// Deepest nesting of an expression.
const MAX_DEPTH: usize = 50;
/// Bytes that the values computed of one document may take, about.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// An expression, compiled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Literal(Bson),
    /// The value at a path, `$a.b`.
    Field(Vec<String>),
    /// The document, `$$ROOT`.
    Root,
    /// Nothing, `$$REMOVE`.
    Remove,
    Document(Vec<(String, Expression)>),
    List(Vec<Expression>),
    Operation(Operator, Vec<Expression>),
}

/// The document that values are computed of. What they take is bounded, however often an expression
/// names a large field.
#[derive(Debug)]
pub(crate) struct Of<'a> {
    document: &'a Document,
    left: Cell<usize>,
}

impl<'a> Of<'a> {
    pub(crate) const fn new(document: &'a Document) -> Self {
        Self { document, left: Cell::new(MAX_BYTES) }
    }

    fn charge(&self, value: Bson) -> Result<Bson, QueryError> {
        let left = self.left.get().checked_sub(weight(&value));
        self.left.set(left.ok_or(QueryError::TooMuch("64 MiB computed of one document"))?);
        Ok(value)
    }
}

/// What is done with the values of other expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Arithmetic(&'static str, Arithmetic),
    Absolute,
    Compare(Comparison),
    And,
    Or,
    Not,
    If,
    IfNull,
    Concatenate,
    Lower,
    Upper,
    Size,
    ElementAt,
    In,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// -1, 0 or 1.
    Order,
}

impl Operator {
    /// The operator, and how many arguments it takes.
    fn of(name: &str) -> Option<(Self, std::ops::RangeInclusive<usize>)> {
        const ANY: usize = usize::MAX;
        Some(match name {
            "$add" => (Self::Arithmetic("$add", Arithmetic::Add), 0..=ANY),
            "$subtract" => (Self::Arithmetic("$subtract", Arithmetic::Subtract), 2..=2),
            "$multiply" => (Self::Arithmetic("$multiply", Arithmetic::Multiply), 0..=ANY),
            "$divide" => (Self::Arithmetic("$divide", Arithmetic::Divide), 2..=2),
            "$mod" => (Self::Arithmetic("$mod", Arithmetic::Modulo), 2..=2),
            "$abs" => (Self::Absolute, 1..=1),
            "$eq" => (Self::Compare(Comparison::Equal), 2..=2),
            "$ne" => (Self::Compare(Comparison::NotEqual), 2..=2),
            "$gt" => (Self::Compare(Comparison::Greater), 2..=2),
            "$gte" => (Self::Compare(Comparison::GreaterOrEqual), 2..=2),
            "$lt" => (Self::Compare(Comparison::Less), 2..=2),
            "$lte" => (Self::Compare(Comparison::LessOrEqual), 2..=2),
            "$cmp" => (Self::Compare(Comparison::Order), 2..=2),
            "$and" => (Self::And, 0..=ANY),
            "$or" => (Self::Or, 0..=ANY),
            "$not" => (Self::Not, 1..=1),
            "$cond" => (Self::If, 3..=3),
            "$ifNull" => (Self::IfNull, 2..=ANY),
            "$concat" => (Self::Concatenate, 0..=ANY),
            "$toLower" => (Self::Lower, 1..=1),
            "$toUpper" => (Self::Upper, 1..=1),
            "$size" => (Self::Size, 1..=1),
            "$arrayElemAt" => (Self::ElementAt, 2..=2),
            "$in" => (Self::In, 2..=2),
            _ => return None,
        })
    }
}

impl Expression {
    /// Compiles an expression. What is not known here is refused, never guessed.
    pub(crate) fn compile(value: &Bson) -> Result<Self, QueryError> {
        Self::compile_at(value, 0)
    }

    fn compile_at(value: &Bson, depth: usize) -> Result<Self, QueryError> {
        if depth > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        match value {
            Bson::String(text) => match text.strip_prefix('$') {
                Some(path) => field(path),
                None => Ok(Self::Literal(value.clone())),
            },
            Bson::Array(values) => {
                let values = values.iter().map(|value| Self::compile_at(value, depth + 1));
                values.collect::<Result<_, _>>().map(Self::List)
            }
            Bson::Document(fields) => match fields.iter().next() {
                Some((name, argument)) if name.starts_with('$') => {
                    if fields.len() > 1 {
                        return Err(QueryError::argument(name, "a place of its own"));
                    }
                    operation(name, argument, depth)
                }
                _ => {
                    let parts = fields.iter().map(|(name, value)| {
                        if name.is_empty() || name.contains(['.', '$', '\0']) {
                            return Err(QueryError::Path(name.clone()));
                        }
                        Ok((name.clone(), Self::compile_at(value, depth + 1)?))
                    });
                    parts.collect::<Result<_, _>>().map(Self::Document)
                }
            },
            other => Ok(Self::Literal(other.clone())),
        }
    }

    /// The value; `None` if there is none.
    pub(crate) fn value(&self, of: &Of<'_>) -> Result<Option<Bson>, QueryError> {
        Ok(match self {
            Self::Literal(value) => Some(of.charge(value.clone())?),
            Self::Field(path) => at(of.document, path).map(|value| of.charge(value)).transpose()?,
            Self::Root => Some(of.charge(of.document.clone().into())?),
            Self::Remove => None,
            Self::Document(fields) => {
                let mut made = Document::new();
                for (name, field) in fields {
                    if let Some(value) = field.value(of)? {
                        made.insert(name, value);
                    }
                }
                Some(made.into())
            }
            Self::List(values) => {
                let values = values.iter().map(|v| Ok(v.value(of)?.unwrap_or(Bson::Null)));
                Some(Bson::Array(values.collect::<Result<_, QueryError>>()?))
            }
            Self::Operation(operator, arguments) => operator.apply(arguments, of)?,
        })
    }
}

fn field(path: &str) -> Result<Expression, QueryError> {
    let names = |path: &str| -> Result<Vec<String>, QueryError> {
        let wrong = |name: &str| name.is_empty() || name.starts_with('$') || name.contains('\0');
        if path.split('.').any(wrong) {
            return Err(QueryError::Path(format!("${path}")));
        }
        Ok(path.split('.').map(str::to_owned).collect())
    };
    let Some(variable) = path.strip_prefix('$') else { return names(path).map(Expression::Field) };
    match variable.split_once('.').unwrap_or((variable, "")) {
        ("ROOT" | "CURRENT", "") => Ok(Expression::Root),
        ("ROOT" | "CURRENT", path) => names(path).map(Expression::Field),
        ("REMOVE", "") => Ok(Expression::Remove),
        _ => Err(QueryError::Operator(format!("$${variable}"))),
    }
}

fn operation(name: &str, argument: &Bson, depth: usize) -> Result<Expression, QueryError> {
    if name == "$literal" {
        return Ok(Expression::Literal(argument.clone()));
    }
    let (operator, wanted) =
        Operator::of(name).ok_or_else(|| QueryError::Operator(name.to_owned()))?;
    let listed = match argument {
        Bson::Document(parts) if operator == Operator::If => {
            let part = |key| parts.get(key).cloned();
            let parts = [part("if"), part("then"), part("else")];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            if parts.len() != 3 {
                return Err(QueryError::argument(name, "`if`, `then` and `else`"));
            }
            parts
        }
        Bson::Array(arguments) => arguments.clone(),
        one => vec![one.clone()],
    };
    if !wanted.contains(&listed.len()) {
        return Err(QueryError::argument(name, "another number of arguments"));
    }
    let compile = |argument: &Bson| Expression::compile_at(argument, depth + 1);
    let arguments = listed.iter().map(compile).collect::<Result<_, _>>()?;
    Ok(Expression::Operation(operator, arguments))
}

impl Operator {
    fn apply(self, arguments: &[Expression], of: &Of<'_>) -> Result<Option<Bson>, QueryError> {
        let value = |place: usize| match arguments.get(place) {
            Some(argument) => argument.value(of),
            None => Ok(None),
        };
        let truth = |argument: &Expression| Ok(is_true(argument.value(of)?.as_ref()));
        Ok(Some(match self {
            Self::Arithmetic(name, arithmetic) => {
                return self::arithmetic(name, arithmetic, arguments, of).map(Some);
            }
            Self::Absolute => match value(0)?.filter(|value| *value != Bson::Null) {
                None => Bson::Null,
                Some(Bson::Double(number)) => number.abs().into(),
                Some(Bson::Int32(number)) if number != i32::MIN => number.abs().into(),
                Some(Bson::Int32(number)) => i64::from(number).abs().into(),
                Some(Bson::Int64(number)) if number != i64::MIN => number.abs().into(),
                Some(_) => return Err(QueryError::argument("$abs", "numbers")),
            },
            Self::Compare(comparison) => comparison.of(value(0)?.as_ref(), value(1)?.as_ref()),
            Self::And => {
                for argument in arguments {
                    if !truth(argument)? {
                        return Ok(Some(false.into()));
                    }
                }
                true.into()
            }
            Self::Or => {
                for argument in arguments {
                    if truth(argument)? {
                        return Ok(Some(true.into()));
                    }
                }
                false.into()
            }
            Self::Not => (!is_true(value(0)?.as_ref())).into(),
            Self::If => return value(if is_true(value(0)?.as_ref()) { 1 } else { 2 }),
            Self::IfNull => {
                let (last, first) = arguments.split_last().unzip();
                for argument in first.unwrap_or_default() {
                    match argument.value(of)? {
                        None | Some(Bson::Null | Bson::Undefined) => {}
                        found => return Ok(found),
                    }
                }
                return last.map_or(Ok(None), |last| last.value(of));
            }
            Self::Concatenate => {
                let mut text = String::new();
                for argument in arguments {
                    match argument.value(of)? {
                        Some(Bson::String(part)) => text.push_str(&part),
                        None | Some(Bson::Null | Bson::Undefined) => return Ok(Some(Bson::Null)),
                        Some(_) => return Err(QueryError::argument("$concat", "strings")),
                    }
                }
                text.into()
            }
            Self::Lower | Self::Upper => match value(0)? {
                Some(Bson::String(text)) if self == Self::Lower => text.to_ascii_lowercase().into(),
                Some(Bson::String(text)) => text.to_ascii_uppercase().into(),
                None | Some(Bson::Null | Bson::Undefined) => "".into(),
                Some(_) => return Err(QueryError::argument("$toLower", "strings")),
            },
            Self::Size => match value(0)? {
                Some(Bson::Array(values)) => i32::try_from(values.len()).unwrap_or(i32::MAX).into(),
                _ => return Err(QueryError::argument("$size", "an array")),
            },
            Self::ElementAt => return element_at(value(0)?, value(1)?.as_ref()),
            Self::In => match value(1)? {
                Some(Bson::Array(values)) => {
                    let wanted = value(0)?.unwrap_or(Bson::Null);
                    values.iter().any(|value| order_of(value, &wanted).is_eq()).into()
                }
                _ => return Err(QueryError::argument("$in", "a value and an array")),
            },
        }))
    }
}

impl Comparison {
    /// Of any two values: what is not there comes before everything.
    fn of(self, left: Option<&Bson>, right: Option<&Bson>) -> Bson {
        let order = match (left, right) {
            (Some(left), Some(right)) => order_of(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
        match self {
            Self::Equal => order.is_eq().into(),
            Self::NotEqual => order.is_ne().into(),
            Self::Greater => order.is_gt().into(),
            Self::GreaterOrEqual => order.is_ge().into(),
            Self::Less => order.is_lt().into(),
            Self::LessOrEqual => order.is_le().into(),
            Self::Order => match order {
                Ordering::Less => (-1).into(),
                Ordering::Equal => 0.into(),
                Ordering::Greater => 1.into(),
            },
        }
    }
}

/// Numbers, or a date with milliseconds. With anything that is null or not there, null.
fn arithmetic(
    name: &'static str,
    arithmetic: Arithmetic,
    arguments: &[Expression],
    of: &Of<'_>,
) -> Result<Bson, QueryError> {
    let mut result = None;
    for argument in arguments {
        let value = match argument.value(of)? {
            None | Some(Bson::Null | Bson::Undefined) => return Ok(Bson::Null),
            Some(value) => value,
        };
        result = Some(match result {
            None => value,
            Some(before) => {
                let after = with_dates(arithmetic, &before, &value);
                after.ok_or_else(|| QueryError::argument(name, "numbers, within their range"))?
            }
        });
    }
    let neutral = i32::from(arithmetic == Arithmetic::Multiply);
    match result.unwrap_or(Bson::Int32(neutral)) {
        number @ (Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_)) => Ok(number),
        date @ Bson::DateTime(_) if arithmetic != Arithmetic::Multiply => Ok(date),
        _ => Err(QueryError::argument(name, "numbers, within their range")),
    }
}

fn with_dates(arithmetic: Arithmetic, left: &Bson, right: &Bson) -> Option<Bson> {
    let millis = |value: &Bson| match value {
        Bson::DateTime(date) => Bson::Int64(date.timestamp_millis()),
        other => other.clone(),
    };
    let dates = [left, right].into_iter().filter(|v| matches!(v, Bson::DateTime(_))).count();
    let result = arithmetic.apply(&millis(left), &millis(right))?;
    let date = |result: Bson| match result {
        Bson::Int32(millis) => Some(bson::DateTime::from_millis(millis.into()).into()),
        Bson::Int64(millis) => Some(bson::DateTime::from_millis(millis).into()),
        #[expect(clippy::cast_possible_truncation, reason = "dates have whole milliseconds")]
        Bson::Double(millis) => Some(bson::DateTime::from_millis(millis.round() as i64).into()),
        _ => None,
    };
    match (arithmetic, dates) {
        (_, 0) | (Arithmetic::Subtract, 2) => Some(result),
        (Arithmetic::Add, 1) => date(result),
        (Arithmetic::Subtract, 1) if matches!(left, Bson::DateTime(_)) => date(result),
        _ => None,
    }
}

fn element_at(list: Option<Bson>, place: Option<&Bson>) -> Result<Option<Bson>, QueryError> {
    let wrong = || QueryError::argument("$arrayElemAt", "an array and a whole number");
    let place = match place {
        None | Some(Bson::Null) => return Ok(Some(Bson::Null)),
        Some(place) => super::value::whole(place).ok_or_else(wrong)?,
    };
    match list {
        None | Some(Bson::Null | Bson::Undefined) => Ok(Some(Bson::Null)),
        Some(Bson::Array(list)) => {
            let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
            let place = if place < 0 { length + place } else { place };
            Ok(usize::try_from(place).ok().and_then(|place| list.get(place).cloned()))
        }
        Some(_) => Err(wrong()),
    }
}
