//! Claiming a range of a client file, and settling it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use asymmetric_protocol::{ClientFileId, SequenceNumber};
use bson::{Bson, oid::ObjectId};
use tokio::time::Instant;

use super::record::{ClientFile, Known};
use crate::store::{Records, StoreError};

/// How many claims of others are watched at once. One that is forgotten is waited for again.
const MAX_WATCHED: usize = 10_000;
/// How long a client shall wait for an attempt of its own that is still on its way.
const BUSY: Duration = Duration::from_secs(1);

/// The records of all client files that sent time-series objects.
#[derive(Debug)]
pub(crate) struct Ledger {
    records: Records,
    /// In which time inserts may still take effect that nobody waits for any more.
    straggle: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Client files with an attempt of this gateway on its way.
    busy: HashSet<ClientFileId>,
    /// Claims that may still insert, and since when nobody waits for that; `None` for those that
    /// never began.
    watched: HashMap<(ClientFileId, ObjectId), Option<Instant>>,
}

/// Why a range cannot be claimed now.
#[derive(Debug)]
pub(crate) enum ClaimError {
    /// Somebody else may still be inserting the same objects.
    Contended {
        /// When to ask again.
        retry_after: Duration,
    },
    Store(StoreError),
}

impl From<StoreError> for ClaimError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A range of a client file that this gateway, and nobody else, may insert.
#[derive(Debug)]
pub(crate) struct Claim {
    records: Records,
    before: ClientFile,
    after: ClientFile,
    /// What is announced, if there was anything.
    range: Option<(SequenceNumber, SequenceNumber)>,
    busy: Busy,
}

/// Marks a client file as being worked on.
#[derive(Debug)]
struct Busy {
    client: ClientFileId,
    claim: ObjectId,
    stage: Stage,
    state: Arc<Mutex<State>>,
}

/// How far a claim got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing is announced, or everything announced is settled.
    Quiet,
    /// Something may be announced, and nothing is inserted.
    Announced,
    /// Its inserts may be on their way.
    Inserting,
}

impl Ledger {
    pub(crate) fn new(records: Records, straggle: Duration) -> Self {
        Self { records, straggle, state: Arc::default() }
    }

    /// Announces those of these objects that are not known to be integrated. They come in
    /// ascending order.
    pub(crate) async fn claim(
        &self,
        client: ClientFileId,
        sequences: &[SequenceNumber],
    ) -> Result<Claim, ClaimError> {
        let mut busy = self.begin(client)?;
        let before = self.read(client).await?;
        let pending: Vec<_> = sequences
            .iter()
            .copied()
            .filter(|sequence| matches!(before.known(*sequence), Known::New | Known::Doubtful))
            .collect();
        self.wait_for_others(client, &before.claims_of(pending.iter().copied()))?;
        let mut after = before.clone();
        let range = pending.first().copied().zip(pending.last().copied());
        if let Some((first, last)) = range {
            after.claim(busy.claim, first, last);
            busy.stage = Stage::Announced;
            if !self.records.exchange(&before, &after).await? {
                return Err(ClaimError::Contended { retry_after: BUSY });
            }
        }
        Ok(Claim { records: self.records.clone(), before, after, range, busy })
    }

    fn begin(&self, client: ClientFileId) -> Result<Busy, ClaimError> {
        if !lock(&self.state).busy.insert(client) {
            return Err(ClaimError::Contended { retry_after: BUSY });
        }
        let (claim, state) = (ObjectId::new(), Arc::clone(&self.state));
        Ok(Busy { client, claim, stage: Stage::Quiet, state })
    }

    async fn read(&self, client: ClientFileId) -> Result<ClientFile, StoreError> {
        let id = Bson::ObjectId(ObjectId::from_bytes(*client.as_bytes()));
        if let Some(file) = self.records.get(id.clone()).await? {
            return Ok(file);
        }
        let new = ClientFile::new(client);
        if self.records.insert(&new).await? {
            return Ok(new);
        }
        let theirs = self.records.get(id).await?;
        theirs.ok_or_else(|| StoreError::Record("a client file vanished".to_owned()))
    }

    /// Lets time pass in which the inserts of other claims may still take effect. It is measured
    /// by the clock of this gateway alone, from when it first saw the claim.
    fn wait_for_others(&self, client: ClientFileId, claims: &[ObjectId]) -> Result<(), ClaimError> {
        if self.straggle.is_zero() {
            return Ok(());
        }
        let now = Instant::now();
        let mut state = lock(&self.state);
        let mut longest = Duration::ZERO;
        for claim in claims {
            let watched = &mut state.watched;
            if watched.len() >= MAX_WATCHED {
                watched.retain(|_, since| {
                    since.is_some_and(|since| now.duration_since(since) < self.straggle)
                });
            }
            if watched.len() >= MAX_WATCHED {
                watched.clear();
            }
            let since = *watched.entry((client, *claim)).or_insert(Some(now));
            let left = since.map(|since| self.straggle.saturating_sub(now.duration_since(since)));
            longest = longest.max(left.unwrap_or_default());
        }
        if longest.is_zero() { Ok(()) } else { Err(ClaimError::Contended { retry_after: longest }) }
    }
}

impl Claim {
    /// What is known of an object of the batch.
    pub(crate) fn known(&self, sequence: SequenceNumber) -> Known {
        self.before.known(sequence)
    }

    /// Says that the inserts are about to be sent: from here on they may take effect.
    pub(crate) fn inserting(&mut self) {
        if self.range.is_some() {
            self.busy.stage = Stage::Inserting;
        }
    }

    /// Notes that everything claimed is integrated, but for these that were rejected. Fails if
    /// somebody else took over meanwhile: then nothing may be said about the objects.
    pub(crate) async fn settle(mut self, rejected: &[SequenceNumber]) -> Result<(), ClaimError> {
        let Some((first, last)) = self.range else { return Ok(()) };
        loop {
            let before = self.after.clone();
            self.after.settle(first, last, rejected.iter().copied());
            if self.records.exchange(&before, &self.after).await? {
                self.busy.stage = Stage::Quiet;
                return Ok(());
            }
            // Another batch of the client, or somebody who took this claim over.
            let id = Bson::ObjectId(ObjectId::from_bytes(*self.busy.client.as_bytes()));
            match self.records.get::<ClientFile>(id).await? {
                Some(current) if current.holds(self.busy.claim) => self.after = current,
                _ => return Err(ClaimError::Contended { retry_after: BUSY }),
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.busy.remove(&self.client);
        let since = match self.stage {
            Stage::Quiet => return,
            Stage::Announced => None,
            Stage::Inserting => Some(Instant::now()),
        };
        state.watched.insert((self.client, self.claim), since);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
