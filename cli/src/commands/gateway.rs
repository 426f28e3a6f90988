//! `asymmetric gateway`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use asymmetric_gateway::{BuildError, Drained, Gateway, Server, apps::AppFiles};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::{exit::Exit, failure::Failure, store::StoreAt};

/// Options of the gateway.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where objects go: `embedded:DIR` or a MongoDB connection string
    #[arg(long, value_name = "STORE", env = "ASYMMETRIC_STORE", hide_env_values = true)]
    store: StoreAt,
    /// Address to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDR", env = "ASYMMETRIC_LISTEN", default_value = "127.0.0.1:9090")]
    listen: String,
    /// App directory as the App Services CLI exports it; give it again for more apps
    #[arg(long = "app", value_name = "DIR", env = "ASYMMETRIC_APP", value_delimiter = ',')]
    apps: Vec<PathBuf>,
    /// Serve every app id and accept every class, from everybody
    #[arg(long, env = "ASYMMETRIC_DEV")]
    dev: bool,
    /// URL that clients shall use, if it is not the one they ask: behind a proxy, for example
    #[arg(long, value_name = "URL", env = "ASYMMETRIC_PUBLIC_URL")]
    public_url: Option<String>,
    /// Seconds that running requests get to end when the gateway is told to stop
    #[arg(long, value_name = "SECONDS", env = "ASYMMETRIC_DRAIN", default_value_t = 20)]
    drain: u64,
    /// What to log: a level, or directives such as `asymmetric_gateway=debug`
    #[arg(long, value_name = "FILTER", env = "ASYMMETRIC_LOG", default_value = "info")]
    log: String,
}

/// Runs a gateway until the process is told to stop.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    let log = EnvFilter::try_new(&args.log).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read `--log {}`: {error}", args.log))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(args))
}

async fn serve(args: Args) -> Result<(), Failure> {
    if !args.dev && args.apps.is_empty() {
        // Said before a store is created that nobody will use.
        return Err(not_built(BuildError::NoApps));
    }
    let mut apps = Vec::new();
    for directory in &args.apps {
        apps.push(AppFiles::read(directory).map_err(|error| Failure::new(Exit::Usage, error))?);
    }
    // From here on a signal is not lost, however early it comes.
    let mut stop = Stop::listen()?;
    let store = args.store.open().await?;
    let mut builder = Gateway::builder(store).dev(args.dev);
    for app in apps {
        builder = builder.app(app);
    }
    if let Some(url) = args.public_url {
        builder = builder.public_url(url);
    }
    let gateway = builder.build().await.map_err(not_built)?;
    for (app, notices) in gateway.app_notices() {
        tracing::info!(app, "serving an app");
        for notice in notices {
            tracing::warn!(app, "{notice}");
        }
    }
    let listener = TcpListener::bind(&args.listen).await.map_err(|error| {
        Failure::from(format!("cannot listen on `{}`: {error}", args.listen)).hint(
            "`--listen` takes an address with a port, like 127.0.0.1:9090; port 0 takes any that \
             is free",
        )
    })?;
    let server = gateway.serve(listener)?;
    if args.dev {
        warn_if_open(server.local_addr());
    }

    let mut out = anstream::stdout();
    writeln!(out, "gateway listening on {}", server.url())?;
    out.flush()?;

    stop.wait().await;
    drain(server, Duration::from_secs(args.drain), stop).await;
    let counters = gateway.counters();
    tracing::info!(
        batches = counters.batches,
        acknowledged = counters.acknowledged,
        duplicates = counters.duplicates,
        rejected = counters.rejected,
        "stopped"
    );
    Ok(())
}

fn not_built(error: BuildError) -> Failure {
    match error {
        BuildError::NoApps
        | BuildError::App(_)
        | BuildError::AppTwice(_)
        | BuildError::PublicUrl(_) => Failure::new(Exit::Usage, error),
        BuildError::Store(_) => Failure::from(error)
            .hint("the store must be there when the gateway starts: is `--store` right?"),
        error => error.into(),
    }
}

/// In development mode everybody may write.
fn warn_if_open(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "development mode on an address that other machines may reach: \
             whoever reaches it can write into the store"
        );
    }
}

/// Lets running requests end. A second signal ends the patience.
async fn drain(server: Server, deadline: Duration, mut stop: Stop) {
    tracing::info!("stopping");
    tokio::select! {
        drained = server.shutdown(deadline) => if drained == Drained::CutOff {
            tracing::warn!("requests were still running at the deadline and were cut off");
        },
        () = stop.wait() => tracing::warn!("told to stop twice: running requests were cut off"),
    }
}

/// The signals that ask a process to end.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "as on unix")]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        // Without the handler nothing would ever end the process in order.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
