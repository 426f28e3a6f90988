//! An address that stays its own while nobody listens on it.

use std::{io, net::SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// Listeners that wait to be accepted.
const BACKLOG: u32 = 64;

/// An address of the loopback interface for a server that goes away and comes back.
///
/// A socket that never listens keeps the port from everybody else; without it, another test may
/// get the port while the server is down. Who connects meanwhile is refused.
#[derive(Debug)]
pub struct ReservedAddress {
    address: SocketAddr,
    _reserved: TcpSocket,
}

impl ReservedAddress {
    /// Takes a free port.
    pub fn new() -> io::Result<Self> {
        let reserved = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        Ok(Self { address: reserved.local_addr()?, _reserved: reserved })
    }

    /// The address.
    #[must_use]
    pub const fn get(&self) -> SocketAddr {
        self.address
    }

    /// Listens. Needs a tokio runtime.
    pub fn listen(&self) -> io::Result<TcpListener> {
        bind(self.address)?.listen(BACKLOG)
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Beside the socket that reserves the port, and whatever lingers of a server that was killed.
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
