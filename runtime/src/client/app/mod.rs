//! An app of App Services, as its clients see it.

mod builder;
mod email_password;

use std::sync::{Arc, Mutex, PoisonError};

pub use self::{
    builder::{AppBuilder, BuildError, DeviceInfo},
    email_password::EmailPasswordAuth,
};
use super::{
    Credentials, RequestError,
    credentials::ANONYMOUS,
    http::{self, Http},
    user::{Remembered, User, WeakUser},
};
pub(super) use builder::Config;

/// An app: where it is served and under which id. Cheap to clone.
///
/// ```no_run
/// use asymmetric::{App, Credentials};
///
/// # async fn example() -> Result<(), asymmetric::Error> {
/// let app = App::builder("weather-abcde")
///     .base_url("http://127.0.0.1:9090")
///     .remember_users("/var/lib/weather")
///     .build()?;
/// let user = app.log_in(Credentials::anonymous()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct App {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: Http,
    remembered: Remembered,
    /// Users with a handle somewhere, so that all handles of a user share one session.
    users: Mutex<Vec<WeakUser>>,
}

impl App {
    /// Starts to describe the app with this client app id.
    pub fn builder(app_id: impl Into<String>) -> AppBuilder {
        AppBuilder::new(app_id.into())
    }

    fn new(config: Config, remembered: Remembered) -> Result<Self, reqwest::Error> {
        let http = Http::new(config)?;
        let users = Mutex::new(Vec::new());
        Ok(Self { shared: Arc::new(Shared { http, remembered, users }) })
    }

    /// The client app id.
    pub fn id(&self) -> &str {
        &self.shared.http.config().app_id
    }

    /// The URL of the server that is asked where the app lives.
    pub fn base_url(&self) -> String {
        self.shared.http.base_url().into()
    }

    /// Goes on with another server. Sessions and everything that is stored stay as they are;
    /// uploads find the new server with their next request.
    ///
    /// # Errors
    ///
    /// [`BuildError::BaseUrl`] if this is no URL.
    pub fn set_base_url(&self, url: impl Into<String>) -> Result<(), BuildError> {
        let url = url.into();
        let base_url = http::base_url(&url).ok_or(BuildError::BaseUrl(url))?;
        self.shared.http.set_base_url(base_url);
        Ok(())
    }

    /// Logs a user in.
    ///
    /// A user that is logged in already gets the new session, and all handles of it share it. An
    /// anonymous user that the app [remembers](AppBuilder::remember_users) is used again.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, or refuses. A device that may have no network yet uses
    /// [`log_in_later`](Self::log_in_later).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server may have made a user that nobody knows of.
    pub async fn log_in(&self, credentials: Credentials) -> Result<User, RequestError> {
        if credentials.provider() == ANONYMOUS
            && let Some(user) = self.users().into_iter().find(User::is_anonymous)
        {
            user.set_credentials(credentials);
            user.access_token(&self.shared.http).await?;
            return Ok(user);
        }
        let user = User::new(self.clone(), Some(credentials));
        user.access_token(&self.shared.http).await?;
        Ok(self.the_one(user))
    }

    /// A user that logs in as soon as the server can be reached.
    ///
    /// A realm can be opened and written for it at once. If the realm's file remembers a session,
    /// from before a restart, that one is used and there is no new login.
    pub fn log_in_later(&self, credentials: Credentials) -> User {
        User::new(self.clone(), Some(credentials))
    }

    /// The user that logged in last, of those that are still logged in; also after a restart, if
    /// the app [remembers users](AppBuilder::remember_users).
    pub fn current_user(&self) -> Option<User> {
        self.users().pop()
    }

    /// All users that are logged in and remembered, the latest login last.
    pub fn users(&self) -> Vec<User> {
        let sessions = self.shared.remembered.sessions();
        sessions
            .into_iter()
            .map(|session| self.the_one(User::remembered(self.clone(), session)))
            .collect()
    }

    /// What users of the provider `local-userpass` do before they have a session.
    pub fn email_password_auth(&self) -> EmailPasswordAuth {
        EmailPasswordAuth::new(self.clone())
    }

    pub(super) fn http(&self) -> &Http {
        &self.shared.http
    }

    pub(super) fn remembered(&self) -> &Remembered {
        &self.shared.remembered
    }

    /// The handle that already exists for the same user, with the newer session, or else `user`.
    fn the_one(&self, user: User) -> User {
        let mut users = self.shared.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.retain(WeakUser::is_alive);
        let others = users.iter().filter_map(WeakUser::upgrade);
        let id = user.id();
        if let Some(known) = others.into_iter().find(|known| known.id() == id) {
            known.take_over(&user);
            return known;
        }
        users.push(user.downgrade());
        user
    }
}
