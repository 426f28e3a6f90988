//! `/debug`: functions of an app, called to see what they do.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use bson::{Bson, oid::ObjectId};
use serde_json::{Value, json};

use super::{Answer, Asked, JsonBody, Object, Refusal, Target, answer, text};
use crate::{
    apps::{App, Function},
    auth::AuthError,
    error::ApiError,
    functions::{Caller, FunctionError, Outcome},
    gateway::Gateway,
};

/// The name of a source that has none. No function of an app can have it.
const UNNAMED: &str = "(source)";

/// In whose name a function runs: a user's, or the system's.
async fn caller_of(
    gateway: &Gateway,
    app: &App,
    asked: &Asked,
    mut caller: Caller,
) -> Result<(Caller, bool), ApiError> {
    match (asked.get("user_id"), asked.is("run_as_system", "true")) {
        (None, true) => Ok((caller, true)),
        (Some(id), false) => {
            let id = ObjectId::parse_str(id).map_err(|_| AuthError::UserNotFound)?;
            let user = gateway.auth().user(app.domain_id, id).await?;
            caller.user = gateway.auth().known_with_custom_data(app, &user, true).await?;
            Ok((caller, false))
        }
        _ => {
            let message = "either `user_id` or `run_as_system=true` is required, and not both";
            Err(Refusal::invalid(message).into())
        }
    }
}

/// What happened. Only what keeps a function from being called at all is an error.
fn shown(called: Result<Outcome, FunctionError>, started: Instant) -> Answer {
    let Outcome { result, lines } = match called {
        Err(error @ (FunctionError::NotFound(_) | FunctionError::ShuttingDown)) => {
            return Err(error.into());
        }
        Err(error) => Outcome { result: Err(error), lines: Vec::new() },
        Ok(outcome) => outcome,
    };
    let (result, error) = match result {
        Ok(value) => (value.into_canonical_extjson(), Value::Null),
        Err(FunctionError::Threw { name, message }) => {
            (Value::Null, json!({ "name": name, "message": message }))
        }
        Err(error) => (Value::Null, json!({ "name": "Error", "message": error.to_string() })),
    };
    answer(json!({
        "result": result,
        "error": error,
        "logs": lines,
        "stats": { "execution_time": format!("{:?}", started.elapsed()) },
    }))
}

pub(super) async fn execute(
    State(gateway): State<Gateway>,
    app: Target,
    asked: Asked,
    caller: Caller,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let (caller, system) = caller_of(&gateway, &app.app, &asked, caller).await?;
    if body.get("service").is_some_and(|service| !matches!(service.as_str(), None | Some(""))) {
        return Err(Refusal::invalid("functions of services are not called here").into());
    }
    let arguments = match body.get("arguments") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => {
            let list = list.iter().cloned().map(Bson::try_from).collect::<Result<_, _>>();
            list.map_err(|error| ApiError::BadRequest(error.to_string()))?
        }
        Some(_) => return Err(Refusal::invalid("`arguments` is no list").into()),
    };
    let name = text(&body, "name")?;
    let started = Instant::now();
    let run = gateway.functions().observe(&app.app, name, arguments, &caller, system).await;
    shown(run, started)
}

/// Runs a source beside the functions of the app: what it exports, or what `eval_source` makes of
/// that.
pub(super) async fn execute_source(
    State(gateway): State<Gateway>,
    app: Target,
    asked: Asked,
    caller: Caller,
    JsonBody(body): JsonBody<Object>,
) -> Answer {
    let (caller, system) = caller_of(&gateway, &app.app, &asked, caller).await?;
    let mut source = text(&body, "source")?.to_owned();
    let evaluated = body.get("eval_source").and_then(Value::as_str).unwrap_or_default();
    if !evaluated.trim().is_empty() {
        source = format!(
            "{source}\n;const exported = exports !== undefined ? exports : module.exports;\n\
             exports = async () => {{ const exports = exported; return eval({}); }};",
            Value::from(evaluated)
        );
    }
    let mut with_source = App::clone(&app.app);
    let function = Function { name: UNNAMED.to_owned(), source, ..Function::default() };
    Arc::make_mut(&mut with_source.config).functions.push(function);
    let started = Instant::now();
    let run = gateway.functions().observe(&with_source, UNNAMED, Vec::new(), &caller, system);
    shown(run.await, started)
}
