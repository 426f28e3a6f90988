//! A TCP proxy that is a bad network on demand.
//!
//! ```text
//! client ── connection ──► TcpProxy ── connection ──► target
//!                             │
//!                             └─ Mode: read again for every chunk of bytes, so that a change
//!                                applies to connections that already exist
//! ```
//!
//! Every connection is a task in the set of the accepting task, which [`TcpProxy`] owns: dropping
//! the proxy ends them all.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinSet,
};

/// What the proxy does with bytes and connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Passes everything on.
    Forward,
    /// Passes everything on, each chunk of bytes this much later.
    Delay(Duration),
    /// Passes so many bytes a second on, in each direction of each connection.
    Throttle(u32),
    /// Closes new connections at once. Those that exist go on; see [`TcpProxy::cut`].
    Refuse,
    /// Passes requests on, and swallows the answers: as soon as the target answers on a
    /// connection, that connection is cut. The client cannot know whether its request was served.
    DropAnswers,
}

/// What connections watch.
#[derive(Clone, Copy, Debug)]
struct Orders {
    mode: Mode,
    /// How often all connections were cut.
    cuts: u64,
}

/// A proxy on a free port of the loopback interface.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use asymmetric_testkit::{Mode, TcpProxy};
///
/// # let server = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let target = server.local_addr()?;
/// let proxy = TcpProxy::start(target).await?;
/// // ... the client connects to `proxy.address()` ...
/// proxy.set(Mode::Refuse); // the network is down for new connections,
/// proxy.cut(); // and for those that exist
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    orders: watch::Sender<Orders>,
    dropped: watch::Receiver<u64>,
    /// The accepting task; aborted when the set is dropped.
    _tasks: JoinSet<()>,
}

impl TcpProxy {
    /// Starts to forward to `target`.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (orders, watched) = watch::channel(Orders { mode: Mode::Forward, cuts: 0 });
        let (counter, dropped) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, target, watched, counter));
        Ok(Self { address, orders, dropped, _tasks: tasks })
    }

    /// Address for clients to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens to bytes and connections from now on.
    pub fn set(&self, mode: Mode) {
        self.orders.send_modify(|orders| orders.mode = mode);
    }

    /// Cuts every connection that exists.
    pub fn cut(&self) {
        self.orders.send_modify(|orders| orders.cuts += 1);
    }

    /// How many answers were swallowed so far.
    pub fn answers_dropped(&self) -> u64 {
        *self.dropped.borrow()
    }

    /// Waits until at least `count` answers were swallowed.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn wait_for_answers_dropped(&self, count: u64) {
        let mut dropped = self.dropped.clone();
        dropped
            .wait_for(|dropped| *dropped >= count)
            .await
            .expect("the accepting task holds the sender until the proxy is dropped");
    }
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    orders: watch::Receiver<Orders>,
    dropped: watch::Sender<u64>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that the client gave up before it was accepted is no reason to stop.
                let Ok((client, _)) = accepted else { continue };
                // Read together: a connection accepted before `Refuse` is cut by a later `cut`.
                let Orders { mode, cuts } = *orders.borrow();
                if mode != Mode::Refuse {
                    connections.spawn(serve(client, target, cuts, orders.clone(), dropped.clone()));
                }
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

/// One connection, until either side or the proxy ends it. Errors end it too: that is what a
/// client of a broken network sees.
async fn serve(
    client: TcpStream,
    target: SocketAddr,
    cuts: u64,
    mut orders: watch::Receiver<Orders>,
    dropped: watch::Sender<u64>,
) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (up, down) = (orders.clone(), orders.clone());
    tokio::select! {
        _ended = async {
            tokio::try_join!(
                pump(from_client, to_server, up, None),
                pump(from_server, to_client, down, Some(&dropped)),
            )
        } => {}
        _cut = orders.wait_for(|orders| orders.cuts != cuts) => {}
    }
}

/// Copies one direction. `dropped` counts swallowed answers, and marks the direction that has them.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    orders: watch::Receiver<Orders>,
    dropped: Option<&watch::Sender<u64>>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        let mode = orders.borrow().mode;
        match (mode, dropped) {
            (Mode::DropAnswers, Some(dropped)) => {
                dropped.send_modify(|dropped| *dropped += 1);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            (Mode::Delay(delay), _) => tokio::time::sleep(delay).await,
            (Mode::Throttle(bytes_per_second), _) => {
                let length = u32::try_from(length).expect("read at most a buffer");
                tokio::time::sleep(Duration::from_secs(1) * length / bytes_per_second.max(1)).await;
            }
            (Mode::Forward | Mode::Refuse | Mode::DropAnswers, _) => {}
        }
        to.write_all(buffer.get(..length).expect("read at most a buffer")).await?;
    }
}
