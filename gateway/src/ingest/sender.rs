//! Who sends a batch.

use std::{collections::HashMap, sync::Arc};

use asymmetric_protocol::{ClientFileId, batch::ClassEntry};
use asymmetric_schema::Fingerprint;
use bson::{DateTime, doc, oid::ObjectId};

use super::plan::Rejected;
use crate::{
    apps::App,
    auth::{Access, AuthError},
    classes::Origin,
    functions::Caller,
    gateway::Gateway,
    rejected::RejectedObject,
    rules::{Functions, NoFunctions, Scope},
};

/// The app and the user of an upload, and what rules may ask about them.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) app: Arc<App>,
    pub(crate) user: ObjectId,
    pub(super) origin: Origin,
    /// What expansions of rules find: `user`, `values`, `environment`.
    known: bson::Document,
    /// What expressions of rules call.
    functions: Arc<dyn Functions>,
    /// Versions of classes that the app does not learn, and why.
    pub(crate) refused: HashMap<Fingerprint, String>,
}

impl Sender {
    /// The user of an access token that was checked. It is looked up only if rules ask for more of it
    /// than the token tells.
    pub(crate) async fn of(
        app: Arc<App>,
        access: &Access,
        origin: Origin,
        gateway: &Gateway,
    ) -> Result<Self, AuthError> {
        let user = if app.classes.asks_for_user() {
            gateway.auth().known(access).await?
        } else {
            let custom_data = access.custom_data.clone();
            doc! { "id": access.user_id.to_hex(), "custom_data": custom_data }
        };
        let mut known = app.rules.known().clone();
        known.insert("user", user.clone());
        let functions: Arc<dyn Functions> = if app.classes.has_calls() {
            let caller = Caller { user, ..Caller::default() };
            Arc::new(gateway.functions().callable(&app, &caller))
        } else {
            Arc::new(NoFunctions)
        };
        let (user, refused) = (access.user_id, HashMap::new());
        Ok(Self { app, user, origin, known, functions, refused })
    }

    /// The same user in what the app has become.
    pub(crate) fn in_app(&self, app: Arc<App>) -> Self {
        Self { app, ..self.clone() }
    }

    /// Whether the app would learn the class, and has not refused to.
    pub(super) fn would_teach(&self, entry: &ClassEntry) -> bool {
        !self.refused.contains_key(&entry.fingerprint) && self.app.classes.would_learn(entry)
    }

    /// The user, as documents are asked for.
    pub(crate) fn caller(&self) -> Caller {
        let user = self.known.get_document("user").cloned().unwrap_or_default();
        Caller { user, ..Caller::default() }
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        // A key with a NUL is in no configuration; without a scope everything that asks is denied.
        match Scope::new(&self.known, &*self.functions) {
            Some(scope) => scope,
            None => Scope::empty(),
        }
    }

    /// Whether picking a role waits for functions.
    pub(super) fn waits(&self) -> bool {
        self.app.classes.has_calls()
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
        Self {
            app,
            user: ObjectId::new(),
            origin: Origin::Outbox,
            known: bson::Document::new(),
            functions: Arc::new(NoFunctions),
            refused: HashMap::new(),
        }
    }
}
