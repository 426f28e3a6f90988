//! The schema lock: every version of every class that was ever accepted.
//!
//! ```toml
//! format = 1
//!
//! [[class]]
//! realm = "Telemetry"
//! class = "Reading"
//! fingerprint = "fb9cb8fc31a98f886f2acfa2346b6531fc9a1ddc8ebbc09b9f1b71e35146729d"
//! place = ["mongodb-atlas", "telemetry", "readings"]
//! schema.bsonType = '"object"'
//! schema.required = '["_id"]'
//! properties._id = '{"bsonType":"objectId"}'
//! ```
//!
//! A block is one version of one class; blocks of one class stand together, oldest first. There are
//! no numbers and nothing that counts, so that two branches that change different classes merge by
//! themselves. Where two change one class, git stops, and [`Lock::merged`] keeps the versions of both.
//! Each block is held against its fingerprint when it is read: an edit that damages one is noticed.

mod error;
mod read;
mod review;
#[cfg(test)]
mod tests;
mod write;

pub use error::LockError;
pub use review::Review;

use crate::{ClassDocument, Finding};

/// Every accepted version of every class, and what was allowed on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    entries: Vec<Entry>,
    pending: Vec<(String, Allowance)>,
}

/// One step in the history of a class.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// Name of the realm schema.
    realm: String,
    /// Title of the class.
    class: String,
    /// The version; `None` where the class was removed.
    version: Option<ClassDocument>,
    /// What the step changed that needed an allowance.
    allowed: Vec<Allowance>,
}

/// The permission to make a change that is not additive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Allowance {
    /// Id of the rule that finds the change.
    pub rule: String,
    /// Where it is found: [`Finding::at`].
    pub at: String,
    /// Why it is all right.
    pub reason: String,
}

impl Allowance {
    /// Allows what the rule finds at a place.
    #[must_use]
    pub fn new(rule: &str, at: &str, reason: &str) -> Self {
        Self { rule: rule.to_owned(), at: at.to_owned(), reason: reason.to_owned() }
    }

    /// Whether the allowance is about this finding.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule.id && self.at == finding.at
    }
}

impl Lock {
    /// Every accepted version, those of one class oldest first. A gateway that knows them can read
    /// what any program writes that was ever built from a locked schema.
    pub fn versions(&self) -> impl Iterator<Item = &ClassDocument> {
        self.entries.iter().filter_map(|entry| entry.version.as_ref())
    }

    /// The newest version of every class of a realm schema that was not removed.
    pub fn newest<'a>(&'a self, realm: &'a str) -> impl Iterator<Item = &'a ClassDocument> {
        let newest = self.entries.iter().enumerate().filter(|(index, entry)| {
            let later = self.entries.iter().skip(index + 1);
            !later.clone().any(|other| other.realm == entry.realm && other.class == entry.class)
        });
        newest
            .filter(move |(_, entry)| entry.realm == realm)
            .filter_map(|(_, entry)| entry.version.as_ref())
    }

    /// The names of the realm schemas, sorted.
    #[must_use]
    pub fn realms(&self) -> Vec<&str> {
        let mut realms: Vec<&str> = self.entries.iter().map(|entry| &*entry.realm).collect();
        realms.dedup();
        realms
    }

    /// The allowances that wait for a change, each with the name of its realm schema.
    pub fn pending(&self) -> impl Iterator<Item = (&str, &Allowance)> {
        self.pending.iter().map(|(realm, allowance)| (realm.as_str(), allowance))
    }

    /// Why a change is allowed that was accepted at some time, or is to come.
    #[must_use]
    pub fn reason(&self, realm: &str, finding: &Finding) -> Option<&str> {
        let entries = self.entries.iter().filter(|entry| entry.realm == realm);
        let accepted = entries.flat_map(|entry| &entry.allowed);
        let pending = self.pending.iter().filter(|(other, _)| other == realm);
        accepted
            .chain(pending.map(|(_, allowance)| allowance))
            .find(|allowance| allowance.covers(finding))
            .map(|allowance| allowance.reason.as_str())
    }

    /// Takes over whatever another lock accepted and allowed. Returns how many of its steps were new.
    pub fn merge(&mut self, other: Self) -> usize {
        let known = self.entries.len();
        for entry in other.entries {
            if !self.entries.contains(&entry) {
                self.entries.push(entry);
            }
        }
        let new = self.entries.len() - known;
        self.entries.sort_by(|a, b| (&a.realm, &a.class).cmp(&(&b.realm, &b.class)));
        for (realm, allowance) in other.pending {
            self.allow(&realm, allowance);
        }
        new
    }

    /// Allows a change to come. It takes effect when a version with that change is accepted, and is
    /// kept with it. Another allowance of the same change is replaced.
    pub fn allow(&mut self, realm: &str, allowance: Allowance) {
        self.pending.retain(|(other_realm, other)| {
            other_realm != realm || other.rule != allowance.rule || other.at != allowance.at
        });
        self.pending.push((realm.to_owned(), allowance));
        self.pending.sort_by(|(a_realm, a), (b_realm, b)| {
            (a_realm, &a.at, &a.rule).cmp(&(b_realm, &b.at, &b.rule))
        });
    }
}
