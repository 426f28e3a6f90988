//! Learning classes: from lessons to another revision of the app.

use std::{collections::HashMap, sync::Arc};

use asymmetric_schema::ClassDocument;

use super::{
    realm::{self, RealmClass},
    teach::{Lesson, TeachError, teach},
};
use crate::{
    Gateway,
    apps::{App, AppConfig, state::EditError},
    error::{ApiError, chain},
};

/// What came of lessons.
#[derive(Clone, Debug)]
pub(crate) struct Learnt {
    /// The app as it is now.
    pub(crate) app: Arc<App>,
    /// Classes that were not learnt, by title, and why.
    pub(crate) refused: HashMap<String, String>,
}

/// Why nothing is stored.
enum Stop {
    /// There is nothing new; this was refused.
    Nothing(HashMap<String, String>),
    Edit(EditError),
}

impl From<EditError> for Stop {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl Gateway {
    /// Learns classes that a device has announced as they are.
    pub(crate) async fn learn(
        &self,
        app: &App,
        announced: Vec<ClassDocument>,
    ) -> Result<Learnt, ApiError> {
        self.study(app, |_| announced.clone(), true).await
    }

    /// Learns what a Realm SDK has announced.
    pub(crate) async fn learn_realm(
        &self,
        app: &App,
        announced: &[RealmClass],
    ) -> Result<Learnt, ApiError> {
        self.study(app, |config| realm::classes(config, announced), false).await
    }

    async fn study(
        &self,
        app: &App,
        classes: impl Fn(&AppConfig) -> Vec<ClassDocument>,
        is_version: bool,
    ) -> Result<Learnt, ApiError> {
        // Devices that are built alike announce alike: the first one teaches, the others look on.
        let _one_at_a_time = self.learning().lock().await;
        // Nobody's: what devices say is no draft.
        let nobody = bson::oid::ObjectId::from_bytes([0; 12]);
        let studied = self.apps().edit(app.id, nobody, |edit| {
            let mut refused = HashMap::new();
            let mut changed = false;
            for class in classes(&edit.config) {
                let title = class.title().to_owned();
                let made_as = app.classes.made_as(&class.place);
                let before = edit.files.clone();
                let lesson = Lesson { class, is_version, made_as };
                let taught = teach(edit, &lesson).and_then(|new| {
                    let checked = new.then(|| App::configured(edit.files.clone())).transpose();
                    Ok(checked.map_err(EditError::from)?)
                });
                match taught {
                    Ok(None) => {}
                    Ok(Some(app)) => {
                        changed = true;
                        edit.config = app.config;
                    }
                    Err(TeachError::Refused(why)) => {
                        edit.files = before;
                        refused.insert(title, why);
                    }
                    Err(TeachError::Edit(error)) => {
                        edit.files = before;
                        refused.insert(title, format!("the app cannot take it: {}", chain(&error)));
                    }
                }
            }
            if changed { Ok(refused) } else { Err(Stop::Nothing(refused)) }
        });
        let refused = match studied.await {
            Ok(refused) => {
                tracing::info!(app = app.client_app_id, "learnt classes of devices");
                refused
            }
            Err(Stop::Nothing(refused)) => refused,
            Err(Stop::Edit(error)) => return Err(ApiError::from(error)),
        };
        for (class, why) in &refused {
            tracing::warn!(app = app.client_app_id, class, why, "a class was not learnt");
        }
        let now = self.apps().get(app.id).ok_or(EditError::NoApp)?;
        Ok(Learnt { app: Arc::clone(&now.app), refused })
    }
}
