//! Connections that stop speaking HTTP.
//!
//! A handler that wants the connection leaves a [`Task`] in its [`Upgrade`]; when the answer has
//! gone out, the task that serves the connection runs it. So web sockets belong to the server like
//! all other connections: they are drained and cut with them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::Extensions;
use futures_util::future::BoxFuture;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;

use super::Phase;

/// Serves what was a connection of HTTP.
type Task = Box<dyn FnOnce(TokioIo<Upgraded>, Stopping) -> BoxFuture<'static, ()> + Send>;

/// Where a handler leaves the task that takes the connection over.
#[derive(Clone, Default)]
pub(crate) struct Upgrade(Arc<Mutex<Option<(OnUpgrade, Task)>>>);

impl Upgrade {
    /// Lets `task` take the connection over when the answer to this request, which must be
    /// "101 Switching Protocols", has gone out. `false` if the connection cannot be taken over: the
    /// request did not come over one that this server accepted.
    pub(crate) fn take_over<F>(
        extensions: &mut Extensions,
        task: impl FnOnce(TokioIo<Upgraded>, Stopping) -> F + Send + 'static,
    ) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (Some(Self(slot)), Some(upgraded)) =
            (extensions.get::<Self>().cloned(), extensions.remove::<OnUpgrade>())
        else {
            return false;
        };
        let task: Task = Box::new(|stream, stopping| Box::pin(task(stream, stopping)));
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some((upgraded, task));
        true
    }

    /// Runs the task that was left, if any, to its end.
    pub(super) async fn run(self, phase: watch::Receiver<Phase>) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((upgraded, task)) = left else { return };
        match upgraded.await {
            Ok(stream) => task(TokioIo::new(stream), Stopping(phase)).await,
            Err(error) => tracing::debug!(%error, "connection ended before it was taken over"),
        }
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upgrade")
    }
}

/// Tells a connection that was taken over when to end.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(watch::Receiver<Phase>);

impl Stopping {
    /// Returns when the server stops; the connection shall end soon, or it is cut.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping the future.
    pub(crate) async fn stops(&mut self) {
        super::leaves_serving(&mut self.0).await;
    }
}

/// For tests: what stops, when the first part is dropped.
#[cfg(test)]
pub(crate) fn stoppable() -> (impl Drop, Stopping) {
    let (phase, watch) = watch::channel(Phase::Serve);
    (phase, Stopping(watch))
}
