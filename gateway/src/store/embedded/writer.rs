//! The thread that owns all writing: jobs in, durable answers out.
//!
//! Jobs that wait while a commit runs share the next one, so many clients cost no more flushes than
//! one. A job's answer is sent after the commit that holds it.

use std::{collections::HashMap, path::Path, sync::Arc};

use redb::{Database, ReadableTable, ReadableTableMetadata, Table, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::{
    file::{self, DOCUMENTS, NAMESPACES},
    key::{self, NamespaceId},
};
use crate::{
    Namespace,
    store::{Document, Insert, MAX_DOCUMENT_BYTES, Outcome, StoreError},
};

/// How many jobs may wait.
pub(super) const QUEUE: usize = 256;
/// Size at which a group of jobs is committed without waiting for more to join.
const GROUP_BYTES: usize = 32 * 1024 * 1024;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// A change to make durable.
pub(super) enum Job {
    Insert { inserts: Vec<Insert>, reply: Reply<Vec<Vec<Outcome>>> },
    Replace { namespace: Namespace, document: Document, reply: Reply<bool> },
    Exchange { namespace: Namespace, before: Document, after: Option<Document>, reply: Reply<bool> },
    Delete { namespace: Namespace, id: Document, reply: Reply<bool> },
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Insert { inserts, .. } => inserts
                .iter()
                .flat_map(|insert| &insert.documents)
                .map(|document| document.as_bytes().len())
                .sum(),
            Self::Replace { document, .. } | Self::Delete { id: document, .. } => {
                document.as_bytes().len()
            }
            Self::Exchange { after, .. } => {
                after.as_ref().map_or(0, |document| document.as_bytes().len())
            }
        }
    }
}

/// An answer that waits for the commit.
enum Done {
    Insert(Vec<Vec<Outcome>>, Reply<Vec<Vec<Outcome>>>),
    Change(bool, Reply<bool>),
}

impl Done {
    // Whoever asked may have gone away; the change is made all the same.
    fn send(self, committed: Result<(), &Arc<redb::Error>>) {
        let failed = |error: &Arc<redb::Error>| StoreError::Embedded(Arc::clone(error));
        match self {
            Self::Insert(outcomes, reply) => {
                drop(reply.send(committed.map(|()| outcomes).map_err(failed)));
            }
            Self::Change(changed, reply) => {
                drop(reply.send(committed.map(|()| changed).map_err(failed)));
            }
        }
    }
}

/// Works until the last sender of jobs is gone.
pub(super) fn run(database: &Database, path: &Path, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut bytes = first.bytes();
        let mut group = vec![first];
        while bytes < GROUP_BYTES
            && let Ok(job) = jobs.try_recv()
        {
            bytes += job.bytes();
            group.push(job);
        }
        commit(database, path, group);
    }
}

fn commit(database: &Database, path: &Path, group: Vec<Job>) {
    let mut done = Vec::with_capacity(group.len());
    let mut waiting = group.into_iter();
    let committed = try_commit(database, path, &mut waiting, &mut done);
    let committed = committed.map_err(|error| {
        tracing::error!(%error, file = %path.display(), "commit failed");
        done.extend(waiting.map(unanswered));
        Arc::new(error)
    });
    for done in done {
        done.send(committed.as_ref().copied());
    }
}

fn try_commit(
    database: &Database,
    path: &Path,
    jobs: &mut impl Iterator<Item = Job>,
    done: &mut Vec<Done>,
) -> Result<(), redb::Error> {
    let write = file::begin_write(database, path)?;
    let mut change = Change::new(&write)?;
    for job in jobs {
        apply(&mut change, job, done)?;
    }
    if change.finish()? {
        write.commit()?;
    } else {
        // Documents that were found in the file are durable already.
        write.abort()?;
    }
    Ok(())
}

fn unanswered(job: Job) -> Done {
    match job {
        Job::Insert { reply, .. } => Done::Insert(Vec::new(), reply),
        Job::Replace { reply, .. } | Job::Exchange { reply, .. } | Job::Delete { reply, .. } => {
            Done::Change(false, reply)
        }
    }
}

/// Applies a job. Its answer lands in `done` even when it fails, so that it is told.
fn apply(change: &mut Change<'_>, job: Job, done: &mut Vec<Done>) -> Result<(), redb::Error> {
    match job {
        Job::Insert { inserts, reply } => {
            let outcomes = inserts.iter().map(|insert| change.insert(insert)).collect();
            let (outcomes, result) = split(outcomes);
            done.push(Done::Insert(outcomes, reply));
            result
        }
        Job::Replace { namespace, document, reply } => {
            let (replaced, result) = split(change.replace(&namespace, &document));
            done.push(Done::Change(replaced, reply));
            result
        }
        Job::Exchange { namespace, before, after, reply } => {
            let (exchanged, result) = split(change.exchange(&namespace, &before, after.as_ref()));
            done.push(Done::Change(exchanged, reply));
            result
        }
        Job::Delete { namespace, id, reply } => {
            let (deleted, result) = split(change.delete(&namespace, &id));
            done.push(Done::Change(deleted, reply));
            result
        }
    }
}

fn split<T: Default, E>(result: Result<T, E>) -> (T, Result<(), E>) {
    match result {
        Ok(value) => (value, Ok(())),
        Err(error) => (T::default(), Err(error)),
    }
}

/// The tables of one transaction, and the counts of the namespaces it touched.
struct Change<'txn> {
    namespaces: Table<'txn, &'static str, (u32, u64)>,
    documents: Table<'txn, &'static [u8], &'static [u8]>,
    touched: HashMap<Namespace, Touched>,
    /// Memory for keys.
    key: Vec<u8>,
    changed: bool,
}

#[derive(Clone, Copy)]
struct Touched {
    id: NamespaceId,
    count: u64,
}

impl<'txn> Change<'txn> {
    fn new(write: &'txn WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            namespaces: write.open_table(NAMESPACES)?,
            documents: write.open_table(DOCUMENTS)?,
            touched: HashMap::new(),
            key: Vec::new(),
            changed: false,
        })
    }

    fn insert(&mut self, insert: &Insert) -> Result<Vec<Outcome>, redb::Error> {
        let mut touched = self.touch(&insert.namespace)?;
        let mut outcomes = Vec::with_capacity(insert.documents.len());
        for document in &insert.documents {
            let bytes = document.as_bytes();
            if bytes.len() > MAX_DOCUMENT_BYTES {
                let reason = format!("{} bytes are more than {MAX_DOCUMENT_BYTES}", bytes.len());
                outcomes.push(Outcome::Refused(reason));
                continue;
            }
            key::write(touched.id, document.id(), &mut self.key);
            if self.documents.get(self.key.as_slice())?.is_some() {
                outcomes.push(Outcome::AlreadyThere);
                continue;
            }
            self.documents.insert(self.key.as_slice(), bytes)?;
            touched.count += 1;
            self.changed = true;
            outcomes.push(Outcome::Inserted);
        }
        self.touched.insert(insert.namespace.clone(), touched);
        Ok(outcomes)
    }

    fn replace(&mut self, namespace: &Namespace, document: &Document) -> Result<bool, redb::Error> {
        let touched = self.touch(namespace)?;
        key::write(touched.id, document.id(), &mut self.key);
        let there = self.documents.get(self.key.as_slice())?.is_some();
        if there {
            self.documents.insert(self.key.as_slice(), document.as_bytes())?;
            self.changed = true;
        }
        Ok(there)
    }

    fn exchange(
        &mut self,
        namespace: &Namespace,
        before: &Document,
        after: Option<&Document>,
    ) -> Result<bool, redb::Error> {
        let touched = self.touch(namespace)?;
        key::write(touched.id, before.id(), &mut self.key);
        let found = self.documents.get(self.key.as_slice())?;
        let same = found.is_some_and(|found| found.value() == before.as_bytes());
        match after {
            _ if !same => Ok(false),
            Some(after) => self.replace(namespace, after),
            None => self.delete(namespace, before),
        }
    }

    fn delete(&mut self, namespace: &Namespace, id: &Document) -> Result<bool, redb::Error> {
        let mut touched = self.touch(namespace)?;
        key::write(touched.id, id.id(), &mut self.key);
        let there = self.documents.remove(self.key.as_slice())?.is_some();
        if there {
            touched.count -= 1;
            self.touched.insert(namespace.clone(), touched);
            self.changed = true;
        }
        Ok(there)
    }

    fn touch(&mut self, namespace: &Namespace) -> Result<Touched, redb::Error> {
        if let Some(touched) = self.touched.get(namespace) {
            return Ok(*touched);
        }
        let touched = if let Some((id, count)) = file::namespace(&self.namespaces, namespace)? {
            Touched { id, count }
        } else {
            // Numbers are never given back, so the next one is the number of namespaces.
            let next = self.namespaces.len()?;
            let number = u32::try_from(next).expect("namespaces are counted in 32 bits");
            self.namespaces.insert(namespace.to_string().as_str(), (number, 0))?;
            Touched { id: NamespaceId(number), count: 0 }
        };
        self.touched.insert(namespace.clone(), touched);
        Ok(touched)
    }

    /// Writes the counts; answers whether there is anything to commit.
    fn finish(mut self) -> Result<bool, redb::Error> {
        if self.changed {
            for (namespace, Touched { id, count }) in &self.touched {
                self.namespaces.insert(namespace.to_string().as_str(), (id.0, *count))?;
            }
        }
        Ok(self.changed)
    }
}
