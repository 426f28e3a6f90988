//! Things of an app that have a name and nothing more to them than what their files say.
//!
//! Triggers and endpoints are among them: the gateway keeps them as they are and runs none.

use axum::extract::State;
use serde_json::{Value, json};

use super::{
    Answer, Caller, Created, Done, JsonBody, Object, Parameters, Refusal, Target, answer, created,
    edit, edited, function_names, name, name_of, named, text, with_id, without,
};
use crate::{
    apps::{
        AppFiles,
        state::{AppState, Edit, EditError},
    },
    error::ApiError,
    gateway::Gateway,
};

/// Where the things of a kind are.
pub(super) enum Place {
    /// A file each, named after them.
    Folder(&'static str),
    /// A list in one file.
    List(&'static str),
}

/// A kind of things.
pub(super) trait Kept: 'static {
    /// What their ids are derived from, and what they are called.
    const KIND: &'static str;
    /// Which part of a path is the id of one.
    const ID: &'static str;
    const PLACE: Place;
    const NOT_FOUND: &'static str;
    const EXISTS: &'static str;

    /// What no other thing of the kind may be called.
    fn name(thing: &Object) -> Result<String, ApiError> {
        name(thing, "name").map(str::to_owned)
    }

    /// From what a body says to what the file keeps.
    fn keep(_: &Edit, _: &mut Object) {}

    /// From what the file keeps to what is answered.
    fn show(_: &AppState, _: &mut Object) {}

    /// What of a thing is in lists.
    fn summary(thing: Object) -> Object {
        thing
    }
}

/// `/values`
pub(super) struct Values;

impl Kept for Values {
    const KIND: &'static str = "value";
    const ID: &'static str = "valueId";
    const PLACE: Place = Place::Folder("values");
    const NOT_FOUND: &'static str = "ValueNotFound";
    const EXISTS: &'static str = "ValueAlreadyExists";

    fn keep(_: &Edit, value: &mut Object) {
        value.entry("from_secret").or_insert(json!(false));
    }

    fn summary(value: Object) -> Object {
        without(&value, &["value"])
    }
}

/// `/triggers`
pub(super) struct Triggers;

impl Kept for Triggers {
    const KIND: &'static str = "trigger";
    const ID: &'static str = "triggerId";
    const PLACE: Place = Place::Folder("triggers");
    const NOT_FOUND: &'static str = "TriggerNotFound";
    const EXISTS: &'static str = "TriggerAlreadyExists";
}

/// `/endpoints`
pub(super) struct Endpoints;

impl Kept for Endpoints {
    const KIND: &'static str = "endpoint";
    const ID: &'static str = "endpointId";
    const PLACE: Place = Place::List("http_endpoints/config.json");
    const NOT_FOUND: &'static str = "EndpointNotFound";
    const EXISTS: &'static str = "EndpointAlreadyExists";

    /// A route may be there once per method.
    fn name(endpoint: &Object) -> Result<String, ApiError> {
        Ok(format!("{} {}", text(endpoint, "http_method")?, text(endpoint, "route")?))
    }

    /// The file names the function, the Admin API gives its id.
    fn keep(edit: &Edit, endpoint: &mut Object) {
        name_of(edit, endpoint, "function", ("function_id", "function_name"), function_names(edit));
    }

    fn show(state: &AppState, endpoint: &mut Object) {
        if let Some(function) = endpoint.get("function_name").and_then(Value::as_str) {
            let id = state.id_of("function", function).to_hex();
            endpoint.insert("function_id".to_owned(), json!(id));
        }
    }
}

fn path(folder: &str, name: &str) -> String {
    format!("{folder}/{name}.json")
}

/// All things of a kind by name, which is that of the file where each has one.
fn all<K: Kept>(files: &AppFiles) -> Vec<(String, Object)> {
    match K::PLACE {
        Place::Folder(folder) => {
            let prefix = format!("{folder}/");
            let names = files.below(&prefix).filter_map(|(path, _)| path.strip_suffix(".json"));
            let names = names.filter(|name| !name.contains('/'));
            names.map(|name| (name.to_owned(), files.object(&path(folder, name)))).collect()
        }
        Place::List(file) => {
            let list = files.list(file).into_iter();
            let things = list.filter_map(|thing| thing.as_object().cloned());
            things.filter_map(|thing| Some((K::name(&thing).ok()?, thing))).collect()
        }
    }
}

fn find<K: Kept>(
    files: &AppFiles,
    state: &AppState,
    parameters: &Parameters,
) -> Result<(String, Object), ApiError> {
    let all = all::<K>(files);
    let names = all.iter().map(|(name, _)| name.as_str());
    let found = named(state, K::KIND, names, parameters.id(K::ID)).map(str::to_owned);
    let found = found.and_then(|found| all.into_iter().find(|(name, _)| *name == found));
    found.ok_or_else(|| Refusal::not_found(K::NOT_FOUND, K::KIND).into())
}

/// Puts a thing in the place of the one called `old`, or takes that away.
fn write<K: Kept>(edit: &mut Edit, old: Option<&str>, new: Option<Object>) -> Result<(), ApiError> {
    let name = new.as_ref().map(K::name).transpose()?;
    if let Some(name) = name.as_deref().filter(|name| Some(*name) != old) {
        if all::<K>(&edit.files).iter().any(|(other, _)| other == name) {
            let message = format!("a {} named `{name}` already exists", K::KIND);
            return Err(Refusal::exists(K::EXISTS, message).into());
        }
        if let Some(old) = old {
            edit.rename(K::KIND, old, name);
        }
    }
    match K::PLACE {
        Place::Folder(folder) => {
            if let Some(old) = old.filter(|old| name.as_deref() != Some(old)) {
                edit.files.remove(&path(folder, old));
            }
            if let (Some(name), Some(new)) = (name, new) {
                edit.write(&path(folder, &name), &new)?;
            }
        }
        Place::List(file) => {
            let mut list = edit.files.list(file);
            let is_old = |thing: &Value| {
                let name = thing.as_object().and_then(|thing| K::name(thing).ok());
                name.is_some() && name.as_deref() == old
            };
            let place = list.iter().position(is_old);
            match (place, new) {
                (Some(place), Some(new)) => {
                    list.splice(place..=place, [Value::Object(new)]);
                }
                (Some(place), None) => drop(list.remove(place)),
                (None, Some(new)) => list.push(Value::Object(new)),
                (None, None) => return Ok(()),
            }
            edit.write(file, &list)?;
        }
    }
    Ok(())
}

fn shown<K: Kept>(state: &AppState, name: &str, mut thing: Object) -> Value {
    K::show(state, &mut thing);
    with_id(state.id_of(K::KIND, name), without(&thing, &["id"]))
}

/// A thing as its file keeps it.
fn kept<K: Kept>(edit: &Edit, body: &Object) -> Object {
    let mut thing = without(body, &["_id", "id"]);
    K::keep(edit, &mut thing);
    thing
}

pub(super) async fn list<K: Kept>(caller: Caller, app: Target) -> Answer {
    let (files, _) = app.files(caller.user_id);
    let all = all::<K>(files).into_iter();
    let all = all.map(|(name, thing)| shown::<K>(&app.state, &name, K::summary(thing)));
    answer(all.collect::<Vec<_>>())
}

pub(super) async fn create<K: Kept>(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    JsonBody(body): JsonBody<Object>,
) -> Created {
    let made = edit(&gateway, &caller, &app, |edit| {
        let thing = kept::<K>(edit, &body);
        write::<K>(edit, None, Some(thing.clone()))?;
        Ok(shown::<K>(&edit.state, &K::name(&thing)?, K::summary(thing)))
    });
    created(made.await?)
}

pub(super) async fn fetch<K: Kept>(caller: Caller, app: Target, parameters: Parameters) -> Answer {
    let (files, _) = app.files(caller.user_id);
    let (name, thing) = find::<K>(files, &app.state, &parameters)?;
    answer(shown::<K>(&app.state, &name, thing))
}

pub(super) async fn put<K: Kept>(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let (old, _) = find::<K>(&edit.files, &edit.state, &parameters)?;
        let new = kept::<K>(edit, &body);
        write::<K>(edit, Some(&old), Some(new))
    })
    .await
}

/// The same, answered with the thing.
pub(super) async fn put_shown<K: Kept>(
    gateway: State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let user_id = caller.user_id;
    let id = app.state.id;
    let apps = gateway.0.clone();
    put::<K>(gateway, caller, app, parameters.clone(), JsonBody(body)).await?;
    let app = apps.apps().get(id).ok_or(EditError::NoApp)?;
    let (name, thing) = find::<K>(app.files(user_id).0, &app.state, &parameters)?;
    answer(shown::<K>(&app.state, &name, thing))
}

pub(super) async fn delete<K: Kept>(
    State(gateway): State<Gateway>,
    caller: Caller,
    app: Target,
    parameters: Parameters,
) -> Done {
    edited(&gateway, &caller, &app, |edit| {
        let (old, _) = find::<K>(&edit.files, &edit.state, &parameters)?;
        write::<K>(edit, Some(&old), None)
    })
    .await
}
