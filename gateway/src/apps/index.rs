//! The apps of a gateway.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bson::oid::ObjectId;

use super::app::{App, is_client_app_id};

/// The apps of a gateway, by the names that requests use.
#[derive(Debug)]
pub(crate) struct Apps {
    /// What an app has that is not configured, if every client app id is an app.
    development: Option<App>,
    configured: RwLock<Arc<Index>>,
}

#[derive(Clone, Debug, Default)]
struct Index {
    by_client_app_id: HashMap<String, Arc<App>>,
    by_domain_id: HashMap<ObjectId, Arc<App>>,
}

impl Apps {
    /// No app; or, in development mode, every client app id.
    pub(crate) fn new(development: bool) -> Self {
        let template = development.then(App::development_template);
        Self { development: template, configured: RwLock::default() }
    }

    /// The app with this client app id.
    pub(crate) fn find(&self, client_app_id: &str) -> Option<Arc<App>> {
        if let Some(app) = self.index().by_client_app_id.get(client_app_id) {
            return Some(Arc::clone(app));
        }
        let template = self.development.as_ref().filter(|_| is_client_app_id(client_app_id))?;
        Some(Arc::new(App::development(template, client_app_id)))
    }

    #[allow(dead_code, reason = "for requests that name no app")]
    /// The configured app that users of this domain belong to. Development apps have no list.
    pub(crate) fn of_domain(&self, domain_id: ObjectId) -> Option<Arc<App>> {
        self.index().by_domain_id.get(&domain_id).map(Arc::clone)
    }

    /// All configured apps, by client app id.
    pub(crate) fn all(&self) -> Vec<Arc<App>> {
        let mut apps: Vec<_> = self.index().by_client_app_id.values().map(Arc::clone).collect();
        apps.sort_unstable_by(|a, b| a.client_app_id.cmp(&b.client_app_id));
        apps
    }

    /// Serves an app from now on, in the place of the one with its client app id.
    pub(crate) fn put(&self, app: App) {
        let app = Arc::new(app);
        let mut index = self.configured.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Index::clone(&index);
        next.by_domain_id.insert(app.domain_id, Arc::clone(&app));
        next.by_client_app_id.insert(app.client_app_id.clone(), app);
        *index = Arc::new(next);
    }

    fn index(&self) -> Arc<Index> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_apps_have_a_stable_domain_id_of_their_own() {
        let apps = Apps::new(true);
        let app = apps.find("weather-abcde").unwrap();
        // Computed once and committed: users of development stores belong to it.
        assert_eq!(app.domain_id.to_hex(), "46b04d7343a1f1115bdf88b4");
        assert_ne!(app.domain_id, apps.find("weather-abcdf").unwrap().domain_id);
        assert_ne!(app.domain_id, app.anonymous_provider_id());
    }

    #[test]
    fn what_is_no_client_app_id_is_no_app() {
        for id in ["", "a/b", "a b", "..", "a\0", "ä", &"x".repeat(129)] {
            assert!(Apps::new(true).find(id).is_none(), "{id:?}");
        }
    }

    #[test]
    fn only_configured_apps_are_served_outside_development_mode() {
        let apps = Apps::new(false);
        assert!(apps.find("plant").is_none());
        let mut files = crate::apps::AppFiles::default();
        files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
        apps.put(App::configured(files).unwrap());
        let app = apps.find("plant").unwrap();
        assert!(!app.development);
        assert_eq!(apps.of_domain(app.domain_id).unwrap().client_app_id, "plant");
        assert!(apps.find("plan").is_none());
    }
}
