//! A gateway that can go away and come back at the same address, and stores to look into.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use asymmetric::{App, Credentials, Realm, RetryDelays, User};
use asymmetric_gateway::{
    Audience, EmbeddedStore, Gateway, MongoStore, Namespace, Server, Store, apps::AppFiles,
};
use asymmetric_testkit::{MongoServer, ReservedAddress};
use bson::Document;
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) use asymmetric_end_to_end::counted::{APP_ID, Counted, Counting, document};

/// Longer than any of this takes on a slow machine; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Where the gateway stores, and how to look into it without the gateway.
pub(crate) enum Backend {
    Embedded { store: EmbeddedStore, _directory: TempDir },
    Mongo { store: MongoStore, driver: mongodb::Client, _server: MongoServer },
}

impl Backend {
    pub(crate) async fn embedded() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(directory.path()).await.unwrap();
        Self::Embedded { store, _directory: directory }
    }

    pub(crate) async fn mongodb() -> Self {
        let server = MongoServer::start().unwrap();
        let store = MongoStore::connect(&server.uri()).await.unwrap();
        let driver = mongodb::Client::with_uri_str(server.uri()).await.unwrap();
        Self::Mongo { store, driver, _server: server }
    }

    pub(crate) fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Embedded { store, .. } => Arc::new(store.clone()),
            Self::Mongo { store, .. } => Arc::new(store.clone()),
        }
    }

    /// Every document of a collection: from MongoDB through its own driver, else from the store.
    pub(crate) async fn documents(&self, database: &str, collection: &str) -> Vec<Document> {
        match self {
            Self::Embedded { store, .. } => {
                let namespace = Namespace::new(database, collection).unwrap();
                let found: Vec<_> = store.find(&namespace).try_collect().await.unwrap();
                found.iter().map(|raw| Document::try_from(raw).unwrap()).collect()
            }
            Self::Mongo { driver, .. } => {
                let collection = driver.database(database).collection::<Document>(collection);
                let cursor = collection.find(bson::doc! {}).await.unwrap();
                cursor.try_collect().await.unwrap()
            }
        }
    }
}

/// A gateway with an address that stays its own while it is down.
pub(crate) struct Site {
    pub(crate) gateway: Gateway,
    pub(crate) address: SocketAddr,
    reserved: ReservedAddress,
    server: Option<Server>,
    directory: TempDir,
}

impl Site {
    /// This gateway, which is down.
    pub(crate) fn of(gateway: Gateway) -> Self {
        let reserved = ReservedAddress::new().unwrap();
        let directory = tempfile::tempdir().unwrap();
        Self { gateway, address: reserved.get(), reserved, server: None, directory }
    }

    /// A gateway in development mode that is down.
    pub(crate) async fn down(backend: &Backend) -> Self {
        Self::of(development(backend).await)
    }

    /// A gateway in development mode that listens.
    pub(crate) async fn up(backend: &Backend) -> Self {
        let mut site = Self::down(backend).await;
        site.start();
        site
    }

    pub(crate) fn start(&mut self) {
        let listener = self.reserved.listen().unwrap();
        self.server = Some(self.gateway.serve_to(Audience::Both, listener, None).unwrap());
    }

    /// Cuts all connections and stops listening, as a killed process would.
    pub(crate) async fn kill(&mut self) {
        if let Some(server) = self.server.take() {
            server.abort().await;
        }
    }

    /// Another gateway at the same address.
    pub(crate) async fn replace(&mut self, gateway: Gateway) {
        self.kill().await;
        self.gateway = gateway;
        self.start();
    }

    /// How many requests to routes with this end the gateway has answered with this status.
    pub(crate) fn answered(&self, route: &str, status: u16) -> u64 {
        let metrics = self.gateway.metrics().unwrap();
        let (route, status) = (format!("{route}\""), format!("status=\"{status}\""));
        let lines = metrics.lines().filter(|line| {
            line.starts_with("asymmetric_http_requests_total{")
                && line.contains(&route)
                && line.contains(&status)
        });
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    pub(crate) fn user(&self) -> User {
        user(self.address)
    }

    pub(crate) fn realm_path(&self) -> PathBuf {
        self.directory.path().join("test.realm")
    }

    /// The realm of these tests, for a user that logs in when the gateway is there.
    pub(crate) fn realm(&self) -> Realm<Counting> {
        realm(&self.user(), self.realm_path())
    }
}

/// An app with the schemas that the build script has exported, these authentication providers and
/// functions, whose users may write.
pub(crate) fn app_files(providers: &Value, functions: &[(&str, &str)]) -> AppFiles {
    let exported = Path::new(env!("OUT_DIR")).join("counting");
    let mut files = AppFiles::read(&exported).unwrap();
    let everybody = json!([{ "name": "all", "apply_when": {}, "write": true, "insert": true }]);
    let rules = json!({ "database": "e2e", "collection": "counted", "roles": everybody });
    let names: Vec<_> = functions.iter().map(|(name, _)| json!({ "name": name })).collect();
    for (path, value) in [
        ("root_config.json", &json!({ "name": APP_ID })),
        ("auth/providers.json", providers),
        ("data_sources/mongodb-atlas/e2e/counted/rules.json", &rules),
        ("functions/config.json", &json!(names)),
    ] {
        files.insert(path, value.to_string()).unwrap();
    }
    for (name, source) in functions {
        files.insert(&format!("functions/{name}.js"), (*source).to_owned()).unwrap();
    }
    files
}

/// A gateway for every app.
pub(crate) async fn development(backend: &Backend) -> Gateway {
    Gateway::builder(backend.store()).dev(true).build().await.unwrap()
}

/// A user of the gateway at `address`, who logs in when it is there.
pub(crate) fn user(address: SocketAddr) -> User {
    let app = App::builder(APP_ID).base_url(format!("http://{address}")).build().unwrap();
    app.log_in_later(Credentials::anonymous())
}

/// Opens a realm that is impatient after failures.
pub(crate) fn realm(user: &User, path: PathBuf) -> Realm<Counting> {
    let delays = RetryDelays::new(Duration::from_millis(5), Duration::from_millis(50));
    Realm::builder(user, path).retry_delays(delays).open().unwrap()
}

/// Writes the numbers in transactions of `size` objects, on a thread that may block.
pub(crate) async fn write(realm: &Realm<Counting>, numbers: std::ops::Range<i64>, size: usize) {
    let realm = realm.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let numbers: Vec<_> = numbers.collect();
        for transaction in numbers.chunks(size) {
            let written =
                realm.write(|tx| transaction.iter().try_for_each(|n| tx.create(Counted::new(*n))));
            written.unwrap();
        }
    });
    writing.await.unwrap();
}

/// Asserts that the collection holds exactly these numbers, each with its content.
pub(crate) async fn assert_counted(backend: &Backend, numbers: std::ops::Range<i64>) {
    let mut found = backend.documents("e2e", "counted").await;
    found.sort_by_key(|document| document.get_i64("_id").unwrap());
    let expected: Vec<_> = numbers.map(document).collect();
    assert_eq!(found.len(), expected.len());
    assert_eq!(found, expected);
}
