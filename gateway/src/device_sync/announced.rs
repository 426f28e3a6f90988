//! The classes that an upload announces.

use asymmetric_device_sync::{
    announcement::Announcements,
    changeset::Changeset,
    message::{ClientMessage, MessageError},
};
use bytes::Bytes;

use super::{classes::Classes, prepare::MAX_UPLOAD_BYTES};
use crate::{apps::App, development::RealmClass};

/// What the changesets of an upload announce, each class with the place it has, or would have.
pub(super) fn announced(message: &Bytes, app: &App) -> Result<Vec<RealmClass>, MessageError> {
    let ClientMessage::Upload(upload) = ClientMessage::parse(message)? else {
        return Ok(Vec::new());
    };
    let body = upload.decompress(MAX_UPLOAD_BYTES)?;
    let mut announcements = Announcements::default();
    for entry in upload.entries(&body) {
        // A changeset that cannot be decoded is told where its objects are read.
        for located in Changeset::new(entry?.changeset).flatten() {
            announcements.apply(&located.instruction);
        }
    }
    let classes = Classes::of(app);
    let class = |title: &str, schema, is_part| RealmClass {
        place: classes.find(title).place,
        title: title.to_owned(),
        schema,
        is_part,
    };
    // Of ordinary classes nothing is learnt.
    let whole = announcements.schemas().into_iter();
    let whole = whole.filter(|(title, _)| announcements.is_asymmetric(title));
    let whole = whole.map(|(title, schema)| class(title, schema, false));
    let parts = announcements.additions().into_iter();
    Ok(whole.chain(parts.map(|(title, schema)| class(title, schema, true))).collect())
}
