//! `/security/access_list`: addresses that may reach an app.

use std::net::IpAddr;

use axum::{Json, extract::State, http::StatusCode};
use bson::oid::ObjectId;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, edit,
    edited,
};
use crate::{
    apps::access::{Allowed, canonical},
    error::ApiError,
    gateway::Gateway,
    routes::Remote,
};

/// Most entries of a list.
const MAX_ENTRIES: usize = 200;

fn shown(entry: &Allowed, current: Option<IpAddr>) -> Value {
    json!({
        "_id": entry.id.to_hex(),
        "address": entry.address,
        "comment": entry.comment,
        "includes_current": current.is_some_and(|current| entry.includes(current)),
    })
}

/// What a body says of an address.
fn address(body: &Object) -> Result<Option<String>, ApiError> {
    let given = body.get("address").and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(given) = given else { return Ok(None) };
    let refusal = || Refusal::invalid(format!("`{given}` is no IP address or CIDR block"));
    Ok(Some(canonical(given).ok_or_else(refusal)?))
}

fn comment(body: &Object) -> Option<&str> {
    body.get("comment").and_then(Value::as_str)
}

fn missing() -> Refusal {
    Refusal::not_found("AllowedIPNotFound", "IP address")
}

pub(super) async fn list(app: Target, Remote(current): Remote) -> Answer {
    let list = app.state.stored.access_list.iter().map(|entry| shown(entry, current));
    answer(json!({
        "allowed_ips": list.collect::<Vec<_>>(),
        "current_ip": current.map(|current| current.to_string()),
    }))
}

pub(super) async fn create(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    Remote(current): Remote,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let use_current = body.get("use_current") == Some(&json!(true));
    let current_one = current.filter(|_| use_current);
    let given = address(&body)?.or(current_one.map(|address| address.to_canonical().to_string()));
    let address = given.ok_or_else(|| Refusal::lacks("address"))?;
    let comment = comment(&body).unwrap_or_default().to_owned();
    let entry = Allowed { id: ObjectId::new(), address, comment };
    let made = edit(&gateway, &caller, &app, |edit| {
        let list = &mut edit.state.stored.access_list;
        if list.iter().any(|other| other.address == entry.address) {
            let message = format!("`{}` is in the list already", entry.address);
            return Err(Refusal::exists("AllowedIPAlreadyExists", message).into());
        }
        if list.len() >= MAX_ENTRIES {
            return Err(Refusal::invalid("an app has at most 200 addresses in its list").into());
        }
        list.push(entry.clone());
        Ok(shown(&entry, current))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

pub(super) async fn patch(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    Remote(current): Remote,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let address = address(&body)?;
    let changed = edit(&gateway, &caller, &app, |edit| {
        let id = parameters.id("ipId");
        let mut list = edit.state.stored.access_list.iter_mut();
        let entry = list.find(|entry| Some(entry.id) == id).ok_or_else(missing)?;
        if let Some(address) = &address {
            address.clone_into(&mut entry.address);
        }
        if let Some(comment) = comment(&body) {
            comment.clone_into(&mut entry.comment);
        }
        Ok(shown(entry, current))
    });
    answer(changed.await?)
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let list = &mut edit.state.stored.access_list;
        let place = list.iter().position(|entry| Some(entry.id) == parameters.id("ipId"));
        list.remove(place.ok_or_else(missing)?);
        Ok(())
    })
    .await
}
