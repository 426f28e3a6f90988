//! The same pipeline with SQLite as the outbox: a row for each object, in WAL mode, with a sync for
//! each transaction. Encoding, batches, protocol and gateway are the same.

use std::{
    convert::Infallible,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use asymmetric::{AsymmetricObject as _, ObjectId, schema::Fingerprint};
use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    ack::Acknowledgement,
    batch::{BatchWriter, CONTENT_TYPE, ClassEntry},
    chunk::{ClassId, Codec, Cutter, Objects},
};
use futures_util::future::try_join_all;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    device::{APP_ID, COLLECTION, DATABASE, Reading, reading},
    gateway::GatewayProcess,
};

/// As in our own upload.
const BATCH: usize = 1000;
/// Four batches travel at a time.
const ROWS: i64 = 4000;

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.busy_timeout(Duration::from_secs(60))?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY, document BLOB NOT NULL)",
    )?;
    Ok(connection)
}

/// Writes objects while another thread uploads them, and waits until all are acknowledged.
pub(crate) fn prepare(
    gateway: &GatewayProcess,
    directory: &Path,
    objects: usize,
    transaction: usize,
) -> Result<Box<dyn FnMut() -> Result<()>>> {
    let path = directory.join("outbox.sqlite");
    let mut writer = open(&path)?;
    let mut upload = Upload::new(&gateway.url, open(&path)?)?;
    Ok(Box::new(move || {
        let is_written = Arc::new(AtomicBool::new(false));
        thread::scope(|scope| {
            let uploading = scope.spawn({
                let (is_written, upload) = (Arc::clone(&is_written), &mut upload);
                move || upload.run(&is_written)
            });
            let mut left = objects;
            while left > 0 {
                let count = left.min(transaction);
                write(&mut writer, count)?;
                left -= count;
            }
            is_written.store(true, Ordering::Release);
            uploading.join().ok().context("the upload panicked")?
        })
    }))
}

fn write(connection: &mut Connection, count: usize) -> Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO outbox (document) VALUES (?1)")?;
        let mut document = Vec::new();
        for _ in 0..count {
            document.clear();
            reading().encode(&mut document)?;
            insert.execute([&document])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

struct Upload {
    connection: Connection,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    url: String,
    token: String,
    client_file: ClientFileId,
    class: ClassEntry,
}

impl Upload {
    fn new(gateway: &str, connection: Connection) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
        let client =
            reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build()?;
        let app = format!("{gateway}/api/client/v2.0/app/{APP_ID}");
        let login: Value = runtime.block_on(async {
            let login = client.post(format!("{app}/auth/providers/anon-user/login"));
            login.json(&json!({})).send().await?.error_for_status()?.json().await
        })?;
        let token =
            login.get("access_token").and_then(Value::as_str).context("a token")?.to_owned();
        let class = ClassEntry {
            id: ClassId::new(0),
            fingerprint: Fingerprint::of(&Reading::SCHEMA),
            time_series: false,
            title: "Reading".to_owned(),
            data_source: "mongodb-atlas".to_owned(),
            database: DATABASE.to_owned(),
            collection: COLLECTION.to_owned(),
        };
        let client_file = ClientFileId::from_bytes(ObjectId::new().bytes());
        let url = format!("{app}/ingest");
        Ok(Self { connection, runtime, client, url, token, client_file, class })
    }

    fn run(&mut self, is_written: &AtomicBool) -> Result<()> {
        loop {
            // Asked for before the table is: what is written in between is found the next time.
            let is_last = is_written.load(Ordering::Acquire);
            let rows = self.oldest()?;
            if rows.is_empty() {
                if is_last {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(1));
                continue;
            }
            let batches: Result<Vec<_>> = rows.chunks(BATCH).map(|rows| self.batch(rows)).collect();
            let sending = batches?.into_iter().map(|batch| self.send(batch));
            let answers = self.runtime.block_on(try_join_all(sending))?;
            let transaction = self.connection.transaction()?;
            for (first, last) in answers.iter().flat_map(|answer| &answer.acknowledged) {
                let range = [first.get().cast_signed(), last.get().cast_signed()];
                transaction
                    .execute("DELETE FROM outbox WHERE sequence BETWEEN ?1 AND ?2", range)?;
            }
            transaction.commit()?;
        }
    }

    fn oldest(&self) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut select = self
            .connection
            .prepare_cached("SELECT sequence, document FROM outbox ORDER BY sequence LIMIT ?1")?;
        let rows = select
            .query_map([ROWS], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn batch(&self, rows: &[(u64, Vec<u8>)]) -> Result<Vec<u8>> {
        let mut objects = Objects::new();
        for (_, document) in rows {
            let Ok(_) = objects.push_with(self.class.id, |out| {
                out.extend_from_slice(document);
                Ok::<_, Infallible>(())
            });
        }
        let first = SequenceNumber::new(rows.first().context("rows")?.0);
        let mut batch = BatchWriter::new(self.client_file, [&self.class]);
        let Ok(()) = Cutter::new(Codec::None).cut(&mut objects, 0, first, 0, |_, chunk| {
            batch.push(chunk);
            Ok::<_, Infallible>(())
        });
        Ok(batch.finish())
    }

    async fn send(&self, batch: Vec<u8>) -> Result<Acknowledgement> {
        let request = self.client.post(&self.url).bearer_auth(&self.token);
        let request = request.header("content-type", CONTENT_TYPE).body(batch);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}
