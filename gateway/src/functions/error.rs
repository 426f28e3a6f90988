//! Functions that did not answer.

/// A function that was not called, or did not answer a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FunctionError {
    #[error("function not found: '{0}'")]
    NotFound(String),
    #[error("the function `{0}` is private")]
    Private(String),
    #[error("the function `{0}` may not be called by this user")]
    Denied(String),
    #[error("the endpoint may not be used by this user")]
    EndpointDenied,
    #[error("the app does not say as whom this runs: {0}")]
    RunAs(String),
    #[error("the function cannot be compiled: {0}")]
    Syntax(String),
    #[error("the function threw {name}: {message}")]
    Threw { name: String, message: String },
    #[error("the function ran for longer than {0} ms")]
    TimeLimit(u128),
    #[error("the function took more than {0} MiB of memory")]
    MemoryLimit(usize),
    #[error("the function waits for something that never happens")]
    NeverSettles,
    #[error("the function cannot answer this value: {0}")]
    Value(String),
    #[error("the gateway is shutting down")]
    ShuttingDown,
}
