//! `sync/learnt.json`: every version of a class that devices have announced.

use std::collections::BTreeMap;

use asymmetric_schema::{ClassDocument, Fingerprint, Place};
use serde_json::Value;

use crate::{apps::AppFiles, classes::MadeAs};

/// Versions that an app learns at most: far more than anybody builds while developing.
const MAX_VERSIONS: usize = 1000;

/// What was announced, by fingerprint.
#[derive(Debug, Default)]
pub(crate) struct Versions(BTreeMap<String, Value>);

impl Versions {
    pub(crate) const FILE: &'static str = "sync/learnt.json";

    /// Those of an app.
    pub(crate) fn of(files: &AppFiles) -> Self {
        Self(files.object(Self::FILE).into_iter().collect())
    }

    /// All that can be read.
    pub(crate) fn classes(&self) -> impl Iterator<Item = ClassDocument> {
        self.0.values().filter_map(|json| ClassDocument::from_announcement(json.clone()).ok())
    }

    /// How a collection was made, if anything is known of it.
    pub(super) fn made_as(&self, place: &Place) -> Option<MadeAs> {
        self.classes().find(|class| class.place == *place).map(|class| class.time_series.into())
    }

    /// Adds a version; answers whether it is new, and refuses too many.
    pub(super) fn add(
        &mut self,
        fingerprint: Fingerprint,
        class: &ClassDocument,
    ) -> Result<bool, String> {
        let key = fingerprint.to_string();
        if self.0.contains_key(&key) {
            return Ok(false);
        }
        if self.0.len() >= MAX_VERSIONS {
            return Err(format!(
                "{MAX_VERSIONS} versions of classes were learnt already; remove `{}` from the app",
                Self::FILE
            ));
        }
        self.0.insert(key, class.to_announcement());
        Ok(true)
    }

    pub(super) const fn as_map(&self) -> &BTreeMap<String, Value> {
        &self.0
    }
}
