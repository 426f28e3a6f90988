//! Sockets: accepting, serving, draining.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

use crate::routes::Peer;

mod upgrade;

#[cfg(test)]
pub(crate) use upgrade::stoppable;
pub(crate) use upgrade::{Stopping, Upgrade};

/// Most connections at once; further ones wait in the system's queue.
const MAX_CONNECTIONS: usize = 16 * 1024;
/// How long the head of a request may take, counted from the end of the answer before it. Longer
/// than clients keep idle connections, so that it is they who close them.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// Pause after an error of the system, which is most often "too many open files".
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A gateway on a socket.
///
/// Dropping it cuts all connections. Documents that a request had handed to the store may still
/// become durable; nobody was told so, and clients send them again.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
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
    pub(crate) fn start(listener: TcpListener, router: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (phase, watch) = watch::channel(Phase::Serve);
        let task = tokio::spawn(accept(listener, router, watch));
        Ok(Self { address, phase, task: Some(task) })
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
        format!("http://{address}")
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

async fn accept(listener: TcpListener, router: Router, mut phase: watch::Receiver<Phase>) {
    let mut connections = JoinSet::new();
    let mut watch = phase.clone();
    let mut stopped = pin!(leaves_serving(&mut watch));
    loop {
        let full = connections.len() >= MAX_CONNECTIONS;
        tokio::select! {
            () = &mut stopped => break,
            Some(ended) = connections.join_next() => log_panic(ended),
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, router.clone(), phase.clone()));
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

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut phase: watch::Receiver<Phase>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off delays on a connection");
    }
    let upgrade = Upgrade::default();
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request| {
        request.extensions_mut().insert(upgrade.clone());
        request.extensions_mut().insert(Peer(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = leaves_serving(&mut phase) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match result {
        Ok(()) => upgrade.run(phase).await,
        Err(error) => tracing::debug!(%error, "connection ended early"),
    }
}

#[cfg(test)]
mod tests;
