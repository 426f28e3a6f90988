//! The caller as whom the app lets something run.

use std::sync::Arc;

use bson::Bson;

use crate::{
    apps::App,
    error::ApiError,
    functions::{Acting, Caller, RunAs},
    gateway::Gateway,
};

/// The caller as rules and functions shall see it. `custom_data` says whether custom data of another
/// user are read.
pub(super) async fn acting(
    gateway: &Gateway,
    app: &Arc<App>,
    run_as: RunAs<'_>,
    arguments: &[Bson],
    caller: Caller,
    custom_data: bool,
) -> Result<Caller, ApiError> {
    let acting = run_as.resolve(app, gateway.functions(), arguments, &caller).await;
    Ok(match acting.map_err(ApiError::Function)? {
        Acting::Caller => caller,
        Acting::System => Caller { system: true, ..caller },
        Acting::User(id) => {
            let auth = gateway.auth();
            let user = auth.enabled_user(app.domain_id, id).await?;
            let user = auth.known_with_custom_data(app, &user, custom_data).await?;
            Caller { user, system: false, ..caller }
        }
    })
}
