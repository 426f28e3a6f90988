//! A user of an app, and their session.

mod api_keys;
mod profile;
mod remembered;
mod session;
mod token;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::Method;
use tokio::sync::{Mutex as AsyncMutex, watch};

use self::token::AccessToken;
pub use self::{
    api_keys::{ApiKey, ApiKeys, NewApiKey},
    profile::{Profile, UserIdentity},
};
pub(super) use self::{remembered::Remembered, session::Session};
use super::{
    App, Credentials, RequestError,
    credentials::ANONYMOUS,
    http::{self, Http, NOTHING},
    outbox::StoredSession,
};

/// A user of an app. Cheap to clone; all clones share one session.
///
/// Access tokens are valid for half an hour. They are renewed before that, by the first request
/// that needs one, and once for all that wait. If the server no longer knows the session, the user
/// logs in again with the credentials that the process still has; if it has none, or the server
/// refuses them, somebody has to call [`log_in_again`](Self::log_in_again).
#[derive(Clone, Debug)]
pub struct User {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    app: App,
    /// What the user logs in with; `None` after the server has refused them, or a logout.
    credentials: Mutex<Option<Credentials>>,
    /// What outlives the process; realms keep it in their files.
    session: watch::Sender<Session>,
    access_token: Mutex<Option<AccessToken>>,
    /// Held by whoever talks to the server about the session, so that many tasks ask once.
    renewing: AsyncMutex<()>,
}

impl User {
    pub(super) fn new(app: App, credentials: Option<Credentials>) -> Self {
        Self {
            shared: Arc::new(Shared {
                app,
                credentials: Mutex::new(credentials),
                session: watch::Sender::new(Session::default()),
                access_token: Mutex::new(None),
                renewing: AsyncMutex::new(()),
            }),
        }
    }

    pub(super) fn remembered(app: App, stored: StoredSession) -> Self {
        // Everybody may be an anonymous user again.
        let is_anonymous = stored.provider == ANONYMOUS;
        let user = Self::new(app, is_anonymous.then(Credentials::anonymous));
        user.adopt(Some(stored));
        user
    }

    /// The app.
    pub fn app(&self) -> &App {
        &self.shared.app
    }

    /// The user's id; `None` before the first login.
    pub fn id(&self) -> Option<String> {
        self.shared.session.borrow().stored.as_ref().map(|session| session.user_id.clone())
    }

    /// Whether there is a session, as far as this device knows.
    pub fn is_logged_in(&self) -> bool {
        self.shared.session.borrow().refresh_token().is_some()
    }

    /// Gets a new access token, and with it what the server says of the user by now.
    ///
    /// # Cancel safety
    ///
    /// May be dropped at any time.
    pub async fn refresh(&self) -> Result<(), RequestError> {
        let stale = self.known_token().map(|token| token.text);
        self.renew(self.http(), stale.as_deref()).await.map(drop)
    }

    /// What the server knows of the user.
    pub async fn profile(&self) -> Result<Profile, RequestError> {
        let profile = |token: Arc<str>| {
            let path = http::auth("profile");
            async move { self.http().call(Method::GET, &path, Some(&token), NOTHING).await }.boxed()
        };
        self.authorized(profile).await
    }

    /// Logs in anew. Uploads that stopped with
    /// [`LoginRequired`](super::UploadState::LoginRequired) go on.
    ///
    /// # Errors
    ///
    /// [`OtherUser`](RequestError::OtherUser) if these are the credentials of somebody else: what
    /// one user has written is not sent in the name of another. Only
    /// [`log_in_as_another`](Self::log_in_as_another) does that.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the session stays as it was.
    pub async fn log_in_again(&self, credentials: Credentials) -> Result<(), RequestError> {
        self.log_in_anew(credentials, Whose::Own).await
    }

    /// Logs in as whoever the credentials are of, and goes on as that user: what realms of this one
    /// still hold is uploaded in the name of the other.
    ///
    /// For a server that has lost its users: the same person is another user there now, and
    /// [`log_in_again`](Self::log_in_again) refuses to confuse the two.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the session stays as it was.
    pub async fn log_in_as_another(&self, credentials: Credentials) -> Result<(), RequestError> {
        self.log_in_anew(credentials, Whose::Anybodys).await
    }

    /// Ends the session. What is stored in realms of the user stays there, and is uploaded after
    /// the same user has logged in again.
    ///
    /// The tokens are forgotten here in any case.
    ///
    /// # Errors
    ///
    /// The server could not be told; its side of the session ends by itself when it expires.
    pub async fn log_out(&self) -> Result<(), RequestError> {
        let _renewing = self.shared.renewing.lock().await;
        let Some(refresh_token) = self.forget_session() else { return Ok(()) };
        let path = http::auth("session");
        let order = self.http().order(Method::DELETE, &path, Some(&refresh_token), NOTHING);
        match order.await {
            // There was no session any more.
            Err(error) if error.ends_session() => Ok(()),
            result => result,
        }
    }

    /// Deletes the user on the server, and ends the session. What its realms still hold can not be
    /// uploaded any more.
    pub async fn delete(&self) -> Result<(), RequestError> {
        let delete = |token: Arc<str>| {
            let path = http::auth("delete");
            async move { self.http().order(Method::DELETE, &path, Some(&token), NOTHING).await }
                .boxed()
        };
        self.authorized(delete).await?;
        self.forget_session();
        Ok(())
    }

    /// Adds another way to log in: from now on the credentials are of this user. An anonymous user
    /// becomes one that can log in anywhere.
    ///
    /// # Errors
    ///
    /// The server refuses if the credentials are of another user already.
    pub async fn link(&self, credentials: Credentials) -> Result<(), RequestError> {
        let wanted = self.id().ok_or(RequestError::LoggedOut)?;
        let link = |token: Arc<str>| {
            let credentials = &credentials;
            async move { self.http().link(credentials, &token).await }.boxed()
        };
        let answer = self.authorized(link).await?;
        if answer.user_id != wanted {
            return Err(RequestError::OtherUser { found: answer.user_id, wanted });
        }
        *lock(&self.shared.access_token) = Some(AccessToken::new(answer.access_token));
        // The user can be told from others by these now, and by no anonymous session.
        self.update_session(|session| credentials.provider().clone_into(&mut session.provider));
        self.set_credentials(credentials);
        Ok(())
    }

    /// The API keys of the user.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys::new(self.clone())
    }

    /// The session, and every change of it.
    pub(super) fn session(&self) -> &watch::Sender<Session> {
        &self.shared.session
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.shared.session.borrow().is_anonymous()
    }

    pub(super) fn set_credentials(&self, credentials: Credentials) {
        *lock(&self.shared.credentials) = Some(credentials);
    }

    /// Takes over a session that a file remembers, unless there is one already. Answers the
    /// session that holds.
    pub(super) fn adopt(&self, remembered: Option<StoredSession>) -> Option<StoredSession> {
        self.shared.session.send_if_modified(|session| {
            let adopts = session.stored.is_none() && remembered.is_some();
            if adopts {
                session.stored = remembered;
            }
            adopts
        });
        self.shared.session.borrow().stored.clone()
    }

    /// Takes over the session of another handle of the same user, if that is logged in.
    pub(super) fn take_over(&self, other: &Self) {
        let stored = other.shared.session.borrow().stored.clone();
        let Some(token) = other.known_token() else { return };
        *lock(&self.shared.access_token) = Some(token);
        if let Some(credentials) = lock(&other.shared.credentials).clone() {
            self.set_credentials(credentials);
        }
        self.shared.session.send_modify(|session| {
            session.stored = stored;
            session.logins += 1;
        });
    }

    pub(super) fn downgrade(&self) -> WeakUser {
        WeakUser(Arc::downgrade(&self.shared))
    }

    /// The access token; logs in or renews it if there is none, or not for long.
    pub(super) async fn access_token(&self, http: &Http) -> Result<Arc<str>, RequestError> {
        match self.known_token() {
            Some(token) if !token.is_aging() => Ok(token.text),
            Some(token) => match self.renew(http, Some(&token.text)).await {
                // It is still good, and the server may be back until it is not.
                Err(RequestError::Network(_) | RequestError::Certificate(_))
                    if !token.is_expired() =>
                {
                    Ok(token.text)
                }
                result => result,
            },
            None => self.renew(http, None).await,
        }
    }

    /// A token other than `stale`, which the server refused or soon will.
    pub(super) async fn renew(
        &self,
        http: &Http,
        stale: Option<&str>,
    ) -> Result<Arc<str>, RequestError> {
        let _renewing = self.shared.renewing.lock().await;
        if let Some(token) = self.known_token().filter(|token| stale != Some(&*token.text)) {
            return Ok(token.text);
        }
        let refresh_token = self.shared.session.borrow().refresh_token().map(ToOwned::to_owned);
        let Some(refresh_token) = refresh_token else { return self.log_in(http).await };
        match http.refresh(&refresh_token).await {
            Ok(token) => Ok(self.keep_token(token)),
            // The session was revoked, or the server has lost it; it is the same to us.
            Err(error) if error.ends_session() => {
                tracing::info!(%error, "the session has ended");
                match self.log_in(http).await {
                    Err(RequestError::LoggedOut) => Err(error),
                    result => result,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Does something that needs an access token; once more, with another one, if the server does
    /// not accept the first.
    async fn authorized<'a, T>(
        &self,
        request: impl Fn(Arc<str>) -> BoxFuture<'a, Result<T, RequestError>>,
    ) -> Result<T, RequestError> {
        let token = self.access_token(self.http()).await?;
        match request(Arc::clone(&token)).await {
            Err(error) if error.is_unauthorized() => {
                request(self.renew(self.http(), Some(&token)).await?).await
            }
            result => result,
        }
    }

    /// The refresh token; a user that has not logged in yet does so now.
    async fn refresh_token(&self) -> Result<String, RequestError> {
        self.access_token(self.http()).await?;
        let refresh_token = self.shared.session.borrow().refresh_token().map(ToOwned::to_owned);
        refresh_token.ok_or(RequestError::LoggedOut)
    }

    async fn log_in_anew(
        &self,
        credentials: Credentials,
        whose: Whose,
    ) -> Result<(), RequestError> {
        let _renewing = self.shared.renewing.lock().await;
        self.log_in_with(self.http(), &credentials, whose).await?;
        self.set_credentials(credentials);
        self.shared.session.send_modify(|session| session.logins += 1);
        Ok(())
    }

    /// Logs in with the credentials that the process has.
    async fn log_in(&self, http: &Http) -> Result<Arc<str>, RequestError> {
        let credentials = lock(&self.shared.credentials).clone();
        let credentials = credentials.ok_or(RequestError::LoggedOut)?;
        let result = self.log_in_with(http, &credentials, Whose::Own).await;
        if matches!(&result, Err(RequestError::Refused { status: 401, code, .. }) if !code.starts_with("User"))
        {
            // Trying them again and again would look like an attack, and lock the user out.
            *lock(&self.shared.credentials) = None;
        }
        result
    }

    async fn log_in_with(
        &self,
        http: &Http,
        credentials: &Credentials,
        whose: Whose,
    ) -> Result<Arc<str>, RequestError> {
        let before = self.shared.session.borrow().stored.clone();
        let device_id = before.as_ref().map(|session| session.device_id.clone());
        let device_id = device_id.or_else(|| self.app().remembered().device_id());
        let answer = http.log_in(credentials, device_id.as_deref()).await?;
        let provider = credentials.provider();
        if let Some(before) = before
            && before.user_id != answer.user_id
            && whose == Whose::Own
            // Nobody can log in as an anonymous user again, so a new one takes its place.
            && !(before.provider == ANONYMOUS && provider == ANONYMOUS)
        {
            return Err(RequestError::OtherUser { found: answer.user_id, wanted: before.user_id });
        }
        let token = self.keep_token(answer.access_token);
        let stored = StoredSession {
            user_id: answer.user_id,
            device_id: answer.device_id,
            refresh_token: answer.refresh_token,
            provider: provider.to_owned(),
        };
        let replaced = self.id();
        self.app().remembered().replace(replaced.as_deref(), &stored);
        self.shared.session.send_modify(|session| session.stored = Some(stored));
        Ok(token)
    }

    /// Forgets all tokens, here and in the file of the remembered users. Answers the refresh token.
    fn forget_session(&self) -> Option<String> {
        *lock(&self.shared.access_token) = None;
        *lock(&self.shared.credentials) = None;
        let refresh_token = self.shared.session.borrow().refresh_token().map(ToOwned::to_owned);
        self.update_session(|session| session.refresh_token.clear());
        refresh_token
    }

    /// Changes the session, here and in the file of the remembered users.
    fn update_session(&self, change: impl FnOnce(&mut StoredSession)) {
        self.shared.session.send_if_modified(|session| {
            let Some(stored) = &mut session.stored else { return false };
            change(stored);
            self.app().remembered().replace(Some(&stored.user_id), stored);
            true
        });
    }

    fn keep_token(&self, token: String) -> Arc<str> {
        let token = AccessToken::new(token);
        let text = Arc::clone(&token.text);
        *lock(&self.shared.access_token) = Some(token);
        text
    }

    fn known_token(&self) -> Option<AccessToken> {
        lock(&self.shared.access_token).clone()
    }

    fn http(&self) -> &Http {
        self.shared.app.http()
    }
}

/// Whose credentials are accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Those of the user that was logged in before.
    Own,
    Anybodys,
}

/// A user that goes when its last handle does.
#[derive(Debug)]
pub(super) struct WeakUser(Weak<Shared>);

impl WeakUser {
    pub(super) fn upgrade(&self) -> Option<User> {
        Some(User { shared: self.0.upgrade()? })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// Nothing panics while it holds these locks.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
