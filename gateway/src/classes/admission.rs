//! What is asked of the objects of one class in one upload.

use std::sync::Arc;

use asymmetric_protocol::ack::RejectionCode;
use asymmetric_schema::TimeSeries;

use super::{expressions::Expressions, fill::Fill};
use crate::{Namespace, rules::Role, store::Document, validate::Validator};

/// Where the objects of a class go, and what is asked of each.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) namespace: Namespace,
    pub(super) validator: Option<Arc<Validator>>,
    /// The `validate` expressions of the schema, for this request.
    pub(super) expressions: Option<Expressions>,
    pub(super) fill: Option<Arc<Fill>>,
    /// What the collection is made with, if the class is a time series.
    pub(crate) time_series: Option<Arc<TimeSeries>>,
    /// The role of the user; `None` where everybody may do everything.
    pub(super) role: Option<Role>,
}

/// Why no object of a class is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The app has no such class.
    Unknown(String),
    /// The user may not insert there.
    NotAllowed(String),
    /// Whether the user may, cannot be told right now.
    Undecided(String),
}

impl Admission {
    pub(super) const fn open(namespace: Namespace) -> Self {
        Self {
            namespace,
            validator: None,
            expressions: None,
            fill: None,
            role: None,
            time_series: None,
        }
    }

    /// Checks a document against schema and role, and completes it.
    pub(crate) fn check(&self, document: Document) -> Result<Document, (RejectionCode, String)> {
        if let Some(validator) = &self.validator {
            validator.validate(document.as_raw()).map_err(|violations| {
                (RejectionCode::SchemaValidationFailed, violations.to_string())
            })?;
        }
        if let Some(expressions) = &self.expressions {
            expressions
                .check(document.as_raw())
                .map_err(|reason| (RejectionCode::SchemaValidationFailed, reason))?;
        }
        let document = match &self.fill {
            Some(fill) => fill.complete(document),
            None => document,
        };
        if let Some(role) = &self.role {
            role.may_insert(document.as_raw())
                .map_err(|denied| (RejectionCode::WriteNotAllowed, denied.to_string()))?;
        }
        Ok(document)
    }
}
