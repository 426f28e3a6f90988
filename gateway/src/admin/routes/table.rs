//! Every route of the Admin API. The router and the OpenAPI description are made from this.

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{self, MethodRouter},
};

use super::{
    access_list, api_keys, apps, commands, debug, deployments, environment_values, functions,
    kept::{self, Endpoints, Triggers, Values},
    logs, metrics, providers, registrations, rules, schemas, secrets, services, session, settings,
    sync, transfer, users,
};
use crate::{
    admin::{guard::guard, openapi},
    gateway::Gateway,
};

/// Where the Admin API is.
pub(in crate::admin) const ADMIN: &str = "/api/admin/v3.0";

/// One route.
pub(in crate::admin) struct Route {
    pub(in crate::admin) method: Method,
    /// Below [`ADMIN`].
    pub(in crate::admin) path: &'static str,
    pub(in crate::admin) summary: &'static str,
    pub(in crate::admin) access: Access,
    /// Status of an answer that went well.
    pub(in crate::admin) success: u16,
    /// What may follow the question mark.
    pub(in crate::admin) query: &'static [&'static str],
    handler: MethodRouter<Gateway>,
}

impl Route {
    fn with(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }
}

/// Which token a route wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin) enum Access {
    /// None.
    Anybody,
    /// The refresh token.
    Refresh,
    /// The access token.
    Administrator,
}

/// A route for administrators.
macro_rules! route {
    ($method:ident $path:literal $success:literal $handler:path, $summary:literal) => {
        route!($method $path $success $handler, $summary, Administrator)
    };
    ($method:ident $path:literal $success:literal $handler:path, $summary:literal, $access:ident) => {
        Route {
            method: route!(@method $method),
            path: $path,
            summary: $summary,
            access: Access::$access,
            success: $success,
            query: &[],
            handler: routing::$method($handler),
        }
    };
    (@method get) => { Method::GET };
    (@method post) => { Method::POST };
    (@method put) => { Method::PUT };
    (@method patch) => { Method::PATCH };
    (@method delete) => { Method::DELETE };
}

/// The same for routes below an app.
macro_rules! app_route {
    ($method:ident $path:literal $success:literal $handler:path, $summary:literal) => {
        Route {
            path: concat!("/groups/{groupId}/apps/{appId}", $path),
            ..route!($method "" $success $handler, $summary)
        }
    };
}

/// In whose name a function runs.
const AS: &[&str] = &["run_as_system", "user_id"];
/// A change that ends sessions of devices is confirmed.
const CONFIRMED: &[&str] = &["bypass_service_change"];
const LOG: &[&str] =
    &["co_id", "end_date", "errors_only", "limit", "skip", "start_date", "type", "user_id"];
const SPAN: &[&str] = &["end", "granularity", "start"];

/// All routes.
pub(in crate::admin) fn table() -> Vec<Route> {
    let mut routes = vec![
        route!(get "/openapi.json" 200 openapi::serve, "This description", Anybody),
        route!(get "/auth/providers" 200 session::providers, "List ways to log in", Anybody),
        route!(post "/auth/providers/{provider}/login" 200 session::log_in, "Log in", Anybody),
        route!(get "/auth/profile" 200 session::profile, "Fetch the profile"),
        route!(post "/auth/session" 201 session::refresh, "Get an access token", Refresh),
        route!(delete "/auth/session" 204 session::log_out, "Log out", Refresh),
        route!(get "/provider_regions" 200 apps::provider_regions, "List regions"),
        route!(get "/groups/{groupId}/apps" 200 apps::list, "List apps"),
        route!(post "/groups/{groupId}/apps" 201 apps::create, "Create an app"),
        route!(get "/groups/{groupId}/measurements" 200 metrics::of_group, "Measure a project")
            .with(SPAN),
    ];
    routes.extend(of_app());
    routes.extend(of_services());
    routes.extend(of_users());
    routes
}

fn of_app() -> Vec<Route> {
    vec![
        app_route!(get "" 200 apps::fetch, "Fetch an app"),
        app_route!(delete "" 204 apps::delete, "Delete an app"),
        app_route!(put "/environment" 200 apps::set_environment, "Choose the environment"),
        app_route!(get "/measurements" 200 metrics::of_app, "Measure an app").with(SPAN),
        app_route!(get "/metrics" 200 metrics::of_app, "Measure an app").with(SPAN),
        app_route!(get "/logs" 200 logs::list, "Read the log").with(LOG),
        app_route!(get "/auth_providers" 200 providers::list, "List auth providers"),
        app_route!(post "/auth_providers" 201 providers::create, "Create an auth provider"),
        app_route!(get "/auth_providers/{providerId}" 200 providers::fetch, "Fetch an auth provider"),
        app_route!(patch "/auth_providers/{providerId}" 204 providers::patch, "Change an auth provider"),
        app_route!(delete "/auth_providers/{providerId}" 204 providers::delete, "Delete an auth provider"),
        app_route!(put "/auth_providers/{providerId}/enable" 204 providers::enable, "Enable an auth provider"),
        app_route!(put "/auth_providers/{providerId}/disable" 204 providers::disable, "Disable an auth provider"),
        app_route!(get "/schemas" 200 schemas::list, "List schemas"),
        app_route!(post "/schemas" 200 schemas::create, "Create a schema"),
        app_route!(get "/schemas/{schemaId}" 200 schemas::fetch, "Fetch a schema"),
        app_route!(put "/schemas/{schemaId}" 204 schemas::put, "Replace a schema"),
        app_route!(delete "/schemas/{schemaId}" 204 schemas::delete, "Delete a schema"),
        app_route!(put "/schemas/{schemaId}/time_series" 204 schemas::put_time_series, "Make the collection of a schema a time series"),
        app_route!(delete "/schemas/{schemaId}/time_series" 204 schemas::delete_time_series, "Make the collection of a schema an ordinary one"),
        app_route!(get "/schema_lock" 200 schemas::fetch_lock, "Fetch every version of the schemas that was accepted"),
        app_route!(put "/schema_lock" 204 schemas::put_lock, "Add accepted versions of the schemas"),
        app_route!(get "/validation_settings/null_type_schema_validation" 200 settings::fetch_null_validation, "Fetch whether null is accepted for optional properties"),
        app_route!(put "/validation_settings/null_type_schema_validation" 204 settings::put_null_validation, "Choose whether null is accepted for optional properties"),
        app_route!(get "/secrets" 200 secrets::list, "List secrets"),
        app_route!(post "/secrets" 201 secrets::create, "Create a secret"),
        app_route!(put "/secrets/{secretId}" 204 secrets::put, "Replace a secret"),
        app_route!(delete "/secrets/{secretId}" 204 secrets::delete, "Delete a secret"),
        app_route!(get "/values" 200 kept::list::<Values>, "List values"),
        app_route!(post "/values" 201 kept::create::<Values>, "Create a value"),
        app_route!(get "/values/{valueId}" 200 kept::fetch::<Values>, "Fetch a value"),
        app_route!(put "/values/{valueId}" 204 kept::put::<Values>, "Replace a value"),
        app_route!(delete "/values/{valueId}" 204 kept::delete::<Values>, "Delete a value"),
        app_route!(get "/triggers" 200 kept::list::<Triggers>, "List triggers, none of which runs"),
        app_route!(post "/triggers" 201 kept::create::<Triggers>, "Keep a trigger, which does not run"),
        app_route!(get "/triggers/{triggerId}" 200 kept::fetch::<Triggers>, "Fetch a trigger"),
        app_route!(put "/triggers/{triggerId}" 204 kept::put::<Triggers>, "Replace a trigger"),
        app_route!(delete "/triggers/{triggerId}" 204 kept::delete::<Triggers>, "Delete a trigger"),
        app_route!(get "/endpoints" 200 kept::list::<Endpoints>, "List endpoints, none of which is served"),
        app_route!(post "/endpoints" 201 kept::create::<Endpoints>, "Keep an endpoint, which is not served"),
        app_route!(get "/endpoints/{endpointId}" 200 kept::fetch::<Endpoints>, "Fetch an endpoint"),
        app_route!(put "/endpoints/{endpointId}" 200 kept::put_shown::<Endpoints>, "Replace an endpoint"),
        app_route!(delete "/endpoints/{endpointId}" 204 kept::delete::<Endpoints>, "Delete an endpoint"),
        app_route!(get "/environment_values" 200 environment_values::list, "List environment values"),
        app_route!(post "/environment_values" 201 environment_values::create, "Create an environment value"),
        app_route!(get "/environment_values/{environmentValueId}" 200 environment_values::fetch, "Fetch an environment value"),
        app_route!(put "/environment_values/{environmentValueId}" 204 environment_values::put, "Replace an environment value"),
        app_route!(delete "/environment_values/{environmentValueId}" 204 environment_values::delete, "Delete an environment value"),
        app_route!(get "/functions" 200 functions::list, "List functions"),
        app_route!(post "/functions" 201 functions::create, "Create a function"),
        app_route!(get "/functions/{functionId}" 200 functions::fetch, "Fetch a function"),
        app_route!(put "/functions/{functionId}" 204 functions::put, "Replace a function"),
        app_route!(delete "/functions/{functionId}" 204 functions::delete, "Delete a function"),
        app_route!(post "/debug/execute_function" 200 debug::execute, "Call a function as a user (`user_id`) or as the system (`run_as_system=true`)").with(AS),
        app_route!(post "/debug/execute_function_source" 200 debug::execute_source, "Run a source beside the functions of the app").with(AS),
        app_route!(get "/custom_user_data" 200 settings::fetch_user_data, "Fetch where custom user data is"),
        app_route!(patch "/custom_user_data" 204 settings::patch_user_data, "Choose where custom user data is"),
        app_route!(get "/data_api/config" 200 settings::fetch_data_api, "Fetch the settings of the Data API"),
        app_route!(post "/data_api/config" 201 settings::create_data_api, "Configure the Data API"),
        app_route!(patch "/data_api/config" 204 settings::patch_data_api, "Change the settings of the Data API"),
        app_route!(get "/data_api/versions" 200 settings::data_api_versions, "List versions of the Data API"),
        app_route!(get "/security/refresh_token_expiration" 200 settings::fetch_refresh_expiration, "Fetch how long refresh tokens last"),
        app_route!(put "/security/refresh_token_expiration" 204 settings::put_refresh_expiration, "Choose how long refresh tokens last"),
        app_route!(get "/security/allowed_request_origins" 200 settings::fetch_origins, "List allowed origins"),
        app_route!(post "/security/allowed_request_origins" 204 settings::set_origins, "Replace allowed origins"),
        app_route!(get "/security/access_list" 200 access_list::list, "List addresses that may reach the app; all may, if there are none"),
        app_route!(post "/security/access_list" 201 access_list::create, "Let an address or a network reach the app"),
        app_route!(patch "/security/access_list/{ipId}" 200 access_list::patch, "Change an entry of the access list"),
        app_route!(delete "/security/access_list/{ipId}" 204 access_list::delete, "Remove an entry of the access list"),
        app_route!(get "/deploy/config" 200 settings::fetch_deploy_config, "Fetch how changes are deployed"),
        app_route!(patch "/deploy/config" 204 settings::patch_deploy_config, "Choose how changes are deployed"),
        app_route!(get "/drafts" 200 deployments::list_drafts, "List your draft"),
        app_route!(post "/drafts" 201 deployments::create_draft, "Begin a draft"),
        app_route!(delete "/drafts/{draftId}" 204 deployments::discard_draft, "Discard a draft"),
        app_route!(post "/drafts/{draftId}/deployment" 201 deployments::deploy_draft, "Deploy a draft"),
        app_route!(get "/drafts/{draftId}/diff" 200 deployments::diff_draft, "Compare a draft with what is served"),
        app_route!(get "/deployments" 200 deployments::list, "List deployments"),
        app_route!(get "/deployments/{deploymentId}" 200 deployments::fetch, "Fetch a deployment"),
        app_route!(post "/deployments/{deploymentId}/redeploy" 204 deployments::redeploy, "Serve an earlier deployment again"),
        app_route!(get "/export" 200 transfer::export, "Download the app as a zip"),
        app_route!(post "/import" 204 transfer::import, "Replace the app; with `diff=true`, compare").with(&["diff"]),
        app_route!(get "/pull" 200 transfer::pull, "Download the app as JSON or zip"),
        app_route!(patch "/push" 204 transfer::push, "Replace the app"),
        app_route!(get "/sync/config" 200 sync::fetch_config, "Fetch whether development mode is on"),
        app_route!(put "/sync/config" 204 sync::put_config, "Switch development mode"),
        app_route!(get "/sync/state" 200 sync::state, "Fetch whether sync is on"),
        app_route!(get "/sync/progress" 200 sync::progress, "Fetch whether clients are accepted"),
        app_route!(get "/sync/schemas/versions" 200 sync::versions, "List versions of the schema"),
    ]
}

fn of_services() -> Vec<Route> {
    vec![
        app_route!(get "/services" 200 services::list, "List services"),
        app_route!(post "/services" 201 services::create, "Create a service"),
        app_route!(post "/multi_data_sources" 201 services::create_several, "Create several services"),
        app_route!(get "/services/{serviceId}" 200 services::fetch, "Fetch a service"),
        app_route!(patch "/services/{serviceId}" 200 services::patch, "Change a service").with(CONFIRMED),
        app_route!(delete "/services/{serviceId}" 204 services::delete, "Delete a service"),
        app_route!(get "/services/{serviceId}/config" 200 services::fetch_config, "Fetch the configuration of a service, sync included"),
        // A widely used description of the API has this path for reading.
        app_route!(get "/service/{serviceId}/config" 200 services::fetch_config, "Fetch the configuration of a service, sync included"),
        app_route!(patch "/services/{serviceId}/config" 204 services::patch_config, "Change the configuration of a service, sync included").with(CONFIRMED),
        app_route!(get "/services/{serviceId}/rules" 200 rules::list, "List rules of collections"),
        app_route!(post "/services/{serviceId}/rules" 201 rules::create, "Create rules of a collection"),
        app_route!(get "/services/{serviceId}/rules/{ruleId}" 200 rules::fetch, "Fetch rules of a collection"),
        app_route!(put "/services/{serviceId}/rules/{ruleId}" 200 rules::put, "Replace rules of a collection"),
        app_route!(delete "/services/{serviceId}/rules/{ruleId}" 204 rules::delete, "Delete rules of a collection"),
        app_route!(post "/services/{serviceId}/commands/generate_schema" 200 commands::generate_schema, "Make a schema for documents of a collection"),
        app_route!(post "/services/{serviceId}/commands/validate_documents" 200 commands::validate_documents, "Hold documents of a collection against a schema"),
        app_route!(get "/services/{serviceId}/default_rule" 200 rules::fetch_default, "Fetch the default rule"),
        app_route!(post "/services/{serviceId}/default_rule" 201 rules::create_default, "Create the default rule"),
        app_route!(put "/services/{serviceId}/default_rule" 204 rules::put_default, "Replace the default rule"),
        app_route!(delete "/services/{serviceId}/default_rule" 204 rules::delete_default, "Delete the default rule"),
    ]
}

fn of_users() -> Vec<Route> {
    vec![
        app_route!(get "/users" 200 users::list, "List users, 50 at a time: those behind `after`").with(&["after", "desc", "provider_types", "sort", "status"]),
        app_route!(post "/users" 201 users::create, "Create a user, or bring one of another server with its `_id`"),
        app_route!(post "/users/verify_token" 200 users::verify_token, "Read an access token of a user"),
        app_route!(get "/users/{userId}" 200 users::fetch, "Fetch a user"),
        app_route!(delete "/users/{userId}" 204 users::delete, "Delete a user"),
        app_route!(put "/users/{userId}/logout" 204 users::log_out, "End all sessions of a user"),
        app_route!(put "/users/{userId}/enable" 204 users::enable, "Let a user log in again"),
        app_route!(put "/users/{userId}/disable" 204 users::disable, "End all sessions of a user and refuse logins"),
        app_route!(patch "/users/{userId}/reset_email" 204 users::reset_email, "Give a user another e-mail address"),
        app_route!(get "/users/{userId}/devices" 200 users::devices, "List devices that a user is logged in with"),
        app_route!(get "/user_registrations/pending_users" 200 registrations::list, "List accounts that are not confirmed, 50 at a time").with(&["after"]),
        app_route!(delete "/user_registrations/by_email/{email}" 204 registrations::delete, "Delete an account that is not confirmed"),
        app_route!(post "/user_registrations/by_email/{email}/confirm" 204 registrations::confirm, "Confirm an account"),
        app_route!(post "/user_registrations/by_email/{email}/send_confirm" 200 registrations::send_confirmation, "Refused: the gateway sends no e-mail"),
        app_route!(post "/user_registrations/by_email/{email}/run_confirm" 202 registrations::run_confirmation, "Run the confirmation function again"),
        app_route!(get "/api_keys" 200 api_keys::list, "List server API keys"),
        app_route!(post "/api_keys" 201 api_keys::create, "Create a server API key, which is shown this once"),
        app_route!(get "/api_keys/{apiKeyId}" 200 api_keys::fetch, "Fetch a server API key"),
        app_route!(delete "/api_keys/{apiKeyId}" 204 api_keys::delete, "Delete a server API key"),
        app_route!(put "/api_keys/{apiKeyId}/enable" 204 api_keys::enable, "Let a server API key log in again"),
        app_route!(put "/api_keys/{apiKeyId}/disable" 204 api_keys::disable, "Refuse logins with a server API key"),
    ]
}

/// The Admin API below [`ADMIN`], and the probe that clients wait for a server with.
pub(crate) fn router(gateway: &Gateway) -> Router<Gateway> {
    let mut router =
        Router::new().route("/api/private/v1.0/version", routing::get(metrics::version));
    for route in table() {
        let handler = match route.access {
            Access::Administrator => {
                route.handler.layer(middleware::from_fn_with_state(gateway.clone(), guard))
            }
            Access::Anybody | Access::Refresh => route.handler,
        };
        router = router.route(&format!("{ADMIN}{}", route.path), handler);
    }
    router
}
