//! Whether a role can be that of a session, which knows no document when it starts.

use super::{
    Expression, Role,
    expression::{Operand, Version},
};

/// Why a role cannot be that of a session. Access is denied then; later roles are not tried.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Incompatible {
    #[error("role `{0}` has no `document_filters.{1}`, which sessions need")]
    NoFilter(String, &'static str),
    #[error("role `{0}`: `{1}` uses an expansion or a function that sessions do not have")]
    Expansion(String, &'static str),
    #[error("role `{0}` uses the field `{1}`, which is not queryable")]
    NotQueryable(String, String),
    #[error("role `{0}`: `read` and `write` must be true or false")]
    NotLiteral(String),
    #[error("role `{0}` has permissions for the field `_id`")]
    Id(String),
}

impl Role {
    /// Whether the role, as it was compiled, can be that of a session.
    pub(crate) fn check_for_sessions(
        &self,
        queryable: &dyn Fn(&str) -> bool,
    ) -> Result<(), Incompatible> {
        let name = || self.name.clone();
        let (Some(read), Some(write)) = (&self.filter_read, &self.filter_write) else {
            let missing = if self.filter_read.is_none() { "read" } else { "write" };
            return Err(Incompatible::NoFilter(name(), missing));
        };
        if self.apply_when.any_operand(&|operand| {
            matches!(operand, Operand::Document(..)) || is_of_requests(operand)
        }) {
            return Err(Incompatible::Expansion(name(), "apply_when"));
        }
        for (place, expression) in [
            ("document_filters.read", read),
            ("document_filters.write", write),
            ("insert", &self.insert),
            ("delete", &self.delete),
        ] {
            self.check_expression(place, expression, queryable)?;
        }
        if !self.permissions.expressions().iter().all(|e| matches!(e, Expression::Constant(_))) {
            return Err(Incompatible::NotLiteral(name()));
        }
        if self.permissions.fields.contains_key("_id") {
            return Err(Incompatible::Id(name()));
        }
        Ok(())
    }

    fn check_expression(
        &self,
        place: &'static str,
        expression: &Expression,
        queryable: &dyn Fn(&str) -> bool,
    ) -> Result<(), Incompatible> {
        let forbidden = |operand: &Operand| match operand {
            Operand::Document(version, _) => *version != Version::Root,
            Operand::Call(..) => true,
            operand => is_of_requests(operand),
        };
        if expression.any_operand(&forbidden) {
            return Err(Incompatible::Expansion(self.name.clone(), place));
        }
        let unknown = std::cell::Cell::new(None);
        let other = |operand: &Operand| match operand {
            Operand::Document(_, path) => {
                let field = path.root().unwrap_or_default();
                let queryable = queryable(field);
                if !queryable {
                    unknown.set(Some(field.to_owned()));
                }
                !queryable
            }
            _ => false,
        };
        if expression.any_operand(&other) {
            let field = unknown.take().unwrap_or_default();
            return Err(Incompatible::NotQueryable(self.name.clone(), field));
        }
        Ok(())
    }
}

/// Expansions that only single requests have.
fn is_of_requests(operand: &Operand) -> bool {
    matches!(operand, Operand::Scope(path)
        if matches!(path.root(), Some("request" | "partition" | "args")))
}
