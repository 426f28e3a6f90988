//! The classes that the server asks about: one in development mode learns them from its devices.

use std::collections::BTreeSet;

use asymmetric_protocol::{
    batch::{Announcement, BatchWriter, ClassEntry},
    limits::MAX_ANNOUNCED_BYTES,
};
use asymmetric_schema::{ClassDocument, Fingerprint};

use crate::client::outbox::Identity;

/// What the server has asked for, and has not judged yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Announcing {
    asked: BTreeSet<Fingerprint>,
}

impl Announcing {
    /// Takes in what an answer to a batch of these classes asks for. Whether there is something
    /// that the next batches have to tell and the one before did not.
    pub(super) fn hear<'a>(
        &mut self,
        classes: impl IntoIterator<Item = &'a ClassEntry>,
        asked: &[Fingerprint],
    ) -> bool {
        let mut is_new = false;
        for class in classes {
            if asked.contains(&class.fingerprint) {
                is_new |= self.asked.insert(class.fingerprint);
            } else {
                self.asked.remove(&class.fingerprint);
            }
        }
        is_new
    }

    /// A server that cannot read a batch may be one that does not know announcements.
    pub(super) fn forget(&mut self) {
        self.asked.clear();
    }

    /// A batch of these classes, with the schemas that were asked for. What does not fit is asked
    /// for again.
    pub(super) fn batch<'a>(
        &self,
        identity: &Identity,
        classes: impl IntoIterator<Item = &'a ClassEntry>,
    ) -> BatchWriter {
        let mut left = MAX_ANNOUNCED_BYTES;
        let announced: Vec<_> = classes
            .into_iter()
            .map(|class| {
                let is_asked = self.asked.contains(&class.fingerprint);
                let schema = is_asked.then(|| schema_of(identity, class.fingerprint));
                let fits = schema.as_ref().is_none_or(|schema| schema.len() <= left);
                let schema = schema.filter(|_| fits);
                left -= schema.as_ref().map_or(0, Vec::len);
                (class, schema)
            })
            .collect();
        let announced = announced.iter().map(|(class, schema)| {
            let announcement = match schema.as_deref() {
                None => Announcement::None,
                Some([]) => Announcement::Unavailable,
                Some(json) => Announcement::Schema(json),
            };
            (*class, announcement)
        });
        BatchWriter::announcing(identity.client_file, announced)
    }
}

/// The class as JSON; empty if it is one of an earlier build.
fn schema_of(identity: &Identity, fingerprint: Fingerprint) -> Vec<u8> {
    let class = identity.schema.classes.iter().find(|class| Fingerprint::of(class) == fingerprint);
    let announcement = class.map(|class| ClassDocument::from(class).to_announcement());
    announcement.map_or_else(Vec::new, |json| json.to_string().into_bytes())
}
