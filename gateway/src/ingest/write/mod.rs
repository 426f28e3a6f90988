//! The way of documents into the store: batches of many clients become few large inserts.
//!
//! ```text
//! request ─┐                  ┌ client a: ▒▒ ▒▒      ┌ insert of ▒ ░ ▒ ░ █ ─▶ store
//! request ─┼─▶ lane of the ───┤ client b: ░░ ░░ ░░ ──┤
//! request ─┘    namespace     └ client c: ██         └ answers, each to its own request
//! ```
//!
//! Whatever comes to an idle lane leaves at once. While an insert is on its way, documents wait and
//! leave together as soon as it is done; a second insert goes beside it only when it would be a
//! large one. So nothing is ever delayed to become part of something larger, and the busier the
//! store, the larger the inserts. Clients take turns in a lane, one batch each.
//!
//! What waits is bounded by the bytes in flight of all requests. An insert goes on when the
//! requests that wait for it are gone.

mod lane;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex, PoisonError},
};

use asymmetric_protocol::ClientFileId;
use futures_util::future::join_all;
use tokio::{sync::oneshot, task::JoinSet, time::Instant};

use self::lane::{Entry, Group, Lane};
use crate::{
    Namespace,
    store::{Document, Insert, Inserted, Outcome, Store, StoreError},
};

/// What requests hand their documents to.
#[derive(Debug)]
pub(crate) struct WritePath {
    lanes: Arc<Lanes>,
    /// One task per insert on its way; aborted when the write path is dropped.
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct Lanes {
    store: Arc<dyn Store>,
    /// Only those in which something waits or is on its way.
    by_namespace: Mutex<HashMap<Namespace, Lane>>,
}

impl WritePath {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        let lanes = Arc::new(Lanes { store, by_namespace: Mutex::default() });
        Self { lanes, tasks: Mutex::default() }
    }

    /// Answers when the outcome of every document is known, or cannot be known: one [`Inserted`]
    /// per [`Insert`]. What still waits at the deadline is not sent.
    ///
    /// # Cancel safety
    ///
    /// What was handed over is written, whether or not somebody waits for it.
    pub(crate) async fn write(
        &self,
        client: ClientFileId,
        inserts: Vec<Insert>,
        deadline: Option<Instant>,
    ) -> Vec<Inserted> {
        let waiting: Vec<_> = inserts
            .into_iter()
            .map(|Insert { namespace, documents }| {
                let size = documents.len();
                let answer = (size > 0).then(|| {
                    let (reply, answer) = oneshot::channel();
                    self.submit(namespace, Entry::new(client, documents, deadline, reply));
                    answer
                });
                async move {
                    let Some(answer) = answer else {
                        return Inserted { outcomes: Vec::new(), error: None };
                    };
                    answer.await.unwrap_or_else(|_| Inserted {
                        outcomes: vec![Outcome::Unknown; size],
                        error: Some(StoreError::Closed),
                    })
                }
            })
            .collect();
        join_all(waiting).await
    }

    fn submit(&self, namespace: Namespace, entry: Entry) {
        let starts = self.lanes.push(&namespace, entry);
        if starts {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            // The set keeps what has ended until it is asked for it.
            while tasks.try_join_next().is_some() {}
            tasks.spawn(Arc::clone(&self.lanes).run(namespace));
        }
    }
}

impl Lanes {
    /// Lets an entry wait; answers whether another insert shall start.
    fn push(&self, namespace: &Namespace, entry: Entry) -> bool {
        let mut lanes = self.by_namespace.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(namespace.clone()).or_default();
        lane.push(entry);
        lane.start()
    }

    /// Makes inserts of what waits until nothing does.
    async fn run(self: Arc<Self>, namespace: Namespace) {
        while let Some((group, documents)) = self.take(&namespace) {
            let insert = Insert { namespace: namespace.clone(), documents };
            let inserted = self.store.insert(vec![insert]).await.pop();
            group.answer(
                inserted
                    .unwrap_or(Inserted { outcomes: Vec::new(), error: Some(StoreError::Closed) }),
            );
        }
    }

    /// What to insert next; `None` ends the run that asks.
    fn take(&self, namespace: &Namespace) -> Option<(Group, Vec<Document>)> {
        let mut lanes = self.by_namespace.lock().unwrap_or_else(PoisonError::into_inner);
        let hash_map::Entry::Occupied(mut lane) = lanes.entry(namespace.clone()) else {
            return None;
        };
        let group = lane.get_mut().take();
        if lane.get().is_idle() {
            lane.remove();
        }
        group
    }
}
