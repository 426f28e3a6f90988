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

/// Ends when it is dropped.
pub(crate) struct GatewayProcess {
    child: Child,
    pub(crate) url: String,
}

impl GatewayProcess {
    /// Starts a gateway that stores in `directory`, or in MongoDB.
    pub(crate) fn start(directory: &Path, mongodb: Option<&str>) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--gateway").arg(directory);
        if let Some(uri) = mongodb {
            command.arg("--mongodb").arg(uri);
        }
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
pub(crate) fn serve(directory: &Path, mongodb: Option<&str>) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let store: Arc<dyn Store> = match mongodb {
            Some(uri) => Arc::new(MongoStore::connect(uri).await?),
            None => Arc::new(EmbeddedStore::open(&directory.join("store")).await?),
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
