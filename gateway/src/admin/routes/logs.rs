//! `/logs`: the latest requests to an app.

use axum::extract::State;
use bson::{DateTime, oid::ObjectId};
use serde_json::{Value, json};

use super::{Answer, Asked, Refusal, Target, answer};
use crate::{admin::log::Entry, error::ApiError, gateway::Gateway};

/// Entries in one answer.
const MAX_LIMIT: usize = 100;

fn date(date: DateTime) -> Value {
    json!(date.try_to_rfc3339_string().unwrap_or_default())
}

fn shown(app: &Target, entry: &Entry) -> Value {
    let shown = json!({
        "_id": entry.id.to_hex(),
        "co_id": entry.co_id,
        "type": entry.kind,
        "domain_id": app.state.domain_id.to_hex(),
        "app_id": app.state.id.to_hex(),
        "group_id": app.state.group_id.to_hex(),
        "request_url": entry.path,
        "request_method": entry.method,
        "started": date(entry.started),
        "completed": date(entry.completed),
        "status": entry.status,
    });
    let mut shown = shown.as_object().cloned().unwrap_or_default();
    let mut put = |key: &str, value: Value| drop(shown.insert(key.to_owned(), value));
    if let Some(user) = entry.user_id {
        put("user_id", json!(user.to_hex()));
    }
    if let Some(remote) = entry.remote {
        put("remote_ip_address", json!(remote.to_canonical().to_string()));
    }
    if let Some((message, code)) = &entry.error {
        put("error", json!(message));
        put("error_code", json!(code));
    }
    Value::Object(shown)
}

fn number(asked: &Asked, key: &str, default: usize) -> Result<usize, ApiError> {
    let Some(text) = asked.get(key) else { return Ok(default) };
    let number = text.parse();
    number.map_err(|_| Refusal::invalid(format!("`{key}` is no number")).into())
}

fn moment(asked: &Asked, key: &str) -> Result<Option<DateTime>, ApiError> {
    let Some(text) = asked.get(key) else { return Ok(None) };
    let moment = DateTime::parse_rfc3339_str(text);
    let message = || Refusal::invalid(format!("`{key}` is no date as in 2025-09-30T00:00:00Z"));
    Ok(Some(moment.map_err(|_| message())?))
}

/// Errors alone, or all but errors: the mere presence of `errors_only` decides, as in App Services.
pub(super) async fn list(State(gateway): State<Gateway>, app: Target, asked: Asked) -> Answer {
    let (skip, limit) = (number(&asked, "skip", 0)?, number(&asked, "limit", MAX_LIMIT)?);
    let limit = limit.clamp(1, MAX_LIMIT);
    let (start, end) = (moment(&asked, "start_date")?, moment(&asked, "end_date")?);
    let errors = asked.get("errors_only").is_some();
    let co_id = asked.get("co_id");
    let user = asked.get("user_id").map(|user| ObjectId::parse_str(user).ok());
    let kind = asked.get("type");
    let fits = |entry: &Entry| {
        entry.client_app_id == app.state.client_app_id
            // Who asks for one request wants it whatever became of it.
            && (co_id.is_some() || entry.error.is_some() == errors)
            && co_id.is_none_or(|co_id| entry.co_id == co_id)
            && user.is_none_or(|user| user.is_some() && entry.user_id == user)
            && kind.is_none_or(|kind| entry.kind == kind)
            && start.is_none_or(|start| entry.started >= start)
            && end.is_none_or(|end| entry.started < end)
    };
    let (entries, more) = gateway.log().find(fits, skip, limit);
    let logs: Vec<_> = entries.iter().map(|entry| shown(&app, entry)).collect();
    if more {
        let end = end.map_or(Value::Null, date);
        return answer(json!({ "logs": logs, "nextSkip": skip + limit, "nextEndDate": end }));
    }
    answer(json!({ "logs": logs }))
}
