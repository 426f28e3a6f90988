//! Calling functions of an app.

use std::{net::IpAddr, sync::Arc};

use bson::{Bson, Document, doc};
use serde_json::Value;
use tokio::{runtime::Handle, sync::Semaphore, task};

use super::{
    FunctionError, Limits,
    sandbox::{self, Call},
};
use crate::{
    apps::{App, Function},
    rules::{Documents, Expression, Functions, Scope},
};

/// Functions that run at once.
const MAX_PARALLEL: usize = 8;

/// Runs functions. Clones share the limit of how many run at once.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    permits: Arc<Semaphore>,
    limits: Limits,
}

/// Who asks, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    /// Address of the other end of the connection, where there is one.
    pub(crate) address: Option<IpAddr>,
    /// The user as expansions know it; empty, if nobody is logged in.
    pub(crate) user: Document,
    pub(crate) method: String,
    pub(crate) headers: Document,
    pub(crate) query: String,
}

/// What came of a call, and the lines that the function wrote.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) result: Result<Bson, FunctionError>,
    pub(crate) lines: Vec<String>,
}

impl Caller {
    /// What `%%request` and `context.request` know.
    fn request(&self) -> Document {
        doc! {
            "httpMethod": &self.method,
            "remoteIPAddress": self.address.map(|address| address.to_canonical().to_string()),
            "requestHeaders": self.headers.clone(),
            "rawQueryString": &self.query,
            "httpUserAgent": self.headers.get("User-Agent").cloned().unwrap_or(Bson::Null),
        }
    }

    /// Everything that expressions and functions of an app may know of a request.
    pub(crate) fn known(&self, app: &App) -> Document {
        let config = &app.config;
        let values = config.values.values().filter(|value| !value.from_secret);
        let values = values.map(|value| (value.name.clone(), to_bson(&value.value)));
        let tag = &config.settings.environment;
        let name = if tag.is_empty() { "no-environment" } else { tag };
        let environment = config.environments.get(name);
        let environment = environment.map(|values| to_bson(&Value::Object(values.clone())));
        let mut known = doc! {
            "values": values.collect::<Document>(),
            "environment": { "tag": tag, "values": environment.unwrap_or_else(|| doc! {}.into()) },
            "request": self.request(),
        };
        if !self.user.is_empty() {
            known.insert("user", self.user.clone());
        }
        known
    }
}

fn to_bson(value: &Value) -> Bson {
    Bson::try_from(value.clone()).unwrap_or(Bson::Null)
}

impl Engine {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_PARALLEL)), limits }
    }

    /// Calls a function for a client: neither a private one, nor one that its rule forbids.
    pub(crate) async fn call(
        &self,
        app: &Arc<App>,
        name: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<Bson, FunctionError> {
        let function = find(app, name)?;
        if function.private {
            return Err(FunctionError::Private(name.to_owned()));
        }
        let may = function.can_evaluate.clone().filter(|value| !value.is_null());
        let system = function.run_as_system;
        let (app, name, caller) = (Arc::clone(app), name.to_owned(), caller.clone());
        let limits = self.limits;
        self.run(move || {
            if let Some(may) = may {
                let functions = Callable { app: &app, caller: &caller, limits };
                check(&may, &name, &app, &caller, &functions)?;
            }
            call(&app, &name, arguments, &caller, system, limits)
        })
        .await
    }

    /// Whether an expression of the app lets the caller in; without one, everybody is.
    pub(crate) async fn may_evaluate(
        &self,
        app: &Arc<App>,
        expression: Option<&Value>,
        caller: &Caller,
    ) -> Result<(), FunctionError> {
        let Some(may) = expression.filter(|value| !value.is_null()).cloned() else {
            return Ok(());
        };
        let (app, caller, limits) = (Arc::clone(app), caller.clone(), self.limits);
        self.run(move || {
            let functions = Callable { app: &app, caller: &caller, limits };
            check(&may, "endpoint", &app, &caller, &functions)
        })
        .await
    }

    /// Calls a function for the gateway itself, whatever its rule says.
    pub(crate) async fn call_system(
        &self,
        app: &App,
        name: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<Bson, FunctionError> {
        find(app, name)?;
        let (app, name, caller) = (app.clone(), name.to_owned(), caller.clone());
        let limits = self.limits;
        self.run(move || call(&app, &name, arguments, &caller, true, limits)).await
    }

    /// Calls a function for somebody who wants to see what it does.
    pub(crate) async fn observe(
        &self,
        app: &App,
        name: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
        system: bool,
    ) -> Result<Outcome, FunctionError> {
        let system = find(app, name)?.run_as_system || system;
        let (app, name, caller) = (app.clone(), name.to_owned(), caller.clone());
        let limits = self.limits;
        self.run(move || observed(&app, &name, arguments, &caller, system, limits)).await
    }

    /// Runs work that may call functions on a thread that may wait for them.
    pub(crate) async fn with_functions<T: Send + 'static>(
        &self,
        app: &Arc<App>,
        caller: &Caller,
        work: impl FnOnce(&Scope<'_>) -> T + Send + 'static,
    ) -> Result<T, FunctionError> {
        let (app, caller, limits) = (Arc::clone(app), caller.clone(), self.limits);
        self.run(move || {
            let functions = Callable { app: &app, caller: &caller, limits };
            scope(&app, &caller, &functions).map(|scope| work(&scope))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, FunctionError> + Send + 'static,
    ) -> Result<T, FunctionError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| FunctionError::ShuttingDown)?;
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        debug_assert!(Handle::try_current().is_ok(), "functions are called from the runtime");
        task::spawn_blocking(work).await.map_err(|_| FunctionError::ShuttingDown)?
    }
}

/// What expressions know of a request.
pub(crate) fn scope<'a>(
    app: &App,
    caller: &Caller,
    functions: &'a dyn Functions,
) -> Result<Scope<'a>, FunctionError> {
    Scope::new(&caller.known(app), functions)
        .ok_or_else(|| FunctionError::Value("a key with a NUL".to_owned()))
}

fn check(
    may: &Value,
    name: &str,
    app: &App,
    caller: &Caller,
    functions: &dyn Functions,
) -> Result<(), FunctionError> {
    let denied = || FunctionError::Denied(name.to_owned());
    let expression = Expression::compile(may)
        .map_err(|error| FunctionError::Syntax(format!("can_evaluate: {error}")))?;
    let bound = expression.bind(&scope(app, caller, functions)?).map_err(|error| {
        tracing::warn!(function = name, %error, "can_evaluate failed");
        denied()
    })?;
    if bound.matches(Documents::default()) { Ok(()) } else { Err(denied()) }
}

/// The functions of an app, for expressions.
#[derive(Debug)]
struct Callable<'a> {
    app: &'a App,
    caller: &'a Caller,
    limits: Limits,
}

impl Functions for Callable<'_> {
    fn call(&self, name: &str, arguments: Vec<Bson>) -> Result<Bson, String> {
        find(self.app, name)
            .and_then(|_| call(self.app, name, arguments, self.caller, true, self.limits))
            .map_err(|error| error.to_string())
    }
}

fn find<'a>(app: &'a App, name: &str) -> Result<&'a Function, FunctionError> {
    app.config.function(name).ok_or_else(|| FunctionError::NotFound(name.to_owned()))
}

fn call(
    app: &App,
    name: &str,
    arguments: Vec<Bson>,
    caller: &Caller,
    system: bool,
    limits: Limits,
) -> Result<Bson, FunctionError> {
    let Outcome { result, lines } = observed(app, name, arguments, caller, system, limits)?;
    for line in &lines {
        tracing::info!(app = app.client_app_id, function = name, "{line}");
    }
    result
}

fn observed(
    app: &App,
    name: &str,
    arguments: Vec<Bson>,
    caller: &Caller,
    system: bool,
    limits: Limits,
) -> Result<Outcome, FunctionError> {
    let functions = app.config.functions.iter();
    let mut context = caller.known(app);
    context.insert("system", system);
    let call = Call {
        functions: functions.map(|f| (f.name.as_str(), f.source.as_str())).collect(),
        name,
        arguments: Bson::Array(arguments).into_canonical_extjson().to_string(),
        context: Bson::Document(context).into_canonical_extjson().to_string(),
    };
    let returned = sandbox::run(&call, limits)?;
    let unreadable = |error: &dyn std::fmt::Display| FunctionError::Value(error.to_string());
    let result = returned.value.and_then(|value| {
        let value: Value = serde_json::from_str(&value).map_err(|error| unreadable(&error))?;
        Bson::try_from(value).map_err(|error| unreadable(&error))
    });
    Ok(Outcome { result, lines: returned.lines })
}
