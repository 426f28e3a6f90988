//! Sockets: accepting, serving, draining.

mod connection;
mod tls;
mod upgrade;

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::Router;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

pub use self::tls::{Tls, TlsError};
#[cfg(test)]
pub(crate) use self::upgrade::stoppable;
pub(crate) use self::{
    connection::Encrypted,
    upgrade::{Stopping, Upgrade},
};

/// Most connections at once; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 16 * 1024;
/// Pause after an error of the system, which is most often "too many open files".
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A gateway on a socket.
///
/// Dropping it cuts all connections. Documents that a request had handed to the store may still
/// become durable; nobody was told so, and clients send them again.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    encrypted: bool,
    /// Tells the tasks below how to go on.
    phase: watch::Sender<Phase>,
    /// Accepts connections and owns the tasks that serve them.
    task: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serve,
    /// Requests that have begun are answered, no others.
    Drain,
    /// Nothing is answered any more.
    Abort,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Drained {
    /// Every request that had begun was answered.
    Completely,
    /// The deadline passed first, and connections were cut.
    CutOff,
}

impl Server {
    /// `background` runs for as long as connections are accepted.
    pub(crate) fn start(
        listener: TcpListener,
        router: Router,
        tls: Option<Tls>,
        background: BoxFuture<'static, ()>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let encrypted = tls.is_some();
        let (phase, watch) = watch::channel(Phase::Serve);
        let task = tokio::spawn(accept(listener, router, tls, background, watch));
        Ok(Self { address, encrypted, phase, task: Some(task) })
    }

    /// The address that connections are accepted on, with the port the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Base URL for clients on this machine.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        let scheme = if self.encrypted { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    /// Stops accepting, answers the requests that have begun, and closes; at the deadline it cuts
    /// off what is left. The address is free afterwards.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cuts all connections.
    pub async fn shutdown(mut self, deadline: Duration) -> Drained {
        self.phase.send_replace(Phase::Drain);
        if timeout(deadline, self.joined()).await.is_ok() {
            return Drained::Completely;
        }
        self.abort().await;
        Drained::CutOff
    }

    /// Cuts all connections at once, as if the process had been killed. The address is free
    /// afterwards.
    pub async fn abort(mut self) {
        self.phase.send_replace(Phase::Abort);
        self.joined().await;
    }

    /// Waits for the end of the task, which is left in place if the wait is given up.
    async fn joined(&mut self) {
        if let Some(task) = &mut self.task {
            if let Err(error) = task.await
                && error.is_panic()
            {
                tracing::error!("the task that accepts connections panicked");
            }
            self.task = None;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            // The connections go with it: their set belongs to the task.
            task.abort();
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    background: BoxFuture<'static, ()>,
    mut phase: watch::Receiver<Phase>,
) {
    let mut connections = JoinSet::new();
    let acceptor = tls.as_ref().map(Tls::acceptor);
    let reload = async {
        match &tls {
            Some(tls) => tls.watch().await,
            None => std::future::pending().await,
        }
    };
    let mut background = pin!(futures_util::future::join(background, reload).fuse());
    let mut watch = phase.clone();
    let mut stopped = pin!(leaves_serving(&mut watch));
    loop {
        let full = connections.len() >= MAX_CONNECTIONS;
        tokio::select! {
            () = &mut stopped => break,
            ((), ()) = &mut background => {}
            Some(ended) = connections.join_next() => log_panic(ended),
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, address)) => {
                    let (router, acceptor) = (router.clone(), acceptor.clone());
                    let serve = connection::serve(stream, address, router, acceptor, phase.clone());
                    connections.spawn(serve);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    loop {
        tokio::select! {
            () = aborts(&mut phase) => break,
            ended = connections.join_next() => match ended {
                Some(ended) => log_panic(ended),
                None => return,
            },
        }
    }
    connections.shutdown().await;
}

// In both: an error means that the server was dropped, and the caller's task with it.
async fn leaves_serving(phase: &mut watch::Receiver<Phase>) {
    drop(phase.wait_for(|phase| *phase != Phase::Serve).await);
}

async fn aborts(phase: &mut watch::Receiver<Phase>) {
    drop(phase.wait_for(|phase| *phase == Phase::Abort).await);
}

fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("a task that serves a connection panicked");
    }
}

#[cfg(test)]
mod tests;
