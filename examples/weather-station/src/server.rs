//! The gateway's side: where documents are stored, and a gateway inside this process.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use asymmetric_gateway::{EmbeddedStore, Gateway, MongoStore, Namespace, Server, Store};
use futures_util::TryStreamExt as _;
use tokio::net::TcpSocket;

use crate::caller::{COLLECTION, Caller, DATABASE};

/// The store of a gateway: MongoDB, or files below `directory`.
pub(crate) async fn store(mongodb: Option<&str>, directory: &Path) -> Result<Arc<dyn Store>> {
    Ok(match mongodb {
        Some(uri) => Arc::new(MongoStore::connect(uri).await.context("MongoDB")?),
        None => Arc::new(EmbeddedStore::open(directory).await.context("the embedded store")?),
    })
}

/// Who is asked what has arrived.
pub(crate) enum Witness {
    /// The store that the gateway writes into.
    Store(Arc<dyn Store>),
    /// A gateway for development whose store cannot be opened from here.
    Gateway(Caller),
}

impl Witness {
    /// How many documents of the station are in the store.
    pub(crate) async fn count(&self, station: &str) -> Result<u64> {
        match self {
            Self::Store(store) => count(&**store, station).await,
            Self::Gateway(caller) => caller.count(station).await,
        }
    }
}

async fn count(store: &dyn Store, station: &str) -> Result<u64> {
    let namespace = Namespace::new(DATABASE, COLLECTION)?;
    let mut documents = store.find(&namespace);
    let mut found = 0;
    while let Some(document) = documents.try_next().await? {
        found += u64::from(document.get_str("station").is_ok_and(|s| s == station));
    }
    Ok(found)
}

/// A port of this machine that is reserved while nobody listens: connections are refused, as by
/// a gateway that is down.
pub(crate) struct Port {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Port {
    pub(crate) fn reserve() -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts a gateway that listens here.
    pub(crate) async fn serve(self, store: Arc<dyn Store>) -> Result<Server> {
        let gateway = Gateway::builder(store).dev(true).build().await.context("the gateway")?;
        Ok(gateway.serve(self.socket.listen(1024)?)?)
    }
}

/// Ends the gateway after everything has been answered.
pub(crate) async fn shut_down(server: Server) {
    // Everything is acknowledged and counted by now; nothing depends on who is cut off.
    let _drained = server.shutdown(Duration::from_secs(5)).await;
}
