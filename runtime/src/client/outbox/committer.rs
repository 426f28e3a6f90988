//! The thread that commits what nobody waits for with a thread of their own.

use std::{io, sync::Arc, time::Instant};

use super::{
    Outbox,
    chores::Chores,
    group::Leader,
    sync::{doze, thread, wait},
};

/// Leads commits for asynchronous and buffered writes, and does what has to be done while nobody
/// writes. Owned by whoever opened the outbox; dropping it closes the outbox.
#[derive(Debug)]
pub struct Committer {
    outbox: Arc<Outbox>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    pub fn start(outbox: &Arc<Outbox>) -> io::Result<Self> {
        let shared = Arc::clone(outbox);
        let thread = thread::Builder::new()
            .name("asymmetric-commit".to_owned())
            .spawn(move || shared.run_committer())?;
        Ok(Self { outbox: Arc::clone(outbox), thread: Some(thread) })
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        if let Err(error) = self.outbox.close() {
            tracing::error!(%error, "buffered objects could not be written");
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the committer panicked");
        }
    }
}

impl Outbox {
    fn run_committer(&self) {
        let mut chores = Chores::new(self);
        let mut state = self.group.lock();
        while state.failed.is_none() {
            let now = Instant::now();
            state = match state.due {
                Some(due) if due > now => self.group.wait_for(&self.group.due, state, due - now),
                // Whoever leads has left the queue behind, or is about to take it.
                Some(_) if state.leader != Leader::None => wait(&self.group.ended, state),
                Some(_) if state.queued.is_empty() => {
                    // The last leader has taken it.
                    state.due = None;
                    state
                }
                Some(_) => self.lead(state),
                None => {
                    drop(state);
                    let next = chores.run();
                    let state = self.group.lock();
                    if state.due.is_some() || state.failed.is_some() {
                        state
                    } else {
                        doze(&self.group.due, state, next)
                    }
                }
            };
        }
    }
}
