//! What the gateway did lately, for those who ask the Admin API.
//!
//! The log lives in memory and holds the latest requests of this gateway alone: it is for finding
//! out why a request went wrong, by the correlation id in its answer. What must be kept goes to the
//! log of the process.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use bson::{DateTime, oid::ObjectId};

/// Requests that are remembered.
const MAX_ENTRIES: usize = 5_000;

/// A request and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: ObjectId,
    /// The correlation id that the answer bore.
    pub(crate) co_id: String,
    /// As App Services names it: `AUTH`, `API`, ...
    pub(crate) kind: &'static str,
    pub(crate) client_app_id: String,
    pub(crate) user_id: Option<ObjectId>,
    /// Where the request came from.
    pub(crate) remote: Option<IpAddr>,
    /// Without the query, which may hold a token.
    pub(crate) path: String,
    pub(crate) method: String,
    pub(crate) started: DateTime,
    pub(crate) completed: DateTime,
    pub(crate) status: u16,
    /// The message and the name of what went wrong.
    pub(crate) error: Option<(String, String)>,
}

/// The latest requests, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<Entry>>);

impl Log {
    pub(crate) fn push(&self, entry: Entry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Entries that fit, the newest first: those behind the first `skip`, at most `limit`. Answers
    /// also whether there are more.
    pub(crate) fn find(
        &self,
        fits: impl Fn(&Entry) -> bool,
        skip: usize,
        limit: usize,
    ) -> (Vec<Entry>, bool) {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = entries.iter().rev().filter(|entry| fits(entry)).skip(skip);
        let page = found.by_ref().take(limit).cloned().collect();
        (page, found.next().is_some())
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn entry(path: usize) -> Entry {
        let now = DateTime::now();
        Entry {
            id: ObjectId::new(),
            co_id: String::new(),
            kind: "API",
            client_app_id: String::new(),
            user_id: None,
            remote: None,
            path: path.to_string(),
            method: "GET".to_owned(),
            started: now,
            completed: now,
            status: 200,
            error: None,
        }
    }

    #[test]
    fn the_oldest_entries_make_room_for_the_newest() {
        let log = Log::default();
        (0..MAX_ENTRIES + 2).for_each(|n| log.push(entry(n)));
        let (all, more) = log.find(|_| true, 0, usize::MAX);
        assert_eq!((all.len(), more), (MAX_ENTRIES, false));
        assert_eq!(all.first().unwrap().path, (MAX_ENTRIES + 1).to_string());
        assert_eq!(all.last().unwrap().path, "2");
    }

    #[test]
    fn pages_follow_each_other() {
        let log = Log::default();
        (0..5).for_each(|n| log.push(entry(n)));
        let (page, more) = log.find(|entry| entry.path != "3", 1, 2);
        let paths: Vec<_> = page.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!((paths, more), (vec!["2", "1"], true));
    }
}
