//! Asking an expression about documents.

use bson::{RawBson, raw::RawBsonRef};

use super::{
    Documents, Expression,
    expression::{Comparison, Operand, Test},
};
use crate::query::{Found, any_found, matches_equal};

impl Expression {
    /// Whether the expression holds. It must be bound: an expansion that is not has no value.
    pub(crate) fn matches(&self, documents: Documents<'_>) -> bool {
        match self {
            Self::Constant(value) => *value,
            Self::All(parts) => parts.iter().all(|part| part.matches(documents)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(documents)),
            Self::Not(part) => !part.matches(documents),
            Self::Test(subject, test) => test.holds(subject, documents),
        }
    }
}

impl Test {
    fn holds(&self, subject: &Operand, documents: Documents<'_>) -> bool {
        match self {
            Self::Exists(operand) => {
                let found = subject.any_value(documents, &mut |_| true);
                let wanted = |value: RawBsonRef<'_>| matches!(value, RawBsonRef::Boolean(wanted) if wanted == found);
                operand.with_value(documents, wanted) == Some(true)
            }
            Self::Compare(comparison, operand) => {
                // Without a value to compare with there is nothing that could hold.
                let holds =
                    |wanted: RawBsonRef<'_>| match comparison.negates() {
                        Some(opposite) => !subject
                            .any_value(documents, &mut |found| opposite.holds(found, wanted)),
                        None => subject
                            .any_value(documents, &mut |found| comparison.holds(found, wanted)),
                    };
                operand.with_value(documents, holds) == Some(true)
            }
        }
    }
}

impl Operand {
    /// Whether `test` holds of any value that the operand stands for.
    fn any_value(&self, documents: Documents<'_>, test: &mut dyn FnMut(Found<'_>) -> bool) -> bool {
        match self {
            Self::Document(version, path) => documents.version(*version).is_some_and(|document| {
                any_found(document, path.segments(), &mut |found| test(found))
            }),
            other => {
                let test = |value: RawBsonRef<'_>| test(Found { value, element: false });
                other.with_value(documents, test) == Some(true)
            }
        }
    }

    /// Shows the one value that the operand stands for, without a copy where that is possible.
    fn with_value<T>(
        &self,
        documents: Documents<'_>,
        show: impl FnOnce(RawBsonRef<'_>) -> T,
    ) -> Option<T> {
        match self {
            Self::Literal(value) => Some(show(value.as_raw_bson_ref())),
            Self::Document(version, path) => {
                crate::query::get(documents.version(*version)?, path.segments()).map(show)
            }
            other => other.value(documents).as_ref().map(RawBson::as_raw_bson_ref).map(show),
        }
    }
}

impl Comparison {
    fn holds(self, found: Found<'_>, wanted: RawBsonRef<'_>) -> bool {
        match self {
            Self::Equal => {
                // Either side may be the list.
                found.matches_equal(wanted) || matches_equal(wanted, found.value)
            }
            Self::Greater => found.matches_order(wanted, std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => found.matches_order(wanted, std::cmp::Ordering::is_ge),
            Self::Less => found.matches_order(wanted, std::cmp::Ordering::is_lt),
            Self::LessOrEqual => found.matches_order(wanted, std::cmp::Ordering::is_le),
            Self::In => wanted.as_array().is_some_and(|wanted| {
                wanted.into_iter().flatten().any(|wanted| found.matches_equal(wanted))
            }),
            Self::NotEqual => !Self::Equal.holds(found, wanted),
            Self::NotIn => !Self::In.holds(found, wanted),
        }
    }
}
