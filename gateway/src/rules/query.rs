//! An expression as a query of MongoDB, so that the server filters.

use bson::{Bson, Document, RawBson, doc};

use super::{
    Expression, Role,
    expression::{Comparison, Operand, Test, Version},
};

impl Role {
    /// The query for documents that the role may see. `None` if MongoDB cannot be asked that.
    pub(crate) fn visible(&self) -> Option<Document> {
        let filter = match (&self.filter_read, &self.filter_write) {
            (None, _) => doc! {},
            (Some(read), write) => either(Some(read), write.as_ref())?,
        };
        // Where fields have permissions of their own, there is always an `_id` to see.
        let permissions = &self.permissions;
        let readable = if permissions.has_fields() || permissions.shows_all() {
            doc! {}
        } else {
            either(permissions.all.read.as_ref(), permissions.all.write.as_ref())?
        };
        Some(match (filter.is_empty(), readable.is_empty()) {
            (_, true) => filter,
            (true, false) => readable,
            (false, false) => doc! { "$and": [filter, readable] },
        })
    }
}

/// What holds if either expression does. Writing includes reading.
fn either(read: Option<&Expression>, write: Option<&Expression>) -> Option<Document> {
    let parts = [read, write].into_iter().flatten().map(Expression::to_query);
    let mut parts = parts.collect::<Option<Vec<_>>>()?;
    Some(match parts.len() {
        _ if parts.iter().any(Document::is_empty) => doc! {},
        0 => doc! { "$nor": [{}] },
        1 => parts.remove(0),
        _ => doc! { "$or": parts },
    })
}

impl Expression {
    /// The same as a query. `None` if there is no such query: the expression compares two fields,
    /// or asks about a version of the document that is not stored.
    pub(super) fn to_query(&self) -> Option<Document> {
        let all = |parts: &[Self]| parts.iter().map(Self::to_query).collect::<Option<Vec<_>>>();
        Some(match self {
            Self::Constant(true) => doc! {},
            Self::Constant(false) => doc! { "$nor": [{}] },
            Self::All(parts) => doc! { "$and": all(parts)? },
            Self::Any(parts) => doc! { "$or": all(parts)? },
            Self::Not(part) => doc! { "$nor": [part.to_query()?] },
            Self::Test(subject, test) => test.to_query(subject)?,
        })
    }
}

impl Test {
    fn to_query(&self, subject: &Operand) -> Option<Document> {
        let Operand::Document(Version::Root | Version::This, path) = subject else {
            return self.flipped(subject);
        };
        let path = field(path)?;
        let (operator, value) = match self {
            Self::Exists(operand) => ("$exists", literal(operand)?),
            Self::Compare(comparison, operand) => (comparison.operator(), literal(operand)?),
        };
        // A list may stand on either side of an equality here; to MongoDB only on one.
        let listed = matches!(value, Bson::Array(_));
        if listed && matches!(operator, "$eq" | "$ne") {
            return None;
        }
        Some(doc! { path: { operator: value } })
    }

    /// `"%%user.id": "%%root.owner"`: the field stands on the right.
    fn flipped(&self, subject: &Operand) -> Option<Document> {
        let Self::Compare(Comparison::Equal, operand @ Operand::Document(..)) = self else {
            return None;
        };
        Self::Compare(Comparison::Equal, subject.clone()).to_query(operand)
    }
}

fn field(path: &crate::query::Path) -> Option<String> {
    let segments = path.segments();
    // The query would mean an operator.
    let plain = !segments.is_empty() && !segments.iter().any(|segment| segment.starts_with('$'));
    plain.then(|| segments.join("."))
}

fn literal(operand: &Operand) -> Option<Bson> {
    match operand {
        // MongoDB would take null for "is not there", too, and look for patterns.
        Operand::Literal(RawBson::Null | RawBson::RegularExpression(_)) => None,
        Operand::Literal(value) => Bson::try_from(value.clone()).ok(),
        _ => None,
    }
}

impl Comparison {
    fn operator(self) -> &'static str {
        match self {
            Self::Equal => "$eq",
            Self::NotEqual => "$ne",
            Self::Greater => "$gt",
            Self::GreaterOrEqual => "$gte",
            Self::Less => "$lt",
            Self::LessOrEqual => "$lte",
            Self::In => "$in",
            Self::NotIn => "$nin",
        }
    }
}
