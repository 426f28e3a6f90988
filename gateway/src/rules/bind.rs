//! Putting what a request knows into an expression.

use bson::{Bson, RawArrayBuf, RawBson, RawDocumentBuf, oid::ObjectId, spec::BinarySubtype};

use super::{
    CallError, Documents, Expression, Scope,
    expression::{Comparison, Conversion, Operand, Test},
};

impl Expression {
    /// The expression with every expansion of the scope replaced by its value, and every call by
    /// what it returned. What does not depend on documents becomes a constant.
    pub(crate) fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        Ok(match self {
            Self::Constant(value) => Self::Constant(*value),
            Self::All(parts) => {
                let mut bound = Vec::new();
                for part in parts {
                    match part.bind(scope)? {
                        Self::Constant(true) => {}
                        Self::Constant(false) => return Ok(Self::Constant(false)),
                        part => bound.push(part),
                    }
                }
                if bound.is_empty() { Self::Constant(true) } else { Self::All(bound) }
            }
            Self::Any(parts) => {
                let mut bound = Vec::new();
                for part in parts {
                    match part.bind(scope)? {
                        Self::Constant(false) => {}
                        Self::Constant(true) => return Ok(Self::Constant(true)),
                        part => bound.push(part),
                    }
                }
                if bound.is_empty() { Self::Constant(false) } else { Self::Any(bound) }
            }
            Self::Not(part) => match part.bind(scope)? {
                Self::Constant(value) => Self::Constant(!value),
                part => Self::Not(Box::new(part)),
            },
            Self::Test(subject, test) => fold(subject.bind(scope)?, test.bind(scope)?),
        })
    }
}

/// A test of known values is known.
fn fold(subject: Operand, test: Test) -> Expression {
    let (Test::Compare(_, operand) | Test::Exists(operand)) = &test;
    let known = subject.is_known() && operand.is_known();
    // Nothing can be compared with what is not there.
    let hopeless = matches!(test, Test::Compare(_, Operand::Missing));
    let expression = Expression::Test(subject, test);
    if hopeless {
        Expression::Constant(false)
    } else if known {
        Expression::Constant(expression.matches(Documents::default()))
    } else {
        expression
    }
}

impl Test {
    fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        Ok(match self {
            Self::Compare(comparison, operand) => Self::Compare(*comparison, operand.bind(scope)?),
            Self::Exists(operand) => Self::Exists(operand.bind(scope)?),
        })
    }
}

impl Operand {
    fn is_known(&self) -> bool {
        matches!(self, Self::Literal(_) | Self::Missing)
    }

    pub(super) fn bind(&self, scope: &Scope<'_>) -> Result<Self, CallError> {
        Ok(match self {
            Self::Scope(path) => scope.get(path).map_or(Self::Missing, Self::Literal),
            Self::Call(name, arguments) => call(name, arguments, scope)?,
            Self::Convert(conversion, operand) => match operand.bind(scope)? {
                Self::Literal(value) => {
                    conversion.apply(&value).map_or(Self::Missing, Self::Literal)
                }
                Self::Missing => Self::Missing,
                operand => Self::Convert(*conversion, Box::new(operand)),
            },
            Self::List(operands) => {
                let bound = operands.iter().map(|operand| operand.bind(scope));
                Self::List(bound.collect::<Result<_, _>>()?).folded()
            }
            Self::Fields(fields) => {
                let bound = fields.iter().map(|(key, field)| Ok((key.clone(), field.bind(scope)?)));
                Self::Fields(bound.collect::<Result<_, _>>()?).folded()
            }
            Self::Literal(_) | Self::Missing | Self::Document(..) => self.clone(),
        })
    }

    /// A list or document of known values is a literal. One with a value that is not there is not
    /// there itself, except that a list of alternatives goes without it.
    fn folded(self) -> Self {
        let known = match &self {
            Self::List(operands) => operands.iter().all(Self::is_known),
            Self::Fields(fields) => fields.iter().all(|(_, field)| field.is_known()),
            _ => false,
        };
        if !known {
            return self;
        }
        self.value(Documents::default()).map_or(Self::Missing, Self::Literal)
    }

    /// The value in the face of documents. `None` if it is not there.
    pub(super) fn value(&self, documents: Documents<'_>) -> Option<RawBson> {
        match self {
            Self::Literal(value) => Some(value.clone()),
            Self::Document(version, path) => {
                crate::query::get(documents.version(*version)?, path.segments()).map(Into::into)
            }
            Self::Convert(conversion, operand) => conversion.apply(&operand.value(documents)?),
            Self::List(operands) => {
                let mut array = RawArrayBuf::new();
                for value in operands.iter().filter_map(|operand| operand.value(documents)) {
                    array.push(value);
                }
                Some(RawBson::Array(array))
            }
            Self::Fields(fields) => {
                let mut document = RawDocumentBuf::new();
                for (key, operand) in fields {
                    let key = bson::raw::CString::try_from(key.as_str()).ok()?;
                    document.append(&key, operand.value(documents)?);
                }
                Some(RawBson::Document(document))
            }
            // A call and an expansion have a value only once they are bound.
            Self::Missing | Self::Scope(_) | Self::Call(..) => None,
        }
    }
}

fn call(name: &str, arguments: &[Operand], scope: &Scope<'_>) -> Result<Operand, CallError> {
    let failed = |reason: String| CallError { name: name.to_owned(), reason };
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(match argument.bind(scope)? {
            Operand::Literal(value) => {
                Bson::try_from(value).map_err(|error| failed(error.to_string()))?
            }
            Operand::Missing => Bson::Undefined,
            _ => return Err(failed("its arguments depend on the document".to_owned())),
        });
    }
    let returned = scope.functions.call(name, values).map_err(failed)?;
    let value = RawBson::try_from(returned).map_err(|error| failed(error.to_string()))?;
    Ok(match value {
        RawBson::Undefined => Operand::Missing,
        value => Operand::Literal(value),
    })
}

impl Conversion {
    fn apply(self, value: &RawBson) -> Option<RawBson> {
        match self {
            Self::StringToOid => ObjectId::parse_str(value.as_str()?).ok().map(RawBson::ObjectId),
            Self::OidToString => Some(RawBson::String(value.as_object_id()?.to_hex())),
            Self::StringToUuid => {
                let uuid = bson::Uuid::parse_str(value.as_str()?).ok()?;
                Some(RawBson::Binary(uuid.into()))
            }
            Self::UuidToString => {
                let binary = value.as_binary().filter(|b| b.subtype == BinarySubtype::Uuid)?;
                let uuid = bson::Uuid::from_bytes(binary.bytes.try_into().ok()?);
                Some(RawBson::String(uuid.to_string()))
            }
        }
    }
}

impl Comparison {
    /// Whether it holds of values for which its opposite does not.
    pub(super) fn negates(self) -> Option<Self> {
        match self {
            Self::NotEqual => Some(Self::Equal),
            Self::NotIn => Some(Self::In),
            _ => None,
        }
    }
}
