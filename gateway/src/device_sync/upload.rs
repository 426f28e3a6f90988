//! Working on an upload: everything in it is written, refused or kept aside, or nothing is claimed.

use std::sync::Arc;

use asymmetric_device_sync::message::{Backoff, ErrorCode, RejectedUpdate, ServerError};
use asymmetric_protocol::{ClientFileId, batch::ClassEntry};
use bson::DateTime;
use tokio::task;

use super::{
    announced::announced,
    batches::Batches,
    connection::Work,
    lives::Lives,
    multiplexer::Job,
    outcome::{Outcome, Stored},
    prepare::{Poison, Prepared, Refused, client_version_of, prepare},
    quarantine::Quarantined,
    upsert::Upsert,
    watch::Watch,
};
use crate::{
    Counters, Namespace,
    error::ApiError,
    gateway::Gateway,
    ingest::{self, Sender},
    rejected::RejectedObject,
    store::Records,
};

/// Size up to which an upload is decoded without leaving the async thread: below a millisecond.
const INLINE_BYTES: usize = 16 * 1024;
/// What an upload takes while it is worked on, over its decompressed size: its documents, and the
/// batches made of them. The batches count once more while they are written.
const MEMORY_FACTOR: usize = 2;
/// Seconds before a client comes back with what could not be written, and at most.
const RETRY_SECONDS: u32 = 2;
const MAX_RETRY_SECONDS: u32 = 300;

/// Works on the uploads of one user.
#[derive(Debug)]
pub(super) struct Uploads {
    pub(super) gateway: Gateway,
    pub(super) sender: Arc<Sender>,
    pub(super) watch: Watch,
}

/// The same for one upload, with the app as it is by then.
struct Current<'a> {
    gateway: &'a Gateway,
    sender: Arc<Sender>,
}

impl Work for Uploads {
    async fn work(&self, job: &Job) -> Result<Outcome, ServerError> {
        let started = DateTime::now();
        let outcome = self.integrate(job).await?;
        self.watch.uploaded(started, &outcome);
        Ok(outcome)
    }
}

impl Uploads {
    async fn integrate(&self, job: &Job) -> Result<Outcome, ServerError> {
        let reserved = job.decompressed_bytes.saturating_mul(MEMORY_FACTOR);
        let (app, user) = (self.sender.app.domain_id, self.sender.user);
        let reservation = match self.gateway.in_flight().reserve(app, user, reserved) {
            Ok(reservation) => reservation,
            Err(error) => return Ok(failed(&error)),
        };
        let sender = match self.sender(job).await {
            Ok(sender) => sender,
            Err(error) => return Ok(failed(&error)),
        };
        let current = Current { gateway: &self.gateway, sender };
        let prepared = current.prepare(job).await?;
        let outcome = current.write(job, prepared).await;
        drop(reservation);
        Ok(outcome.unwrap_or_else(|error| failed(&error)))
    }

    /// The sender for the app as it is now: it may have changed since the device came. In development
    /// mode it learns what the upload announces.
    async fn sender(&self, job: &Job) -> Result<Arc<Sender>, ApiError> {
        let Self { gateway, sender, .. } = self;
        let Some(now) = gateway.apps().get(sender.app.id) else { return Ok(Arc::clone(sender)) };
        let mut app = Arc::clone(&now.app);
        if app.config.sync.development_mode_enabled {
            let (message, of) = (job.message.clone(), Arc::clone(&app));
            let announced = task::spawn_blocking(move || announced(&message, &of)).await;
            // What cannot be read, and what is not learnt, is told where the objects are read.
            let announced = announced.map_err(|_| ApiError::ShuttingDown)?.unwrap_or_default();
            if !announced.is_empty() {
                app = gateway.learn_realm(&app, &announced).await?.app;
            }
        }
        Ok(Arc::new(sender.in_app(app)))
    }
}

impl Current<'_> {
    async fn prepare(&self, job: &Job) -> Result<Prepared, ServerError> {
        if job.decompressed_bytes <= INLINE_BYTES {
            return prepare(&job.message, &self.sender, job.ident);
        }
        let (message, sender) = (job.message.clone(), Arc::clone(&self.sender));
        let ident = job.ident;
        let work = move || prepare(&message, &sender, ident);
        task::spawn_blocking(work).await.unwrap_or_else(|_| {
            Err(ServerError::new(ErrorCode::OtherConnectionError, "the server stops"))
        })
    }

    async fn write(&self, job: &Job, prepared: Prepared) -> Result<Outcome, ApiError> {
        let Prepared { client_file, mut objects, mut refused, upserts, poison, .. } = prepared;
        let mut told = prepared.mismatches;
        for poison in poison {
            told.push((poison.client_version, poison.told()));
            if !self.quarantine(poison, job).await? {
                // Better that the device stops than that the only copy is let go.
                return Ok(Outcome::Failed(ServerError::new(
                    ErrorCode::BadChangeset,
                    "a changeset cannot be decoded, and is too large to be kept aside",
                )));
            }
        }
        for upsert in upserts {
            if let Err((code, reason)) = upsert.write(self.gateway, &self.sender).await? {
                let Upsert { sequence, place, bytes, told, .. } = upsert;
                let told = RejectedUpdate { reason, ..told };
                refused.push(Refused { sequence, place, code, document: Some(bytes), told });
            }
        }
        self.keep(client_file, &refused).await?;
        told.extend(refused.into_iter().map(|r| (client_version_of(r.sequence), r.told)));
        let expected = objects.len() as u64;
        let mut settled = 0;
        for batch in self.bodies(client_file, prepared.batches).await? {
            let sender = Arc::clone(&self.sender);
            let (answer, counters) = ingest::integrate(batch.into(), sender, self.gateway).await?;
            self.gateway.count(&counters);
            settled += answer
                .acknowledged
                .iter()
                .map(|(first, last)| last.get() - first.get() + 1)
                .sum::<u64>();
            for rejection in answer.rejected {
                settled += 1;
                if let Some(mut update) = objects.remove(&rejection.sequence) {
                    update.reason = rejection.reason;
                    told.push((client_version_of(rejection.sequence), update));
                }
            }
        }
        // What is not known is sent again, and with it everything else: that is harmless.
        if settled < expected {
            return Err(ApiError::Busy);
        }
        if let Some((_, first)) = told.first() {
            let (refused, class, reason) = (told.len(), &first.table, &first.reason);
            tracing::warn!(refused, class, reason, "a device is told what was refused");
        }
        told.sort_by_key(|(version, _)| *version);
        Ok(Outcome::Stored(Stored {
            client_version: prepared.client_version,
            server_version: prepared.server_version,
            refused: told,
        }))
    }

    /// The bodies of batches. Where time series are among the classes, what a file wrote after it
    /// was restored from a backup is told apart from what it sends again.
    async fn bodies(&self, file: ClientFileId, batches: Batches) -> Result<Vec<Vec<u8>>, ApiError> {
        let transactions = batches.transactions();
        if transactions.is_empty() || !self.has_time_series(batches.classes()).await? {
            return Ok(batches.into_bodies(|_| file));
        }
        let records = Records::new(Arc::clone(self.gateway.store()));
        let files = Lives::claim(&records, file, &transactions).await.map_err(ApiError::Store)?;
        let mut files = transactions.iter().zip(files.ok_or(ApiError::Busy)?).peekable();
        Ok(batches.into_bodies(|of| {
            // Both come in the same order.
            while files.next_if(|(transaction, _)| **transaction != of).is_some() {}
            files.peek().map_or(file, |(_, file)| *file)
        }))
    }

    async fn has_time_series(&self, classes: &[ClassEntry]) -> Result<bool, ApiError> {
        for class in classes {
            let namespace = Namespace::for_clients(&class.database, &class.collection);
            // Where nothing can be stored, nothing is stored twice.
            let Ok(namespace) = namespace else { continue };
            if class.time_series || self.gateway.integration().is_time_series(&namespace).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps a changeset aside. Answers whether that was possible.
    async fn quarantine(&self, poison: Poison, job: &Job) -> Result<bool, ApiError> {
        tracing::error!(
            file = job.ident.file,
            client_version = poison.client_version,
            error = %poison.error,
            "a device sent a changeset that cannot be decoded; it is kept aside"
        );
        let (domain, user) = (self.sender.app.domain_id, self.sender.user);
        let Some(record) = Quarantined::new(poison, domain, user, job.ident) else {
            return Ok(false);
        };
        let records = Records::new(Arc::clone(self.gateway.store()));
        if records.insert(&record).await.map_err(ApiError::Store)? {
            self.gateway.telemetry().changeset_quarantined();
        }
        Ok(true)
    }

    /// Keeps objects that were refused before they came into a batch, like those of batches.
    async fn keep(&self, file: ClientFileId, refused: &[Refused]) -> Result<(), ApiError> {
        if refused.is_empty() {
            return Ok(());
        }
        let kept: Vec<_> = refused.iter().map(|object| self.rejected(file, object)).collect();
        self.gateway.rejected().keep(&kept).await.map_err(ApiError::Store)?;
        self.gateway.count(&Counters { rejected: kept.len() as u64, ..Counters::default() });
        Ok(())
    }

    fn rejected(&self, file: ClientFileId, refused: &Refused) -> RejectedObject {
        let Refused { sequence, place, code, document, told } = refused;
        let (code, reason) = RejectedObject::why(code, &told.reason);
        RejectedObject {
            id: RejectedObject::id_of(file, *sequence),
            at: DateTime::now(),
            app: self.sender.app.client_app_id.clone(),
            user: self.sender.user,
            class: told.table.clone(),
            database: place.database.clone(),
            collection: place.collection.clone(),
            code,
            reason,
            document: document.as_deref().and_then(RejectedObject::payload),
        }
    }
}

/// Nothing is claimed, and the client comes back.
fn failed(error: &ApiError) -> Outcome {
    tracing::warn!(error = %crate::error::chain(error), "an upload of a device was not stored");
    let backoff = Backoff {
        interval_seconds: RETRY_SECONDS,
        max_delay_seconds: MAX_RETRY_SECONDS,
        multiplier: 2,
    };
    let told = ServerError::new(ErrorCode::OtherSessionError, error.to_string());
    Outcome::Failed(ServerError { backoff: Some(backoff), ..told })
}
