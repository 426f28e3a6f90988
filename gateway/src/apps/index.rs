//! The apps of a gateway.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bson::oid::ObjectId;

use super::{
    AppConfig, AppFiles,
    app::{App, is_client_app_id},
    state::{AppState, Deployment, Edit, EditError, GRACE, Repository},
};
use crate::{error::chain, store::StoreError};

/// How often a change is tried when others change the app at the same time.
const TRIES: usize = 16;
/// Deployments that are remembered.
const MAX_DEPLOYMENTS: usize = 25;

/// The apps of a gateway, by the names that requests use.
#[derive(Debug)]
pub(crate) struct Apps {
    repository: Repository,
    /// What an app has that is not configured, if every client app id is an app.
    development: Option<App>,
    configured: RwLock<Arc<Index>>,
}

/// A configured app: what is served, and what is known besides.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    pub(crate) state: AppState,
    pub(crate) app: Arc<App>,
    draft: Option<(AppFiles, Arc<AppConfig>)>,
}

#[derive(Clone, Debug, Default)]
struct Index {
    apps: HashMap<ObjectId, Arc<Configured>>,
    client_app_ids: HashMap<String, ObjectId>,
    domain_ids: HashMap<ObjectId, ObjectId>,
}

impl Configured {
    /// The files that this user of the Admin API sees and changes: those of its draft, or those
    /// that are served.
    pub(crate) fn files(&self, user: ObjectId) -> (&AppFiles, &Arc<AppConfig>) {
        match (&self.draft, &self.state.draft) {
            (Some((files, config)), Some(draft)) if draft.user_id == user => (files, config),
            _ => (&self.app.files, &self.app.config),
        }
    }

    /// What was drafted, if anything was.
    pub(crate) fn draft(&self) -> Option<&AppFiles> {
        self.draft.as_ref().map(|(files, _)| files)
    }
}

impl Apps {
    /// The apps in a store; in development mode every client app id is one too.
    pub(crate) async fn open(
        repository: Repository,
        development: bool,
    ) -> Result<Self, StoreError> {
        let template = development.then(App::development_template);
        let apps = Self { repository, development: template, configured: RwLock::default() };
        apps.refresh().await?;
        Ok(apps)
    }

    /// The app with this client app id.
    pub(crate) fn find(&self, client_app_id: &str) -> Option<Arc<App>> {
        let index = self.index();
        let configured = index.client_app_ids.get(client_app_id).and_then(|id| index.apps.get(id));
        if let Some(configured) = configured {
            return Some(Arc::clone(&configured.app));
        }
        let template = self.development.as_ref().filter(|_| is_client_app_id(client_app_id))?;
        Some(Arc::new(App::development(template, client_app_id)))
    }

    /// The configured app that users of this domain belong to. Development apps have no list.
    pub(crate) fn of_domain(&self, domain_id: ObjectId) -> Option<Arc<App>> {
        let index = self.index();
        let id = index.domain_ids.get(&domain_id)?;
        index.apps.get(id).map(|configured| Arc::clone(&configured.app))
    }

    /// A configured app by its id.
    pub(crate) fn get(&self, id: ObjectId) -> Option<Arc<Configured>> {
        self.index().apps.get(&id).map(Arc::clone)
    }

    /// Whether an app is configured that has this client app id.
    pub(crate) fn is_configured(&self, client_app_id: &str) -> bool {
        self.index().client_app_ids.contains_key(client_app_id)
    }

    /// All configured apps, by client app id.
    pub(crate) fn all(&self) -> Vec<Arc<Configured>> {
        let mut apps: Vec<_> = self.index().apps.values().map(Arc::clone).collect();
        apps.sort_unstable_by(|a, b| a.app.client_app_id.cmp(&b.app.client_app_id));
        apps
    }

    /// Serves an app that is in no store.
    #[cfg(test)]
    pub(crate) fn put(&self, app: App) {
        let state = AppState::first(app.id, &app.client_app_id, app.domain_id, app.group_id);
        let app = Arc::new(app);
        self.change(|index| index.insert(Configured { state, app, draft: None }));
    }

    /// Looks for what other gateways on the store have changed. Serves all of it afterwards.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        for (id, hint) in self.repository.heads().await? {
            self.refresh_app(id, hint).await?;
        }
        Ok(())
    }

    /// Removes what the store has of configurations that nothing names any more.
    pub(crate) async fn collect(&self) -> Result<u64, StoreError> {
        self.repository.collect(GRACE).await
    }

    async fn refresh_app(&self, id: ObjectId, hint: i64) -> Result<(), StoreError> {
        let current = self.get(id);
        let known = current.as_ref().map_or(0, |current| current.state.revision);
        let Some(state) = self.repository.newest(id, hint, known).await? else { return Ok(()) };
        if state.deleted {
            self.change(|index| index.remove(id));
            return Ok(());
        }
        let none = AppFiles::default();
        let known = current.as_ref().map_or(&none, |current| &current.app.files);
        let live = self.repository.load(&state.live, known).await?;
        let draft = match &state.draft {
            Some(draft) => Some(self.repository.load(&draft.tree, &live).await?),
            None => None,
        };
        self.serve(&state, live, draft);
        Ok(())
    }

    /// Serves a revision from now on. One that this version cannot read is not served; what was
    /// served before stays.
    fn serve(&self, state: &AppState, live: AppFiles, draft: Option<AppFiles>) {
        let draft = draft.map(|files| AppConfig::of(&files).map(|config| (files, config.into())));
        let made = App::of(state, live).and_then(|app| Ok((app, draft.transpose()?)));
        match made {
            Ok((app, draft)) => self.change(|index| {
                let app = Arc::new(app);
                index.insert(Configured { state: state.clone(), app, draft: draft.clone() });
            }),
            Err(error) => tracing::error!(
                app = state.client_app_id,
                error = chain(&error),
                "the configuration in the store cannot be served"
            ),
        }
    }

    /// Serves what a directory holds. A directory that did not change since it was last taken over
    /// changes nothing, so that what was done through the Admin API since stays.
    pub(crate) async fn take_over(&self, files: AppFiles) -> Result<Arc<Configured>, EditError> {
        let app = App::configured(files)?;
        let digest = super::state::hex(&app.files.digest());
        for _ in 0..TRIES {
            let current = self.all().into_iter().find(|c| c.app.client_app_id == app.client_app_id);
            let mut state = match &current {
                Some(current) if current.state.source.as_ref() == Some(&digest) => {
                    return Ok(Arc::clone(current));
                }
                Some(current) => current.state.next(),
                None => match self.repository.find(app.id).await? {
                    // It was deleted; the directory brings it back.
                    Some(state) if state.deleted => state.next().revived(),
                    _ => AppState::first(app.id, &app.client_app_id, app.domain_id, app.group_id),
                },
            };
            state.live = self.repository.save(&app.files).await?;
            state.source = Some(digest.clone());
            state.deployed(None, "directory", "", None);
            state.seal_deployments();
            let id = state.id;
            if self.repository.commit(&state).await? {
                let draft = current.and_then(|current| current.draft().cloned());
                self.serve(&state, app.files.clone(), draft);
                return self.get(id).ok_or(EditError::NoApp);
            }
            self.refresh_app(id, 0).await?;
        }
        Err(EditError::Conflict)
    }

    /// Makes an app that is new. Answers `None` if there is one of its id.
    pub(crate) async fn create(
        &self,
        mut state: AppState,
        files: AppFiles,
    ) -> Result<Option<Arc<Configured>>, EditError> {
        App::configured(files.clone())?;
        state.live = self.repository.save(&files).await?;
        if !self.repository.commit(&state).await? {
            return Ok(None);
        }
        let id = state.id;
        self.serve(&state, files, None);
        Ok(self.get(id))
    }

    /// Takes an app out of service, for good.
    pub(crate) async fn delete(&self, id: ObjectId) -> Result<(), EditError> {
        for _ in 0..TRIES {
            let current = self.get(id).ok_or(EditError::NoApp)?;
            let mut state = current.state.next();
            state.deleted = true;
            state.secrets.clear();
            if self.repository.commit(&state).await? {
                self.change(|index| index.remove(id));
                return Ok(());
            }
            self.refresh_app(id, 0).await?;
        }
        Err(EditError::Conflict)
    }

    /// Changes an app. `change` is run again if somebody else changed it in between. What it makes
    /// of the files is checked; if the files are those of a draft, nothing else is served.
    pub(crate) async fn edit<T, E: From<EditError>>(
        &self,
        id: ObjectId,
        user: ObjectId,
        change: impl Fn(&mut Edit) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 0..TRIES {
            let current = self.get(id).ok_or(EditError::NoApp)?;
            let (files, config) = current.files(user);
            let drafting = current.state.draft.as_ref().is_some_and(|draft| draft.user_id == user);
            let mut edit = Edit {
                state: current.state.next(),
                files: files.clone(),
                config: Arc::clone(config),
                live: current.app.files.clone(),
                draft: current.draft().cloned(),
                drafting,
            };
            let answer = change(&mut edit)?;
            if self.store(edit).await? {
                return Ok(answer);
            }
            self.refresh_app(id, 0).await.map_err(EditError::from)?;
        }
        Err(EditError::Conflict.into())
    }

    /// Gives an app a secret, in the place of the one of this name.
    pub(crate) async fn give_secret(
        &self,
        client_app_id: &str,
        name: &str,
        value: &str,
    ) -> Result<(), EditError> {
        let app = self.all().into_iter().find(|app| app.state.client_app_id == client_app_id);
        let app = app.ok_or(EditError::NoApp)?;
        if app.state.secret(name) == Some(value) {
            return Ok(());
        }
        // Nobody's: a draft has no secrets of its own.
        let nobody = ObjectId::from_bytes([0; 12]);
        self.edit(app.state.id, nobody, |edit| {
            edit.state.set_secret(name, value);
            Ok::<_, EditError>(())
        })
        .await
    }

    async fn store(&self, edit: Edit) -> Result<bool, EditError> {
        let Edit { mut state, files, live, draft, drafting, .. } = edit;
        App::configured(files.clone())?;
        let tree = self.repository.save(&files).await?;
        let (live, draft) = match &mut state.draft {
            Some(drafted) if drafting => {
                drafted.tree = tree;
                (live, Some(files))
            }
            // A draft that begins is what is served.
            Some(_) => {
                state.live = tree;
                (files.clone(), Some(draft.unwrap_or(files)))
            }
            None => {
                state.live = tree;
                (files, None)
            }
        };
        state.seal_deployments();
        if !self.repository.commit(&state).await? {
            return Ok(false);
        }
        self.serve(&state, live, draft);
        Ok(true)
    }

    /// The files of a deployment.
    pub(crate) async fn files_of(&self, deployment: &Deployment) -> Result<AppFiles, StoreError> {
        self.repository.load(&deployment.tree, &AppFiles::default()).await
    }

    fn change(&self, change: impl FnOnce(&mut Index)) {
        let mut index = self.configured.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Index::clone(&index);
        change(&mut next);
        *index = Arc::new(next);
    }

    fn index(&self) -> Arc<Index> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Index {
    /// Puts an app in the place of an older revision of it.
    fn insert(&mut self, configured: Configured) {
        let id = configured.state.id;
        if self.apps.get(&id).is_some_and(|c| c.state.revision > configured.state.revision) {
            return;
        }
        self.remove(id);
        self.client_app_ids.insert(configured.app.client_app_id.clone(), id);
        self.domain_ids.insert(configured.app.domain_id, id);
        self.apps.insert(id, Arc::new(configured));
    }

    fn remove(&mut self, id: ObjectId) {
        self.apps.remove(&id);
        self.client_app_ids.retain(|_, other| *other != id);
        self.domain_ids.retain(|_, other| *other != id);
    }
}

impl AppState {
    /// Remembers that files were put in place as a whole. Which ones is known when they are stored.
    pub(crate) fn deployed(
        &mut self,
        user_id: Option<ObjectId>,
        origin: &str,
        name: &str,
        draft_id: Option<ObjectId>,
    ) -> ObjectId {
        let id = ObjectId::new();
        self.deployments.push(Deployment {
            id,
            name: name.to_owned(),
            draft_id,
            user_id,
            deployed_at: bson::DateTime::now(),
            origin: origin.to_owned(),
            tree: String::new(),
        });
        let surplus = self.deployments.len().saturating_sub(MAX_DEPLOYMENTS);
        self.deployments.drain(..surplus);
        id
    }

    /// What was deployed in this revision is what it serves.
    fn seal_deployments(&mut self) {
        for deployment in self.deployments.iter_mut().filter(|d| d.tree.is_empty()) {
            deployment.tree.clone_from(&self.live);
        }
    }
}
