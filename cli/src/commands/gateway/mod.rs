//! `asymmetric gateway`.

mod options;
mod secrets;
mod stop;

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    net::SocketAddr,
    path::Path,
    time::Duration,
};

use asymmetric_gateway::{Audience, BuildError, Drained, Gateway, Server, Tls, apps::AppFiles};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

pub(crate) use self::options::Options;
use self::{
    options::{LogFormat, Settings},
    stop::Stop,
};
use crate::{exit::Exit, failure::Failure};

/// Runs a gateway until the process is told to stop.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    let settings = options.settle()?;
    start_log(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(settings))
}

fn start_log(settings: &Settings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.log).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read `--log {}`: {error}", settings.log))
    })?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        // The request stands in every line, with its correlation id.
        LogFormat::Json => log.json().with_current_span(true).with_span_list(false).init(),
    }
    Ok(())
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let nothing = settings.apps.is_empty() && settings.admins.is_empty();
    if !settings.dev && nothing && !settings.store.exists() {
        // Said before a store is created that nobody will use.
        return Err(not_built(BuildError::NoApps));
    }
    let mut apps = Vec::new();
    for directory in &settings.apps {
        apps.push(app_files(directory, settings.schema_lock.as_deref())?);
    }
    let secrets = settings.secrets.as_deref().map(secrets::read).transpose()?.unwrap_or_default();
    let tls = settings.tls.as_ref().map(|(certificate, key)| Tls::load(certificate, key));
    let tls = tls.transpose().map_err(|error| Failure::new(Exit::Usage, error))?;
    // From here on a signal is not lost, however early it comes.
    let mut stop = Stop::listen()?;
    let store = settings.store.open().await?;
    let mut builder =
        Gateway::builder(store).dev(settings.dev).in_flight_bytes(settings.in_flight_bytes);
    for app in apps {
        builder = builder.app(app);
    }
    for account in &settings.admins {
        builder = builder.admin(account.clone());
    }
    for (app, name, value) in secrets {
        builder = builder.secret(app, name, value);
    }
    if let Some(url) = &settings.public_url {
        builder = builder.public_url(url);
    }
    for proxy in &settings.proxies {
        builder = builder.trusted_proxy(*proxy);
    }
    if let Some(lifetime) = settings.access_token_lifetime {
        builder = builder.access_token_lifetime(lifetime);
    }
    if let Some(lifetime) = settings.refresh_token_lifetime {
        builder = builder.refresh_token_lifetime(lifetime);
    }
    let gateway = builder.build().await.map_err(not_built)?;
    for (app, notices) in gateway.app_notices() {
        tracing::info!(app, "serving an app");
        for notice in notices {
            tracing::warn!(app, "{notice}");
        }
    }
    let servers = listen(&gateway, &settings, tls).await?;
    stop.wait().await;
    drain(servers, Duration::from_secs(settings.drain_seconds), stop).await;
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

/// The files of an app, and the schema lock where it has none of its own.
fn app_files(directory: &Path, lock: Option<&Path>) -> Result<AppFiles, Failure> {
    const LOCK: &str = "schema.lock";
    let unreadable = |error| Failure::new(Exit::Usage, error);
    let mut files = AppFiles::read(directory).map_err(unreadable)?;
    if let Some(lock) = lock.filter(|_| files.get(LOCK).is_none()) {
        let text = fs::read(lock).map_err(|error| {
            Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", lock.display()))
        })?;
        files.insert(LOCK, text).map_err(unreadable)?;
    }
    Ok(files)
}

/// Serves clients, and administrators there too or on an address of their own.
async fn listen(
    gateway: &Gateway,
    settings: &Settings,
    tls: Option<Tls>,
) -> Result<Vec<Server>, Failure> {
    let listener = bind("--listen", &settings.listen).await?;
    let address = listener.local_addr()?;
    let admin_address = settings.admin_address(address.ip().is_loopback());
    let audience = if admin_address.is_some() { Audience::Clients } else { Audience::Both };
    let mut servers = vec![gateway.serve_to(audience, listener, tls.clone())?];
    if let Some(admin_address) = admin_address {
        let listener = bind("--admin-listen", admin_address).await?;
        servers.push(gateway.serve_to(Audience::Administrators, listener, tls.clone())?);
    }
    let mut out = anstream::stdout();
    for (server, who) in servers.iter().zip(["gateway", "administrators"]) {
        writeln!(out, "{who} listening on {}", server.url())?;
    }
    out.flush()?;
    if settings.dev {
        warn_if_open(address);
    }
    let for_admins = servers.last().map(Server::local_addr);
    if let Some(address) = for_admins.filter(|a| !a.ip().is_loopback() && tls.is_none()) {
        tracing::warn!(
            %address,
            "administrators are served to other machines without TLS: \
             whoever listens on the way can take their tokens"
        );
    }
    Ok(servers)
}

async fn bind(option: &str, address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::from(format!("cannot listen on `{address}`: {error}")).hint(format!(
            "`{option}` takes an address with a port, like 127.0.0.1:9090; port 0 takes any that \
             is free"
        ))
    })
}

fn not_built(error: BuildError) -> Failure {
    match error {
        BuildError::NoApps
        | BuildError::DevInProduction(_)
        | BuildError::App(_)
        | BuildError::AppTwice(_)
        | BuildError::UnknownApp(_)
        | BuildError::PublicUrl(_)
        | BuildError::TokenLifetime(_) => Failure::new(Exit::Usage, error),
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
async fn drain(servers: Vec<Server>, deadline: Duration, mut stop: Stop) {
    tracing::info!("stopping");
    let shutdown = async {
        let mut cut_off = false;
        let drained = servers.into_iter().map(|server| server.shutdown(deadline));
        for drained in futures_util::future::join_all(drained).await {
            cut_off |= drained == Drained::CutOff;
        }
        cut_off
    };
    tokio::select! {
        cut_off = shutdown => if cut_off {
            tracing::warn!("requests were still running at the deadline and were cut off");
        },
        () = stop.wait() => tracing::warn!("told to stop twice: running requests were cut off"),
    }
}
