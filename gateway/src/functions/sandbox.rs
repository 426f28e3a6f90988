//! One call in an interpreter of its own. Blocks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Function, Runtime, context::EvalOptions,
};

use super::FunctionError;

/// What runs before any function: types of BSON, extended JSON, `context`, `console`.
const PRELUDE: &str = include_str!("prelude.js");
/// Depth of calls, in bytes of stack. Threads have 2 MiB.
const STACK_BYTES: usize = 512 * 1024;
/// The interpreter itself, before anything runs in it, takes about 1 MiB.
const LEAST_MEMORY: usize = 2 * 1024 * 1024;

/// What a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Time from the first instruction to the answer.
    pub(crate) time: Duration,
    /// Bytes of all values at once.
    pub(crate) memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), memory: 64 * 1024 * 1024 }
    }
}

/// A call, as text.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// Names and sources of all functions that may be called.
    pub(super) functions: Vec<(&'a str, &'a str)>,
    /// Which one is called.
    pub(super) name: &'a str,
    /// Array in extended JSON.
    pub(super) arguments: String,
    /// Object in extended JSON.
    pub(super) context: String,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Returned {
    /// The value in extended JSON, or what was thrown in its place.
    pub(super) value: Result<String, FunctionError>,
    /// Lines that the function wrote.
    pub(super) lines: Vec<String>,
}

/// Runs a call to its end, or to its limits.
pub(super) fn run(call: &Call<'_>, limits: Limits) -> Result<Returned, FunctionError> {
    let broken = |error: rquickjs::Error| FunctionError::Value(error.to_string());
    let runtime = Runtime::new().map_err(broken)?;
    runtime.set_memory_limit(limits.memory.max(LEAST_MEMORY));
    runtime.set_max_stack_size(STACK_BYTES);
    let deadline = Instant::now() + limits.time;
    let late = Arc::new(AtomicBool::new(false));
    runtime.set_interrupt_handler(Some(Box::new({
        let late = Arc::clone(&late);
        move || {
            let over = Instant::now() >= deadline;
            if over {
                late.store(true, Ordering::Relaxed);
            }
            over
        }
    })));
    let context = Context::full(&runtime).map_err(broken)?;
    let result = context.with(|ctx| {
        start(&ctx, call)?;
        // What a function awaits is done by jobs; without any left, nothing will happen any more.
        while !late.load(Ordering::Relaxed) && ctx.execute_pending_job() {}
        finish(&ctx)
    });
    if late.load(Ordering::Relaxed) {
        return Err(FunctionError::TimeLimit(limits.time.as_millis()));
    }
    let explain = |error| match error {
        FunctionError::Threw { name, message }
            if name == "InternalError" && message == "out of memory" =>
        {
            FunctionError::MemoryLimit(limits.memory / (1024 * 1024))
        }
        error => error,
    };
    let returned = result.map_err(explain)?;
    Ok(Returned { value: returned.value.map_err(explain), ..returned })
}

fn start(ctx: &Ctx<'_>, call: &Call<'_>) -> Result<(), FunctionError> {
    evaluate::<()>(ctx, PRELUDE, "prelude.js")?;
    let define: Function<'_> = ctx.globals().get("__define").catch(ctx).map_err(threw)?;
    for (name, source) in &call.functions {
        // A line of its own, so that a comment at the end of the source ends there.
        let wrapped = format!(
            "(function () {{ let exports; const module = {{}};\n{source}\n\
             ;return exports !== undefined ? exports : module.exports; }})"
        );
        match evaluate::<Function<'_>>(ctx, &wrapped, &format!("{name}.js")) {
            Ok(function) => {
                define.call::<_, ()>((*name, function)).catch(ctx).map_err(threw)?;
            }
            // Only a function that is called must be good.
            Err(FunctionError::Threw { message, .. }) if *name == call.name => {
                return Err(FunctionError::Syntax(message));
            }
            Err(FunctionError::Threw { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let start: Function<'_> = ctx.globals().get("__start").catch(ctx).map_err(threw)?;
    let arguments = (call.name, call.arguments.as_str(), call.context.as_str());
    start.call::<_, ()>(arguments).catch(ctx).map_err(threw)
}

fn finish(ctx: &Ctx<'_>) -> Result<Returned, FunctionError> {
    let take: Function<'_> = ctx.globals().get("__finish").catch(ctx).map_err(threw)?;
    let (state, value, name, lines): (String, String, String, Vec<String>) =
        take.call::<_, Vec<rquickjs::Value<'_>>>(()).catch(ctx).map_err(threw).and_then(
            |parts| {
                let [state, value, name, lines] = parts.as_slice() else {
                    return Err(FunctionError::NeverSettles);
                };
                let text =
                    |value: &rquickjs::Value<'_>| value.get::<String>().catch(ctx).map_err(threw);
                let lines = lines.get::<Vec<String>>().catch(ctx).map_err(threw)?;
                Ok((text(state)?, text(value)?, text(name)?, lines))
            },
        )?;
    match state.as_str() {
        "fulfilled" => Ok(Returned { value: Ok(value), lines }),
        "rejected" => {
            Ok(Returned { value: Err(FunctionError::Threw { name, message: value }), lines })
        }
        _ => Ok(Returned { value: Err(FunctionError::NeverSettles), lines }),
    }
}

fn evaluate<'js, T: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    source: &str,
    file: &str,
) -> Result<T, FunctionError> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(file.to_owned());
    ctx.eval_with_options(source, options).catch(ctx).map_err(threw)
}

#[expect(clippy::needless_pass_by_value, reason = "is handed to `map_err`")]
fn threw(error: CaughtError<'_>) -> FunctionError {
    match &error {
        CaughtError::Exception(exception) => FunctionError::Threw {
            name: exception.get::<_, String>("name").unwrap_or_else(|_| "Error".to_owned()),
            message: exception.message().unwrap_or_default(),
        },
        // The interpreter has no memory left even for an error.
        CaughtError::Error(rquickjs::Error::Allocation) => FunctionError::Threw {
            name: "InternalError".to_owned(),
            message: "out of memory".to_owned(),
        },
        other => FunctionError::Threw { name: "Error".to_owned(), message: other.to_string() },
    }
}
