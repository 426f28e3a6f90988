//! Who sends a batch.

use std::{collections::HashMap, sync::Arc};

use asymmetric_schema::Fingerprint;
use bson::{DateTime, oid::ObjectId};

use super::plan::Rejected;
use crate::{
    apps::App,
    auth::Access,
    rejected::RejectedObject,
    rules::{self, NoFunctions, Scope},
};
use asymmetric_protocol::ClientFileId;

/// The app and the user of an upload, and what rules may ask about them.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) app: Arc<App>,
    pub(crate) user: ObjectId,
    /// What expansions of rules find: `user`, `values`, `environment`.
    pub(crate) known: bson::Document,
    /// Versions of classes that the app does not learn, and why.
    pub(crate) refused: HashMap<Fingerprint, String>,
}

impl Sender {
    /// The user of an access token that was checked.
    pub(crate) fn of(app: Arc<App>, access: &Access) -> Self {
        let id = access.user_id.to_hex();
        let nothing = bson::Document::new;
        let user = rules::user(&id, "normal", nothing(), access.custom_data.clone(), Vec::new());
        let mut known = app.classes.known().clone();
        known.insert("user", user);
        Self { app, user: access.user_id, known, refused: HashMap::new() }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        // A key with a NUL is in no configuration; without a scope everything that asks is denied.
        Scope::new(&self.known, &NoFunctions).unwrap_or_else(Scope::empty)
    }

    /// A rejected object as it is kept.
    pub(super) fn rejected(&self, client: ClientFileId, rejected: &Rejected) -> RejectedObject {
        let Rejected { rejection, class, bytes } = rejected;
        let (code, reason) = RejectedObject::why(&rejection.code, &rejection.reason);
        RejectedObject {
            id: RejectedObject::id_of(client, rejection.sequence),
            at: DateTime::now(),
            app: self.app.client_app_id.clone(),
            user: self.user,
            class: class.title.clone(),
            database: class.database.clone(),
            collection: class.collection.clone(),
            code,
            reason,
            document: RejectedObject::payload(bytes),
        }
    }
}

#[cfg(test)]
impl Sender {
    /// Somebody in a development app.
    pub(crate) fn development() -> Self {
        let template = App::development_template();
        let app = Arc::new(App::development(&template, "weather-abcde"));
        let (known, refused) = Default::default();
        Self { app, user: ObjectId::new(), known, refused }
    }
}
