//! A gateway in a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use asymmetric_gateway::{EmbeddedStore, Gateway, MongoStore, Store};
use tokio::net::TcpListener;

use crate::nothing::Nothing;

/// Where a gateway stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreAt {
    /// In its directory.
    Embedded,
    /// Nowhere: what a client sends is acknowledged and forgotten.
    Nothing,
    MongoDb(String),
}

impl StoreAt {
    /// As one argument of the process.
    fn argument(&self) -> &str {
        match self {
            Self::Embedded => "embedded",
            Self::Nothing => "nothing",
            Self::MongoDb(uri) => uri,
        }
    }

    fn of(argument: &str) -> Self {
        match argument {
            "embedded" => Self::Embedded,
            "nothing" => Self::Nothing,
            uri => Self::MongoDb(uri.to_owned()),
        }
    }
}

/// Ends when it is dropped.
pub(crate) struct GatewayProcess {
    child: Child,
    pub(crate) url: String,
}

impl GatewayProcess {
    /// Starts a gateway that may use `directory`.
    pub(crate) fn start(directory: &Path, store: &StoreAt) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--gateway").arg(directory).args(["--store", store.argument()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("the output of the gateway")?;
        let mut url = String::new();
        BufReader::new(stdout).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _status = self.child.wait();
    }
}

/// Serves until the input ends.
pub(crate) fn serve(directory: &Path, store: &str) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let embedded = async || EmbeddedStore::open(&directory.join("store")).await;
        let store: Arc<dyn Store> = match StoreAt::of(store) {
            StoreAt::MongoDb(uri) => Arc::new(MongoStore::connect(&uri).await?),
            StoreAt::Embedded => Arc::new(embedded().await?),
            StoreAt::Nothing => Arc::new(Nothing { system: Arc::new(embedded().await?) }),
        };
        let gateway = Gateway::builder(store).dev(true).build().await?;
        let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await?)?;
        println!("{}", server.url());
        std::io::stdout().flush()?;
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        end.await??;
        server.abort().await;
        Ok(())
    })
}
