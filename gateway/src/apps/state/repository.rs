//! Reading and writing what the store keeps of apps.

use std::collections::HashMap;

use bson::{Binary, DateTime, oid::ObjectId, spec::BinarySubtype};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::record::{AppState, Blob, Head, Tree, key};
use crate::{
    apps::AppFiles,
    store::{Records, StoreError},
};

/// Revisions that are kept: a gateway that is behind finds its way from any of them.
const KEPT_REVISIONS: i64 = 16;
/// Blobs that are read or written at the same time.
const PARALLEL_BLOBS: usize = 16;

/// The apps in a store.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(super) records: Records,
}

impl Repository {
    pub(crate) fn new(records: Records) -> Self {
        Self { records }
    }

    /// The id of every app there ever was, and a revision that is not newer than its newest.
    pub(crate) async fn heads(&self) -> Result<Vec<(ObjectId, i64)>, StoreError> {
        let heads = self.records.all::<Head>().await?;
        Ok(heads.into_iter().map(|head| (head.id, head.revision)).collect())
    }

    /// The newest revision of an app, also if it was deleted.
    pub(crate) async fn find(&self, id: ObjectId) -> Result<Option<AppState>, StoreError> {
        let head = self.records.get::<Head>(id).await?;
        self.newest(id, head.map_or(0, |head| head.revision), 0).await
    }

    /// The newest revision of an app, if it is newer than `known`. `hint` is where to look first.
    pub(crate) async fn newest(
        &self,
        id: ObjectId,
        hint: i64,
        known: i64,
    ) -> Result<Option<AppState>, StoreError> {
        let mut newest = None;
        if hint > known {
            newest = self.records.get::<AppState>(key(id, hint)).await?;
        }
        let mut next = hint.max(known) + 1;
        while let Some(state) = self.records.get::<AppState>(key(id, next)).await? {
            next += 1;
            newest = Some(state);
        }
        Ok(newest)
    }

    /// Stores a revision, whose trees are stored already. Answers `false` if somebody else stored
    /// one of this number.
    pub(crate) async fn commit(&self, state: &AppState) -> Result<bool, StoreError> {
        if !self.records.insert(state).await? {
            return Ok(false);
        }
        self.records.put(&Head { id: state.id, revision: state.revision }).await?;
        if state.revision > KEPT_REVISIONS {
            let old = key(state.id, state.revision - KEPT_REVISIONS);
            self.records.delete::<AppState>(old).await?;
        }
        Ok(true)
    }

    /// Stores files. Answers the digest of their tree.
    pub(crate) async fn save(&self, files: &AppFiles) -> Result<String, StoreError> {
        let mut tree = Tree { files: Vec::new() };
        let mut blobs = HashMap::new();
        for (path, bytes) in files.iter() {
            let digest = digest(bytes);
            tree.files.push((path.to_owned(), digest.clone()));
            blobs.insert(digest, bytes.clone());
        }
        let tree = serde_json::to_vec(&tree).map_err(|e| StoreError::Record(e.to_string()))?;
        let tree_digest = digest(&tree);
        let there = self.records.get::<Blob>(tree_digest.as_str()).await?;
        if there.is_some_and(|tree| !tree.is_stale()) {
            // All that it names was wanted shortly before.
            return Ok(tree_digest);
        }
        stream::iter(blobs)
            .map(|(digest, bytes)| self.want(digest, bytes))
            .buffer_unordered(PARALLEL_BLOBS)
            .try_collect::<()>()
            .await?;
        // The tree last: who finds it finds all that it names.
        self.want(tree_digest.clone(), tree.into()).await?;
        Ok(tree_digest)
    }

    /// Sees to it that a blob is there, and stays for a while.
    async fn want(&self, digest: String, bytes: Bytes) -> Result<(), StoreError> {
        let bytes = Binary { subtype: BinarySubtype::Generic, bytes: bytes.into() };
        let blob = Blob { digest, bytes, wanted_at: DateTime::now() };
        while !self.records.insert(&blob).await? {
            let note = |there: &mut Blob| {
                let stale = there.is_stale();
                if stale {
                    there.wanted_at = blob.wanted_at;
                }
                stale
            };
            if self.records.update(blob.digest.as_str(), note).await?.is_some() {
                break;
            }
            // It was removed in between.
        }
        Ok(())
    }

    /// The files of a tree. What `known` has is not read again.
    pub(crate) async fn load(&self, tree: &str, known: &AppFiles) -> Result<AppFiles, StoreError> {
        let damaged = |error: &dyn std::error::Error| StoreError::Record(error.to_string());
        let bytes = self.blob(tree).await?;
        let tree: Tree = serde_json::from_slice(&bytes).map_err(|error| damaged(&error))?;
        let known: HashMap<String, &Bytes> =
            known.iter().map(|(_, bytes)| (digest(bytes), bytes)).collect();
        let known = &known;
        let read = stream::iter(tree.files)
            .map(|(path, digest)| async move {
                let bytes = match known.get(&digest) {
                    Some(bytes) => Bytes::clone(bytes),
                    None => self.blob(&digest).await?,
                };
                Ok::<_, StoreError>((path, bytes))
            })
            .buffered(PARALLEL_BLOBS)
            .try_collect::<Vec<_>>()
            .await?;
        let mut files = AppFiles::default();
        for (path, bytes) in read {
            files.insert(&path, bytes).map_err(|error| damaged(&error))?;
        }
        Ok(files)
    }

    pub(super) async fn blob(&self, digest: &str) -> Result<Bytes, StoreError> {
        let blob = self.records.get::<Blob>(digest).await?;
        let blob = blob.ok_or_else(|| StoreError::Record(format!("blob {digest} is missing")))?;
        Ok(blob.bytes.bytes.into())
    }
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(half.into(), 16).unwrap_or_default());
        }
        text
    })
}
