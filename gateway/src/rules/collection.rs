//! The roles and filters of a collection.

use std::collections::BTreeMap;

use bson::{Bson, Document};
use serde_json::Value;

use super::{
    CallError, CompileError, Documents, Expression, Incompatible, Role, Scope, compile,
    expression::Operand,
};

/// What `rules.json` or `default_rule.json` says, compiled.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    roles: Vec<Role>,
    filters: Vec<Filter>,
}

/// A query that is added to those of requests.
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    apply_when: Expression,
    query: Option<Operand>,
    projection: Option<Operand>,
}

/// What filters add to a request that reads or changes documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Filters {
    /// All of these must match, too.
    pub(crate) queries: Vec<Document>,
    /// All of these apply, too.
    pub(crate) projections: Vec<Document>,
}

impl Rules {
    /// Compiles roles and filters and finds every mistake in them.
    pub(crate) fn compile(value: &Value) -> Result<Self, CompileError> {
        let roles =
            list(value, "roles")?.iter().map(Role::compile).collect::<Result<Vec<_>, _>>()?;
        for (place, role) in roles.iter().enumerate() {
            if roles.iter().take(place).any(|other| other.name == role.name) {
                return Err(CompileError::SameName(role.name.clone()));
            }
        }
        let filters = list(value, "filters")?.iter().map(Filter::compile);
        Ok(Self { roles, filters: filters.collect::<Result<_, _>>()? })
    }

    /// Whether there are roles: a collection without them has those of its data source.
    pub(crate) fn has_roles(&self) -> bool {
        !self.roles.is_empty()
    }

    /// The roles that cannot be those of sessions, by name, and why. `queryable` are the fields
    /// that sessions may be filtered by.
    pub(crate) fn unfit_for_sessions(
        &self,
        queryable: &dyn Fn(&str) -> bool,
    ) -> BTreeMap<String, Incompatible> {
        let unfit = self.roles.iter().filter_map(|role| {
            let error = role.check_for_sessions(queryable).err()?;
            Some((role.name.clone(), error))
        });
        unfit.collect()
    }

    /// Whether picking a role needs more of the user than its access token tells: its id and its
    /// custom data. A function may ask for anything.
    pub(crate) fn asks_for_user(&self) -> bool {
        let asks = |operand: &Operand| match operand {
            Operand::Scope(path) if path.root() == Some("user") => {
                let of_token = ["id", "custom_data"];
                path.segments().get(1).is_none_or(|part| !of_token.contains(&&**part))
            }
            operand => matches!(operand, Operand::Call(..)),
        };
        self.roles.iter().any(|role| role.any_operand(&asks))
    }

    /// Whether functions are called, and so [`select`](Self::select) waits for them.
    pub(crate) fn has_calls(&self) -> bool {
        self.roles.iter().any(Role::has_calls) || self.filters.iter().any(Filter::has_calls)
    }

    /// The first role that applies, bound to the request. Without one, nothing is permitted.
    pub(crate) fn select(&self, scope: &Scope<'_>) -> Result<Option<Role>, CallError> {
        for role in &self.roles {
            if role.applies(scope)? {
                return role.bind(scope).map(Some);
            }
        }
        Ok(None)
    }

    /// What the filters that apply add to a request.
    pub(crate) fn filters(&self, scope: &Scope<'_>) -> Result<Filters, CallError> {
        let mut found = Filters::default();
        for filter in &self.filters {
            if !filter.apply_when.bind(scope)?.matches(Documents::default()) {
                continue;
            }
            if let Some(query) = &filter.query {
                // A query that compares with what is not there matches nothing.
                let nothing = || bson::doc! { "$nor": [{}] };
                found.queries.push(document(query, scope)?.unwrap_or_else(nothing));
            }
            if let Some(projection) = &filter.projection {
                found.projections.extend(document(projection, scope)?);
            }
        }
        Ok(found)
    }
}

impl Filter {
    fn compile(value: &Value) -> Result<Self, CompileError> {
        let apply_when = value.get("apply_when").filter(|value| !value.is_null());
        let operand = |key: &str| match value.get(key) {
            Some(value @ Value::Object(fields)) if !fields.is_empty() => {
                compile::operand(value).map(Some)
            }
            None | Some(Value::Null | Value::Object(_)) => Ok(None),
            Some(_) => Err(CompileError::shape(key, "an object")),
        };
        Ok(Self {
            apply_when: apply_when.map_or(Ok(Expression::Constant(true)), Expression::compile)?,
            query: operand("query")?,
            projection: operand("projection")?,
        })
    }

    fn has_calls(&self) -> bool {
        let calls = |operand: &Operand| matches!(operand, Operand::Call(..));
        let operands = [&self.query, &self.projection];
        self.apply_when.has_calls() || operands.into_iter().flatten().any(|o| o.any(&calls))
    }
}

fn document(operand: &Operand, scope: &Scope<'_>) -> Result<Option<Document>, CallError> {
    let value = operand.bind(scope)?.value(Documents::default());
    let value = value.and_then(|value| Bson::try_from(value).ok());
    Ok(value.and_then(|value| match value {
        Bson::Document(document) => Some(document),
        _ => None,
    }))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], CompileError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(CompileError::shape(key, "an array")),
    }
}
