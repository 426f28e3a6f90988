//! Holding a realm schema against everything that was accepted before.

use std::collections::BTreeSet;

use super::{Allowance, Entry, Lock};
use crate::{ClassDocument, Finding, compare};

/// What becomes of a realm schema that is held against a lock.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Review {
    /// What changed since the newest versions and hurts nobody.
    pub additive: Vec<Finding>,
    /// What is not additive, and allowed: with the reason.
    pub allowed: Vec<(Finding, String)>,
    /// What is not additive, for some version that was ever accepted, and not allowed.
    pub refused: Vec<Finding>,
    /// Whether the lock knows exactly this schema.
    pub is_locked: bool,
}

impl Lock {
    /// Holds the classes of a realm schema against every accepted version of them.
    #[must_use]
    pub fn review(&self, realm: &str, classes: &[ClassDocument]) -> Review {
        let mut review = Review::default();
        let steps = self.steps(realm, classes, &mut review);
        review.is_locked = steps.is_empty();
        review
    }

    /// Adds the versions that are not in the lock, with the allowances that their changes needed.
    ///
    /// # Errors
    ///
    /// What is not allowed; the lock is as before.
    pub fn accept(&mut self, realm: &str, classes: &[ClassDocument]) -> Result<Review, Review> {
        let mut review = Review::default();
        let steps = self.steps(realm, classes, &mut review);
        review.is_locked = steps.is_empty();
        if !review.refused.is_empty() {
            return Err(review);
        }
        let used = |allowance: &Allowance| {
            steps.iter().flat_map(|step| &step.allowed).any(|used| used == allowance)
        };
        self.pending.retain(|(other, allowance)| other != realm || !used(allowance));
        self.entries.extend(steps);
        self.entries.sort_by(|a, b| (&a.realm, &a.class).cmp(&(&b.realm, &b.class)));
        Ok(review)
    }

    /// What the lock lacks. What it needed goes into the review.
    fn steps(&self, realm: &str, classes: &[ClassDocument], review: &mut Review) -> Vec<Entry> {
        let mut steps = Vec::new();
        let titles: BTreeSet<&str> = classes.iter().map(ClassDocument::title).collect();
        let gone: Vec<&ClassDocument> =
            self.newest(realm).filter(|class| !titles.contains(class.title())).collect();
        let mut renamed = BTreeSet::new();
        for class in classes {
            let mut title = class.title();
            let mut history = self.history(realm, title);
            if let Some(newest) = history.last()
                && let Some(version) = &newest.version
                && version.asymmetric == class.asymmetric
                && version.fingerprint() == class.fingerprint()
            {
                continue;
            }
            if history.is_empty()
                && let Some(old) = gone.iter().find(|old| old.place == class.place)
            {
                title = old.title();
                history = self.history(realm, title);
                renamed.insert(title);
            }
            let allowed = self.judge(realm, &history, Some(class), review);
            let accepted = |title: &str, version: Option<ClassDocument>| Entry {
                realm: realm.to_owned(),
                class: title.to_owned(),
                version,
                allowed: allowed.clone(),
            };
            if title != class.title() {
                steps.push(accepted(title, None));
            }
            let mut version = class.clone();
            version.schema.title = Some(class.title().to_owned());
            steps.push(accepted(class.title(), Some(version)));
        }
        for class in gone.into_iter().filter(|class| !renamed.contains(class.title())) {
            let newest: Vec<&Entry> =
                self.history(realm, class.title()).into_iter().rev().take(1).collect();
            let allowed = self.judge(realm, &newest, None, review);
            steps.push(Entry {
                realm: realm.to_owned(),
                class: class.title().to_owned(),
                version: None,
                allowed,
            });
        }
        steps
    }

    fn history(&self, realm: &str, class: &str) -> Vec<&Entry> {
        let own = |entry: &&Entry| entry.realm == realm && entry.class == class;
        self.entries.iter().filter(own).collect()
    }

    /// Compares with every version of the history, and returns the allowances that are used.
    ///
    /// What was allowed between two versions is settled for those before, unless it changed again
    /// since.
    fn judge(
        &self,
        realm: &str,
        history: &[&Entry],
        class: Option<&ClassDocument>,
        review: &mut Review,
    ) -> Vec<Allowance> {
        let new: Vec<ClassDocument> = class.cloned().into_iter().collect();
        let found: Vec<Vec<Finding>> = history
            .iter()
            .map(|entry| match &entry.version {
                Some(version) => compare(std::slice::from_ref(version), &new),
                None => Vec::new(),
            })
            .collect();
        let same = |a: &Finding, b: &Finding| a.rule.id == b.rule.id && a.at == b.at;
        let settled = |version: usize, finding: &Finding| {
            history.iter().enumerate().skip(version + 1).any(|(later, entry)| {
                entry.allowed.iter().any(|allowance| allowance.covers(finding))
                    && !found.iter().skip(later).flatten().any(|other| same(other, finding))
            })
        };
        if history.iter().all(|entry| entry.version.is_none()) {
            review.additive.extend(compare(&[], &new));
        }
        let mut seen: Vec<&Finding> = Vec::new();
        let mut used = Vec::new();
        // The newest first: its findings say best what the change is.
        for (version, findings) in found.iter().enumerate().rev() {
            for finding in findings {
                if seen.iter().any(|other| same(other, finding)) {
                    continue;
                }
                if !finding.rule.verdict.needs_allowance() {
                    if version + 1 == found.len() {
                        review.additive.push(finding.clone());
                    }
                    continue;
                }
                if settled(version, finding) {
                    continue;
                }
                seen.push(finding);
                let pending = self.pending.iter().filter(|(other, _)| other == realm);
                match pending.map(|(_, allowance)| allowance).find(|a| a.covers(finding)) {
                    Some(allowance) => {
                        review.allowed.push((finding.clone(), allowance.reason.clone()));
                        used.push(allowance.clone());
                    }
                    None => review.refused.push(finding.clone()),
                }
            }
        }
        used
    }
}
