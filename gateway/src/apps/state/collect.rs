//! Removing blobs that no revision names.

use std::{collections::HashSet, time::Duration};

use bson::DateTime;
use futures_util::TryStreamExt;
use serde::Deserialize;

use super::{
    record::{AppState, Blob, Tree},
    repository::Repository,
};
use crate::store::{Record, StoreError};

/// How long a blob stays that nothing names. It may have been saved for a revision that is about to
/// be stored; clocks of gateways may differ by most of this.
pub(crate) const GRACE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a note that a blob is wanted is good for: a small part of the time that it stays.
const NOTE: Duration = Duration::from_secs(60 * 60);

impl Blob {
    /// Whether whoever wants it to be there has to say so again.
    pub(super) fn is_stale(&self) -> bool {
        is_older(self.wanted_at, NOTE)
    }
}

fn is_older(date: DateTime, than: Duration) -> bool {
    let age = DateTime::now().timestamp_millis().saturating_sub(date.timestamp_millis());
    u128::try_from(age).is_ok_and(|age| age >= than.as_millis())
}

/// A blob without its bytes.
#[derive(Deserialize)]
struct Label {
    #[serde(rename = "_id")]
    digest: String,
    wanted_at: Option<DateTime>,
}

impl Repository {
    /// Removes blobs that nobody has wanted for so long and no revision names. Answers how many.
    pub(crate) async fn collect(&self, grace: Duration) -> Result<u64, StoreError> {
        let mut named = self.named().await?;
        let mut unnamed = Vec::new();
        let namespace = Blob::namespace();
        let mut blobs = self.records.store().find(&namespace);
        while let Some(blob) = blobs.try_next().await? {
            let label: Label = bson::deserialize_from_slice(blob.as_bytes())
                .map_err(|error| StoreError::Record(error.to_string()))?;
            let old = label.wanted_at.is_none_or(|wanted_at| is_older(wanted_at, grace));
            if old && !named.contains(&label.digest) {
                if label.wanted_at.is_none() {
                    // From now on it tells, so that it can be compared as a whole.
                    self.records.update(label.digest.as_str(), |_: &mut Blob| true).await?;
                }
                unnamed.push(label.digest);
            }
        }
        if unnamed.is_empty() {
            return Ok(0);
        }
        // Revisions that were stored in the meantime may name what earlier ones did not.
        named = self.named().await?;
        let mut removed = 0;
        for digest in unnamed.into_iter().filter(|digest| !named.contains(digest)) {
            let Some(blob) = self.records.get::<Blob>(digest).await? else { continue };
            // Whoever wants it from now on has changed the note, or puts it back.
            if is_older(blob.wanted_at, grace) && self.records.remove(&blob).await? {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The digests of all blobs that revisions name, and those of the trees.
    async fn named(&self) -> Result<HashSet<String>, StoreError> {
        let mut trees = HashSet::new();
        for state in self.records.all::<AppState>().await? {
            trees.insert(state.live);
            trees.extend(state.draft.map(|draft| draft.tree));
            trees.extend(state.deployments.into_iter().map(|deployment| deployment.tree));
        }
        let mut named = HashSet::new();
        for digest in trees {
            // A tree that is not there is one of a revision that was removed while this was read.
            let Some(tree) = self.records.get::<Blob>(digest.as_str()).await? else { continue };
            let tree: Tree = serde_json::from_slice(&tree.bytes.bytes)
                .map_err(|error| StoreError::Record(error.to_string()))?;
            named.extend(tree.files.into_iter().map(|(_, digest)| digest));
            named.insert(digest);
        }
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bson::oid::ObjectId;

    use super::*;
    use crate::{EmbeddedStore, apps::AppFiles, store::Records};

    async fn repository() -> (Repository, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(directory.path()).await.unwrap();
        (Repository::new(Records::new(Arc::new(store))), directory)
    }

    fn files(text: &str) -> AppFiles {
        let mut files = AppFiles::default();
        files.insert("root_config.json", "{}").unwrap();
        files.insert("README.md", text.to_owned()).unwrap();
        files
    }

    async fn count(repository: &Repository) -> u64 {
        repository.records.store().count(&Blob::namespace()).await.unwrap()
    }

    /// Notes that nobody has wanted any blob for two days.
    async fn two_days_pass(repository: &Repository) {
        for blob in repository.records.all::<Blob>().await.unwrap() {
            let age = |blob: &mut Blob| {
                let then = blob.wanted_at.timestamp_millis() - 2 * 24 * 60 * 60 * 1000;
                blob.wanted_at = DateTime::from_millis(then);
                true
            };
            repository.records.update(blob.digest, age).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_a_revision_names_stays_and_the_rest_goes_after_a_while() {
        let (repository, _directory) = repository().await;
        let id = ObjectId::new();
        let mut state = AppState::first(id, "plant", ObjectId::new(), ObjectId::new());
        // In order: deployed, forgotten, drafted, live.
        let mut trees = Vec::new();
        for text in ["deployed", "forgotten", "drafted", "live"] {
            trees.push(repository.save(&files(text)).await.unwrap());
        }
        state.deployed(None, "api", "", None);
        state.deployments[0].tree = trees[0].clone();
        state.draft = Some(super::super::Draft {
            id: ObjectId::new(),
            user_id: ObjectId::new(),
            tree: trees[2].clone(),
        });
        state.live = trees[3].clone();
        assert!(repository.commit(&state).await.unwrap());

        assert_eq!(count(&repository).await, 9);
        assert_eq!(repository.collect(GRACE).await.unwrap(), 0, "all were wanted just now");
        two_days_pass(&repository).await;
        assert_eq!(repository.collect(GRACE).await.unwrap(), 2, "a tree and its own file");
        assert_eq!(count(&repository).await, 7);
        for tree in [&trees[0], &trees[2], &trees[3]] {
            repository.load(tree, &AppFiles::default()).await.unwrap();
        }
        assert!(repository.load(&trees[1], &AppFiles::default()).await.is_err());
        // What was removed can be saved again.
        assert_eq!(repository.save(&files("forgotten")).await.unwrap(), trees[1]);
        repository.load(&trees[1], &AppFiles::default()).await.unwrap();
    }

    #[tokio::test]
    async fn what_somebody_saves_again_is_not_removed_before_it_is_named() {
        let (repository, _directory) = repository().await;
        let tree = repository.save(&files("again")).await.unwrap();
        two_days_pass(&repository).await;
        assert_eq!(repository.save(&files("again")).await.unwrap(), tree);
        assert_eq!(repository.collect(GRACE).await.unwrap(), 0);
        repository.load(&tree, &AppFiles::default()).await.unwrap();
    }

    #[tokio::test]
    async fn blobs_that_do_not_tell_their_age_are_old() {
        let (repository, _directory) = repository().await;
        let namespace = Blob::namespace();
        let bytes = bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1] };
        let blob = bson::rawdoc! { "_id": "abc", "bytes": bytes };
        let insert = crate::store::Insert {
            namespace: namespace.clone(),
            documents: vec![crate::store::Document::try_from(blob).unwrap()],
        };
        repository.records.store().insert(vec![insert]).await;
        assert_eq!(count(&repository).await, 1);
        assert_eq!(repository.collect(GRACE).await.unwrap(), 1);
        assert_eq!(count(&repository).await, 0);
    }
}
