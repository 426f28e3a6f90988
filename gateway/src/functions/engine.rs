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
    ejson,
    rules::{Documents, Expression, Functions, NoFunctions, Scope},
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
    /// Rules do not apply: the app says that this runs with all rights.
    pub(crate) system: bool,
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
        let header = |name: &str| self.headers.get(name).cloned().unwrap_or(Bson::Null);
        doc! {
            "httpMethod": &self.method,
            "httpReferrer": header("Referer"),
            "httpUserAgent": header("User-Agent"),
            "rawQueryString": &self.query,
            "remoteIPAddress": self.address.map(|address| address.to_canonical().to_string()),
            "requestHeaders": self.headers.clone(),
        }
    }

    /// Everything that expressions and functions of an app may know of a request.
    pub(crate) fn known(&self, app: &App) -> Document {
        let mut known = app.rules.known().clone();
        known.insert("request", self.request());
        if !self.user.is_empty() {
            known.insert("user", self.user.clone());
        }
        known
    }
}

impl Engine {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_PARALLEL)), limits }
    }

    /// Whether a client may call a function: it is neither private, nor does its rule forbid it.
    pub(crate) async fn check_call(
        &self,
        app: &Arc<App>,
        name: &str,
        arguments: &[Bson],
        caller: &Caller,
    ) -> Result<(), FunctionError> {
        if find(app, name)?.private {
            return Err(FunctionError::Private(name.to_owned()));
        }
        let denied = || FunctionError::Denied(name.to_owned());
        self.check(app, app.rules.of_function(name), arguments, caller)
            .await?
            .then_some(())
            .ok_or_else(denied)
    }

    /// Whether the app lets the caller use its Data API.
    pub(crate) async fn check_data_api(
        &self,
        app: &Arc<App>,
        caller: &Caller,
    ) -> Result<(), FunctionError> {
        let denied = || FunctionError::EndpointDenied;
        self.check(app, app.rules.of_data_api(), &[], caller)
            .await?
            .then_some(())
            .ok_or_else(denied)
    }

    async fn check(
        &self,
        app: &Arc<App>,
        expression: Option<&Expression>,
        arguments: &[Bson],
        caller: &Caller,
    ) -> Result<bool, FunctionError> {
        let Some(expression) = expression else { return Ok(true) };
        let mut known = caller.known(app);
        known.insert("args", arguments.to_vec());
        if !expression.has_calls() {
            return holds(expression, &known, &NoFunctions);
        }
        let expression = expression.clone();
        let functions = self.callable(app, caller);
        self.run(move || holds(&expression, &known, &functions)).await
    }

    /// Calls a function, whatever its rule says.
    pub(crate) async fn call(
        &self,
        app: &App,
        name: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<Bson, FunctionError> {
        find(app, name)?;
        let (app, name, caller) = (app.clone(), name.to_owned(), caller.clone());
        let limits = self.limits;
        self.run(move || call(&app, &name, None, arguments, &caller, limits)).await
    }

    /// The same with all rights, for the gateway itself.
    pub(crate) async fn call_system(
        &self,
        app: &App,
        name: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<Bson, FunctionError> {
        let caller = Caller { system: true, ..caller.clone() };
        self.call(app, name, arguments, &caller).await
    }

    /// Calls a function that stands in the settings of something, with all rights.
    pub(crate) async fn call_script(
        &self,
        app: &Arc<App>,
        script: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<Bson, FunctionError> {
        /// No function has a name with a blank in front.
        const NAME: &str = " script";
        let (app, script) = (Arc::clone(app), script.to_owned());
        let (caller, limits) = (Caller { system: true, ..caller.clone() }, self.limits);
        self.run(move || call(&app, NAME, Some(&script), arguments, &caller, limits)).await
    }

    /// The functions of an app, for expressions. A call blocks.
    pub(crate) fn callable(&self, app: &Arc<App>, caller: &Caller) -> Callable {
        let caller = Caller { system: true, ..caller.clone() };
        Callable { app: Arc::clone(app), caller, limits: self.limits }
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
        let caller = Caller { system, ..caller.clone() };
        let (app, name, limits) = (app.clone(), name.to_owned(), self.limits);
        self.run(move || observed(&app, &name, None, arguments, &caller, limits)).await
    }

    /// Runs work that may call functions on a thread that may wait for them.
    pub(crate) async fn with_functions<T: Send + 'static>(
        &self,
        app: &Arc<App>,
        caller: &Caller,
        work: impl FnOnce(&Scope<'_>) -> T + Send + 'static,
    ) -> Result<T, FunctionError> {
        let functions = self.callable(app, caller);
        let known = caller.known(app);
        self.run(move || scope_of(&known, &functions).map(|scope| work(&scope))).await
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
    scope_of(&caller.known(app), functions)
}

fn scope_of<'a>(
    known: &Document,
    functions: &'a dyn Functions,
) -> Result<Scope<'a>, FunctionError> {
    Scope::new(known, functions).ok_or_else(|| FunctionError::Value("a key with a NUL".to_owned()))
}

/// Whether an expression holds; it does not if a function that it calls fails.
fn holds(
    expression: &Expression,
    known: &Document,
    functions: &dyn Functions,
) -> Result<bool, FunctionError> {
    match expression.bind(&scope_of(known, functions)?) {
        Ok(bound) => Ok(bound.matches(Documents::default())),
        Err(error) => {
            tracing::warn!(%error, "a `can_evaluate` failed");
            Ok(false)
        }
    }
}

/// The functions of an app, for expressions.
#[derive(Clone, Debug)]
pub(crate) struct Callable {
    app: Arc<App>,
    caller: Caller,
    limits: Limits,
}

impl Functions for Callable {
    fn call(&self, name: &str, arguments: Vec<Bson>) -> Result<Bson, String> {
        find(&self.app, name)
            .and_then(|_| call(&self.app, name, None, arguments, &self.caller, self.limits))
            .map_err(|error| error.to_string())
    }
}

fn find<'a>(app: &'a App, name: &str) -> Result<&'a Function, FunctionError> {
    app.config.function(name).ok_or_else(|| FunctionError::NotFound(name.to_owned()))
}

fn call(
    app: &App,
    name: &str,
    script: Option<&str>,
    arguments: Vec<Bson>,
    caller: &Caller,
    limits: Limits,
) -> Result<Bson, FunctionError> {
    let Outcome { result, lines } = observed(app, name, script, arguments, caller, limits)?;
    for line in &lines {
        tracing::info!(app = app.client_app_id, function = name, "{line}");
    }
    result
}

fn observed(
    app: &App,
    name: &str,
    script: Option<&str>,
    arguments: Vec<Bson>,
    caller: &Caller,
    limits: Limits,
) -> Result<Outcome, FunctionError> {
    let functions = app.config.functions.iter();
    let functions = functions.map(|function| (function.name.as_str(), function.source.as_str()));
    let mut context = caller.known(app);
    context.insert("system", caller.system);
    let call = Call {
        functions: functions.chain(script.map(|script| (name, script))).collect(),
        name,
        arguments: ejson::canonical(Bson::Array(arguments)).to_string(),
        context: ejson::canonical(Bson::Document(context)).to_string(),
    };
    let returned = sandbox::run(&call, limits)?;
    let unreadable = |error: &dyn std::fmt::Display| FunctionError::Value(error.to_string());
    let result = returned.value.and_then(|value| {
        let value: Value = serde_json::from_str(&value).map_err(|error| unreadable(&error))?;
        ejson::to_bson(value).map_err(|error| unreadable(&error))
    });
    Ok(Outcome { result, lines: returned.lines })
}
