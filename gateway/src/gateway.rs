//! A gateway: configuration in, routes out.

use std::{sync::Arc, time::Duration};

use axum::Router;
use futures_util::FutureExt;
use tokio::{net::TcpListener, sync::Mutex, time::Instant};

use crate::{
    Counters, Server, Tls,
    admin::{AdminAccount, Admins, Log},
    apps::{
        AppConfig, AppFiles, Apps, ConfigError, Configured,
        state::{EditError, Repository},
    },
    auth::{Auth, AuthError, Lifetimes, TokenLifetimeError},
    counters::Counting,
    error::chain,
    functions::{self, Engine},
    ingest::{InFlight, Integration, Limits},
    rejected::RejectedObjects,
    routes::{self, Audience, TrustedProxy},
    store::{Records, Store, StoreError},
    telemetry::Telemetry,
};

/// How often changes of other gateways are looked for.
const WATCH: Duration = Duration::from_secs(2);
/// When old records are looked for first.
const COLLECT_FIRST: Duration = Duration::from_secs(5 * 60);
/// How often they are from then on.
const COLLECT: Duration = Duration::from_secs(6 * 60 * 60);
/// Bytes of batches held in memory at once, unless said otherwise.
const DEFAULT_IN_FLIGHT_BYTES: usize = 256 * 1024 * 1024;
/// The share of one app.
const DEFAULT_APP_BYTES: usize = 192 * 1024 * 1024;
/// The share of one client: a large batch that is compressed, and several of ordinary size.
const DEFAULT_CLIENT_BYTES: usize = 64 * 1024 * 1024;

/// A gateway that is ready to serve. Clones are the same gateway.
///
/// It keeps nothing in memory that must survive: users, sessions and the secret that signs tokens
/// are in the store, so any number of gateways on one store serve the same users.
#[derive(Clone, Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    apps: Apps,
    admins: Admins,
    log: Log,
    telemetry: Telemetry,
    auth: Auth,
    functions: Engine,
    store: Arc<dyn Store>,
    integration: Integration,
    in_flight: InFlight,
    rejected: RejectedObjects,
    public_url: Option<String>,
    proxies: Vec<TrustedProxy>,
    counting: Counting,
    watching: Mutex<()>,
    learning: Mutex<()>,
}

impl Gateway {
    /// Starts with a store and nothing else configured.
    pub fn builder(store: Arc<dyn Store>) -> GatewayBuilder {
        GatewayBuilder {
            store,
            dev: false,
            apps: Vec::new(),
            admins: Vec::new(),
            secrets: Vec::new(),
            public_url: None,
            proxies: Vec::new(),
            access_token_lifetime: None,
            refresh_token_lifetime: None,
            in_flight: Limits {
                all: DEFAULT_IN_FLIGHT_BYTES,
                app: DEFAULT_APP_BYTES,
                client: DEFAULT_CLIENT_BYTES,
            },
        }
    }

    /// The routes of clients, to be called without a socket or nested into another server.
    pub fn router(&self) -> Router {
        routes::router(self.clone(), Audience::Clients)
    }

    /// The Admin API and `/metrics`. Only administrators should be able to reach it.
    pub fn admin_router(&self) -> Router {
        routes::router(self.clone(), Audience::Administrators)
    }

    /// Both, for one address that clients and administrators reach.
    pub fn full_router(&self) -> Router {
        routes::router(self.clone(), Audience::Both)
    }

    /// Serves what other gateways on the store have changed in the configuration of apps.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        self.shared.apps.refresh().await
    }

    /// What the gateway did so far, in the text format of Prometheus.
    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        let shared = &self.shared;
        let apps = shared.apps.all().len();
        shared.telemetry.text(self.counters(), shared.in_flight.bytes(), apps)
    }

    /// Serves clients on a listener until the answer is shut down or dropped. Needs a tokio
    /// runtime.
    pub fn serve(&self, listener: TcpListener) -> std::io::Result<Server> {
        self.serve_to(Audience::Clients, listener, None)
    }

    /// Serves those routes that are for some, with TLS if there is a certificate.
    pub fn serve_to(
        &self,
        audience: Audience,
        listener: TcpListener,
        tls: Option<Tls>,
    ) -> std::io::Result<Server> {
        let router = routes::router(self.clone(), audience);
        Server::start(listener, router, tls, self.clone().watch().boxed())
    }

    /// Serves what other gateways on the store change, as they change it. Of several servers of one
    /// gateway one does it.
    async fn watch(self) {
        let _only = self.shared.watching.lock().await;
        let mut failing = false;
        let mut collect_at = Instant::now() + COLLECT_FIRST;
        loop {
            tokio::time::sleep(WATCH).await;
            if Instant::now() >= collect_at {
                collect_at = Instant::now() + COLLECT;
                match self.tidy().await {
                    Ok(removed) => tracing::debug!(removed, "old records were removed"),
                    Err(error) => {
                        tracing::warn!(error = chain(&error), "old records stay for now");
                    }
                }
            }
            match self.refresh().await {
                Ok(()) => failing = false,
                // Said once: whoever looks at `/readyz` sees it too.
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(error = chain(&error), "cannot look for changed apps");
                }
                Err(_) => {}
            }
        }
    }

    /// Removes what nobody needs any more: old configurations, and sessions that are over. Answers
    /// how many records that were.
    async fn tidy(&self) -> Result<u64, AuthError> {
        let configurations = self.shared.apps.collect().await?;
        let sessions = self.shared.auth.expire().await?;
        Ok(configurations + sessions + self.shared.admins.expire().await?)
    }

    /// What this gateway has done so far.
    pub fn counters(&self) -> Counters {
        self.shared.counting.snapshot()
    }

    /// Where the objects are.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.shared.store
    }

    /// The apps that are configured: their client app ids, and what whoever runs them should know:
    /// what is kept but not served, which secrets are missing, where nobody gets in.
    pub fn app_notices(&self) -> Vec<(String, Vec<String>)> {
        let notices = |app: &Configured| {
            let mut notices = app.app.config.notices.clone();
            let missing = app.app.secrets.missing(&app.app.config.secret_names());
            notices.extend(missing.iter().map(|name| {
                format!(
                    "secret `{name}` is missing: give it by the Admin API, or in the secrets file"
                )
            }));
            (app.state.client_app_id.clone(), notices)
        };
        self.shared.apps.all().iter().map(|app| notices(app)).collect()
    }

    pub(crate) fn apps(&self) -> &Apps {
        &self.shared.apps
    }

    pub(crate) fn admins(&self) -> &Admins {
        &self.shared.admins
    }

    pub(crate) fn log(&self) -> &Log {
        &self.shared.log
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.shared.telemetry
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.shared.auth
    }

    pub(crate) fn functions(&self) -> &Engine {
        &self.shared.functions
    }

    pub(crate) fn integration(&self) -> &Integration {
        &self.shared.integration
    }

    pub(crate) fn in_flight(&self) -> &InFlight {
        &self.shared.in_flight
    }

    pub(crate) fn rejected(&self) -> &RejectedObjects {
        &self.shared.rejected
    }

    /// Held while an app learns classes.
    pub(crate) fn learning(&self) -> &Mutex<()> {
        &self.shared.learning
    }

    pub(crate) fn public_url(&self) -> Option<&str> {
        self.shared.public_url.as_deref()
    }

    /// Proxies that are believed.
    pub(crate) fn proxies(&self) -> &[TrustedProxy] {
        &self.shared.proxies
    }

    pub(crate) fn count(&self, more: &Counters) {
        self.shared.counting.add(more);
    }
}

/// What a gateway is made of.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct GatewayBuilder {
    store: Arc<dyn Store>,
    dev: bool,
    apps: Vec<AppFiles>,
    admins: Vec<AdminAccount>,
    secrets: Vec<(String, String, String)>,
    public_url: Option<String>,
    proxies: Vec<TrustedProxy>,
    access_token_lifetime: Option<Duration>,
    refresh_token_lifetime: Option<Duration>,
    in_flight: Limits,
}

impl GatewayBuilder {
    /// Development mode: every client app id is an app that accepts every class from everybody. Not
    /// beside apps in production.
    pub fn dev(mut self, dev: bool) -> Self {
        self.dev = dev;
        self
    }

    /// Serves the app that these files configure. May be called for several.
    pub fn app(mut self, files: AppFiles) -> Self {
        self.apps.push(files);
        self
    }

    /// Gives an app a secret, in the place of the one of this name. May be called for several.
    pub fn secret(
        mut self,
        client_app_id: impl Into<String>,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.secrets.push((client_app_id.into(), name.into(), value.into()));
        self
    }

    /// Lets somebody use the Admin API. May be called for several.
    pub fn admin(mut self, account: AdminAccount) -> Self {
        self.admins.push(account);
        self
    }

    /// The URL under which clients reach the gateway, if it is not the one they asked: behind a
    /// proxy that changes the host or ends TLS.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// How long access tokens are good for, in whole seconds from 1 to a day; half an hour unless
    /// said otherwise. Clients renew them in time. It is how long a user can go on whose session
    /// was ended.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_token_lifetime = Some(lifetime);
        self
    }

    /// How long refresh tokens are good for, in whole seconds from 1 to five years; 60 days unless
    /// said otherwise, by this or by an app for its own users. Then a user has to log in again.
    /// Those of anonymous users, who never could, do not end.
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_token_lifetime = Some(lifetime);
        self
    }

    /// Believes a proxy, or a network of them, that says in `X-Forwarded-For` whom it speaks for:
    /// throttling, access lists and rules then see the address of the client. May be called for
    /// several.
    pub fn trusted_proxy(mut self, proxy: TrustedProxy) -> Self {
        self.proxies.push(proxy);
        self
    }

    /// How many bytes of batches are held in memory at once. Above that, clients are told to come
    /// back. One batch needs up to 40 MiB when it is compressed.
    pub fn in_flight_bytes(mut self, bytes: usize) -> Self {
        self.in_flight.all = bytes;
        self
    }

    /// How many of these one app may use; 192 MiB unless said otherwise.
    pub fn in_flight_bytes_per_app(mut self, bytes: usize) -> Self {
        self.in_flight.app = bytes;
        self
    }

    /// How many of these one user may use, on all its devices; 64 MiB unless said otherwise. Less
    /// than 40 MiB keeps clients from sending their largest batches.
    pub fn in_flight_bytes_per_client(mut self, bytes: usize) -> Self {
        self.in_flight.client = bytes;
        self
    }

    /// Checks the configuration and reads what the gateway keeps in its store; makes it there the
    /// first time.
    pub async fn build(self) -> Result<Gateway, BuildError> {
        let Self {
            store,
            dev,
            apps: files,
            admins,
            secrets,
            public_url,
            proxies,
            access_token_lifetime,
            refresh_token_lifetime,
            in_flight,
        } = self;
        let lifetimes = Lifetimes::default().with(access_token_lifetime, refresh_token_lifetime)?;
        let records = Records::new(Arc::clone(&store));
        let repository = Repository::new(records.clone());
        let apps = Apps::open(repository, dev).await.map_err(AuthError::from)?;
        let mut given = Vec::new();
        for files in files {
            let id = AppConfig::of(&files)?.identity.client_app_id;
            if given.contains(&id) {
                return Err(BuildError::AppTwice(id));
            }
            given.push(id);
            apps.take_over(files).await?;
        }
        for (client_app_id, name, value) in secrets {
            match apps.give_secret(&client_app_id, &name, &value).await {
                Err(EditError::NoApp) => return Err(BuildError::UnknownApp(client_app_id)),
                given => given?,
            }
        }
        let in_production = |app: &Arc<Configured>| app.app.config.is_in_production();
        if let Some(app) = apps.all().into_iter().find(in_production).filter(|_| dev) {
            return Err(BuildError::DevInProduction(app.app.client_app_id.clone()));
        }
        // With administrators an app may still come.
        let admins = Admins::load(admins, records.clone()).await?;
        if !dev && apps.all().is_empty() && !admins.are_there().await.map_err(AuthError::from)? {
            return Err(BuildError::NoApps);
        }
        let functions = Engine::new(functions::Limits::default());
        let public_url = public_url.map(check_url).transpose()?;
        let auth = Auth::load(records, functions.clone(), lifetimes).await?;
        let shared = Shared {
            apps,
            admins,
            log: Log::default(),
            telemetry: Telemetry::default(),
            auth,
            functions,
            integration: Integration::new(Arc::clone(&store)),
            in_flight: InFlight::new(in_flight),
            rejected: RejectedObjects::new(Arc::clone(&store)),
            store,
            public_url,
            proxies,
            counting: Counting::default(),
            watching: Mutex::default(),
            learning: Mutex::default(),
        };
        Ok(Gateway { shared: Arc::new(shared) })
    }
}

/// Clients put paths right behind the URL, so it must not end in a slash.
fn check_url(url: String) -> Result<String, BuildError> {
    let valid = url.parse::<axum::http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|authority| !authority.host().is_empty())
            && uri.query().is_none()
    });
    if valid { Ok(url.trim_end_matches('/').to_owned()) } else { Err(BuildError::PublicUrl(url)) }
}

/// A gateway that cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Neither apps nor development mode.
    #[error(
        "no app is configured; pass `--app DIR`, or make a key by `asymmetric admin-key create` to \
         create one, or pass `--dev` to serve every app id while developing"
    )]
    NoApps,
    /// Development mode beside an app in production.
    #[error(
        "`--dev` lets everybody write into the store, and the environment of the app `{0}` is \
         production; leave `--dev` away, or use another store"
    )]
    DevInProduction(String),
    /// The configuration of an app is not valid.
    #[error(transparent)]
    App(#[from] ConfigError),
    /// Two apps have the same client app id.
    #[error("two apps have the client app id `{0}`; each app directory can be served once")]
    AppTwice(String),
    /// A secret is for an app that is not there.
    #[error("there are secrets for `{0}`, and no app has this client app id")]
    UnknownApp(String),
    /// The public URL is none that clients could use.
    #[error("`{0}` is no URL of a server; write it like `https://gateway.example.com`")]
    PublicUrl(String),
    /// Tokens cannot be good for so long.
    #[error(transparent)]
    TokenLifetime(#[from] TokenLifetimeError),
    /// The store could not be read or written.
    #[error("cannot read the gateway's records in the store: {0}")]
    Store(String),
}

impl From<EditError> for BuildError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Config(error) => Self::App(error),
            error => Self::Store(chain(&error)),
        }
    }
}

impl From<AuthError> for BuildError {
    fn from(error: AuthError) -> Self {
        Self::Store(chain(&error))
    }
}
