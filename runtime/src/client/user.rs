//! A user of an app, and their session.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, watch};

use super::{App, Credentials, RequestError, http::Http, outbox::StoredSession};

/// A user of an app. Cheap to clone; all clones share one session.
#[derive(Clone, Debug)]
pub struct User {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    app: App,
    credentials: Mutex<Credentials>,
    /// What outlives the process; realms keep it in their files.
    session: watch::Sender<Option<StoredSession>>,
    access_token: Mutex<Option<Arc<str>>>,
    /// Held by whoever talks to the server about the session, so that many tasks ask once.
    renewing: AsyncMutex<()>,
}

impl User {
    pub(super) fn new(app: App, credentials: Credentials) -> Self {
        Self {
            shared: Arc::new(Shared {
                app,
                credentials: Mutex::new(credentials),
                session: watch::Sender::new(None),
                access_token: Mutex::new(None),
                renewing: AsyncMutex::new(()),
            }),
        }
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.shared.app
    }

    /// The user's id; `None` before the first login.
    pub fn id(&self) -> Option<String> {
        self.shared.session.borrow().as_ref().map(|session| session.user_id.clone())
    }

    /// Logs in anew. Uploads that stopped with
    /// [`LoginRequired`](super::UploadState::LoginRequired) go on.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the session stays as it was.
    pub async fn log_in_again(&self, credentials: Credentials) -> Result<(), RequestError> {
        let _renewing = self.shared.renewing.lock().await;
        *lock(&self.shared.credentials) = credentials;
        self.log_in(self.shared.app.http()).await.map(drop)
    }

    /// The session, and every change of it.
    pub(super) fn session(&self) -> &watch::Sender<Option<StoredSession>> {
        &self.shared.session
    }

    /// Takes over a session that a file remembers, unless there is one already. Answers the
    /// session that holds.
    pub(super) fn adopt(&self, remembered: Option<StoredSession>) -> Option<StoredSession> {
        self.shared.session.send_if_modified(|session| {
            let adopts = session.is_none() && remembered.is_some();
            if adopts {
                *session = remembered;
            }
            adopts
        });
        self.shared.session.borrow().clone()
    }

    /// The access token; logs in or refreshes if there is none.
    pub(super) async fn access_token(&self, http: &Http) -> Result<Arc<str>, RequestError> {
        match self.known_token() {
            Some(token) => Ok(token),
            None => self.renew(http, None).await,
        }
    }

    /// A token other than `stale`, which the server refused.
    pub(super) async fn renew(
        &self,
        http: &Http,
        stale: Option<&str>,
    ) -> Result<Arc<str>, RequestError> {
        let _renewing = self.shared.renewing.lock().await;
        if let Some(token) = self.known_token().filter(|token| stale != Some(&**token)) {
            return Ok(token);
        }
        let session = self.shared.session.borrow().clone();
        match session {
            Some(session) => {
                let token: Arc<str> = http.refresh(&session.refresh_token).await?.into();
                *lock(&self.shared.access_token) = Some(Arc::clone(&token));
                Ok(token)
            }
            None => self.log_in(http).await,
        }
    }

    async fn log_in(&self, http: &Http) -> Result<Arc<str>, RequestError> {
        let credentials = lock(&self.shared.credentials).clone();
        let answer = http.log_in(&credentials).await?;
        let token: Arc<str> = answer.access_token.into();
        *lock(&self.shared.access_token) = Some(Arc::clone(&token));
        self.shared.session.send_replace(Some(StoredSession {
            user_id: answer.user_id,
            device_id: answer.device_id,
            refresh_token: answer.refresh_token,
        }));
        Ok(token)
    }

    fn known_token(&self) -> Option<Arc<str>> {
        lock(&self.shared.access_token).clone()
    }
}

/// Nothing panics while it holds these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
