//! `/user_registrations`: accounts that wait for their confirmation.

use axum::{extract::State, http::StatusCode};
use serde_json::json;

use super::{Answer, Asked, Done, Parameters, Target, answer, users::after};
use crate::{functions::Caller, gateway::Gateway};

pub(super) async fn list(State(gateway): State<Gateway>, app: Target, asked: Asked) -> Answer {
    let domain_id = app.state.domain_id;
    let pending = gateway.auth().pending(domain_id, after(&asked)?).await?;
    let shown = pending.iter().map(|pending| {
        json!({
            "_id": pending.id.to_hex(),
            "domain_id": domain_id.to_hex(),
            "login_ids": [{ "id_type": "email", "id": pending.email }],
            "user_id": "",
        })
    });
    answer(shown.collect::<Vec<_>>())
}

pub(super) async fn confirm(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().confirm_account(app.state.domain_id, parameters.text("email")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The gateway sends no e-mail: this says so.
pub(super) async fn send_confirmation(
    State(gateway): State<Gateway>,
    app: Target,
    caller: Caller,
    parameters: Parameters,
) -> Done {
    gateway.auth().confirm_again(&app.app, parameters.text("email"), false, &caller).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn run_confirmation(
    State(gateway): State<Gateway>,
    app: Target,
    caller: Caller,
    parameters: Parameters,
) -> Done {
    gateway.auth().confirm_again(&app.app, parameters.text("email"), true, &caller).await?;
    Ok(StatusCode::ACCEPTED)
}

pub(super) async fn delete(
    State(gateway): State<Gateway>,
    app: Target,
    parameters: Parameters,
) -> Done {
    gateway.auth().delete_pending(app.state.domain_id, parameters.text("email")).await?;
    Ok(StatusCode::NO_CONTENT)
}
