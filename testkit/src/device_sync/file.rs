//! The local database of a device, as far as sync sees it.

use asymmetric_device_sync::document::{OwnedKey, Properties};

use super::ChangesetWriter;

/// The local database of a device: its identity, its cursors, and the changesets that no server
/// has acknowledged. It outlives connections, and processes.
#[derive(Clone, Debug)]
pub struct RealmFile {
    pub(super) ident: Option<(u64, u64)>,
    pub(super) download_server: u64,
    pub(super) download_client: u64,
    pub(super) latest_server: u64,
    pub(super) latest_salt: u64,
    pub(super) upload_client: u64,
    pub(super) upload_server: u64,
    /// Version of the active subscriptions; `None` before the first bootstrap.
    pub(super) query_version: Option<u64>,
    /// A set of subscriptions that the server has not answered.
    pub(super) pending_query: Option<u64>,
    pub(super) version: u64,
    pub(super) history: Vec<Change>,
    /// The clock of the device, in milliseconds since 2015.
    clock: u64,
}

/// A changeset that no server has acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) server_version: u64,
    pub(super) written_at: u64,
    pub(super) changeset: Vec<u8>,
}

impl Default for RealmFile {
    fn default() -> Self {
        Self {
            ident: None,
            download_server: 0,
            download_client: 0,
            latest_server: 0,
            latest_salt: 0,
            upload_client: 0,
            upload_server: 0,
            query_version: None,
            pending_query: None,
            version: 0,
            history: Vec::new(),
            clock: 375_245_060_000,
        }
    }
}

impl RealmFile {
    /// A file that has never been opened.
    pub fn new() -> Self {
        Self { version: 1, ..Self::default() }
    }

    /// A file that another server knew: it has an identity, has integrated that server's versions
    /// up to `server`, and had its own acknowledged up to `client`.
    pub fn formerly_bound(ident: u64, salt: u64, server: u64, client: u64) -> Self {
        Self {
            ident: Some((ident, salt)),
            download_server: server,
            // What a client reports here lags behind.
            download_client: client / 2,
            latest_server: server + 3,
            latest_salt: 4711,
            upload_client: client,
            upload_server: server,
            query_version: Some(0),
            version: client,
            ..Self::default()
        }
    }

    /// Commits a write transaction.
    pub fn commit(&mut self, changeset: Vec<u8>) -> u64 {
        self.version += 1;
        let server_version = self.download_server;
        self.clock += 1;
        let (version, written_at) = (self.version, self.clock);
        self.history.push(Change { version, server_version, written_at, changeset });
        self.version
    }

    /// Commits a write transaction that creates one object.
    pub fn create(&mut self, class: &str, key: &OwnedKey, properties: &Properties) -> u64 {
        let mut writer = ChangesetWriter::new();
        writer.object(class, key, properties);
        self.commit(writer.finish())
    }

    /// Lets time pass on the device.
    pub fn wait(&mut self, milliseconds: u64) {
        self.clock += milliseconds;
    }

    /// Subscribes to something else.
    pub fn subscribe(&mut self) {
        self.pending_query = Some(self.query_version.unwrap_or(0) + 1);
    }

    /// How many changesets no server has acknowledged.
    pub fn pending(&self) -> usize {
        self.history.len()
    }
}
