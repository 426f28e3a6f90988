//! From a proven identity to a user and a session.

use asymmetric_protocol::client_api::LoginResponse;
use bson::{Bson, DateTime, Document, oid::ObjectId};

use super::{
    Access, Auth, AuthError, Providers, accounts, keys,
    record::{Claim, Identity, Session, User},
    secret,
    throttle::Attempt,
    users::known_user,
};
use crate::{apps::App, functions::Caller};

/// Longest id that a provider may have for a user, in bytes.
const MAX_EXTERNAL_ID_BYTES: usize = 512;
/// How exactly the time of the last login is known.
const LOGIN_NOTE_MILLIS: i64 = 60 * 1000;

/// What somebody brings to log in.
#[derive(Debug)]
pub(crate) enum Login {
    Anonymous,
    Password {
        email: String,
        password: String,
    },
    Key(String),
    /// A token of the provider of this type.
    Token {
        provider: &'static str,
        token: String,
    },
    /// What the custom function takes.
    Function(Document),
}

/// Who somebody has proven to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Proven {
    /// Nobody yet: a user is made for them.
    New,
    /// A user that is there.
    User { provider_type: &'static str, user_id: ObjectId },
    /// Somebody whom a provider knows by this id.
    Identity { provider_type: &'static str, external_id: String, data: Document },
}

impl Proven {
    pub(super) fn identity(
        provider_type: &'static str,
        external_id: String,
        data: Document,
    ) -> Self {
        Self::Identity { provider_type, external_id, data }
    }
}

impl Auth {
    /// Checks a credential.
    pub(crate) async fn prove(
        &self,
        app: &App,
        login: Login,
        caller: &Caller,
    ) -> Result<Proven, AuthError> {
        let providers = Providers::of(app);
        match login {
            Login::Anonymous => providers.get("anon-user").map(|_| Proven::New),
            Login::Password { email, password } => {
                providers.get(accounts::PROVIDER)?;
                let account = self.check_password(app, &email, &password, caller).await?;
                let data = bson::doc! { "email": &account.email };
                Ok(Proven::identity(accounts::PROVIDER, account.email, data))
            }
            Login::Key(key) => {
                providers.get(keys::PROVIDER)?;
                self.check_key(app, &key, caller).await
            }
            Login::Token { provider, token } => {
                super::external::check(app, providers.get(provider)?, provider, &token)
            }
            Login::Function(payload) => {
                let provider = providers.get("custom-function")?;
                let name = super::provider::text(provider, "authFunctionName").unwrap_or_default();
                // Only the function knows whose account the payload names.
                let attempt =
                    Attempt { domain_id: app.domain_id, account: None, address: caller.address };
                self.check_throttle(&attempt)?;
                let answer = self.functions.call_system(app, name, vec![payload.into()], caller);
                let proven = match answer.await {
                    Ok(answer) => custom_function_identity(&answer),
                    Err(error) => Err(error.into()),
                };
                if proven.is_err() {
                    self.throttle.failed(&attempt);
                }
                proven
            }
        }
    }

    /// Logs in who was proven: finds or makes the user, and begins a session.
    pub(crate) async fn log_in(
        &self,
        app: &App,
        proven: Proven,
        device_id: ObjectId,
        caller: &Caller,
    ) -> Result<LoginResponse, AuthError> {
        let (user, identity) = match proven {
            Proven::New => {
                let made = self.make_user(app, "anon-user", String::new(), Document::new()).await?;
                self.welcome(app, &made.0, caller).await?;
                made
            }
            Proven::User { provider_type, user_id } => {
                let user: Option<User> = self.records.get(user_id).await?;
                let user = user.filter(|user| user.domain_id == app.domain_id);
                let user = user.ok_or(AuthError::UserNotFound)?;
                let identity = Identity {
                    id: user_id,
                    provider_type: provider_type.to_owned(),
                    provider_id: Providers::of(app).id(provider_type),
                    external_id: String::new(),
                };
                (user, identity)
            }
            Proven::Identity { provider_type, external_id, data } => {
                self.find_or_make(app, provider_type, external_id, data, caller).await?
            }
        };
        self.begin_session(app, user, &identity, device_id).await
    }

    /// The user of who was proven, without a session. One that has never logged in is made only if
    /// `make` says so.
    pub(crate) async fn identify(
        &self,
        app: &App,
        proven: Proven,
        make: bool,
        caller: &Caller,
    ) -> Result<User, AuthError> {
        let user = match proven {
            Proven::New => return Err(AuthError::NoUserForEndpoint),
            Proven::User { user_id, .. } => self.user(app.domain_id, user_id).await?,
            Proven::Identity { provider_type, external_id, data } if make => {
                self.find_or_make(app, provider_type, external_id, data, caller).await?.0
            }
            Proven::Identity { provider_type, external_id, data } => {
                let found = self.find(app, provider_type, &external_id, &data).await?;
                found.ok_or(AuthError::NoUserForEndpoint)?.0
            }
        };
        if user.disabled { Err(AuthError::UserDisabled) } else { Ok(user) }
    }

    /// Adds a proven identity to a user that is logged in.
    pub(crate) async fn link(
        &self,
        app: &App,
        access: &Access,
        proven: Proven,
        device_id: ObjectId,
    ) -> Result<LoginResponse, AuthError> {
        let Proven::Identity { provider_type, external_id, data } = proven else {
            return Err(AuthError::Invalid(
                "the credential is not one that can be linked".to_owned(),
            ));
        };
        check_external_id(&external_id)?;
        let user = self.enabled_user(app.domain_id, access.user_id).await?;
        let claim = Claim::new(&user, provider_type, &external_id);
        if !self.records.insert(&claim).await? {
            let found: Option<Claim> = self.records.get(claim.id.as_str()).await?;
            if found.is_none_or(|found| found.user_id != user.id) {
                return Err(AuthError::IdentityTaken);
            }
        }
        let identity = Self::new_identity(app, provider_type, external_id);
        let mut linked = identity.clone();
        let user = self.records.update(user.id, |user: &mut User| {
            if let Some(there) = user.identities.iter().find(|other| other.is(&identity)) {
                linked = there.clone();
                return false;
            }
            user.identities.push(identity.clone());
            merge(&mut user.data, &data);
            true
        });
        let user = user.await?.ok_or(AuthError::UserNotFound)?;
        self.begin_session(app, user, &linked, device_id).await
    }

    /// The user that an identity belongs to, if it belongs to one.
    pub(super) async fn user_of(
        &self,
        domain_id: ObjectId,
        provider_type: &str,
        external_id: &str,
    ) -> Result<Option<ObjectId>, AuthError> {
        let id = Claim::id(domain_id, provider_type, external_id);
        let claim: Option<Claim> = self.records.get(id).await?;
        Ok(claim.map(|claim| claim.user_id))
    }

    async fn find_or_make(
        &self,
        app: &App,
        provider_type: &'static str,
        external_id: String,
        data: Document,
        caller: &Caller,
    ) -> Result<(User, Identity), AuthError> {
        check_external_id(&external_id)?;
        if let Some(found) = self.find(app, provider_type, &external_id, &data).await? {
            return Ok(found);
        }
        let (user, identity) =
            self.make_user(app, provider_type, external_id.clone(), data.clone()).await?;
        let claim = Claim::new(&user, provider_type, &external_id);
        if self.records.insert(&claim).await? {
            self.welcome(app, &user, caller).await?;
            return Ok((user, identity));
        }
        // Somebody else was faster; the user made here is nobody's.
        self.records.delete::<User>(user.id).await?;
        let found = self.find(app, provider_type, &external_id, &data).await?;
        found.ok_or(AuthError::UserNotFound)
    }

    /// The user of an identity, with what the provider tells of it by now.
    async fn find(
        &self,
        app: &App,
        provider_type: &str,
        external_id: &str,
        data: &Document,
    ) -> Result<Option<(User, Identity)>, AuthError> {
        let Some(user_id) = self.user_of(app.domain_id, provider_type, external_id).await? else {
            return Ok(None);
        };
        let user = self.records.update(user_id, |user: &mut User| merge(&mut user.data, data));
        let Some(user) = user.await? else {
            // The user is gone, and whoever removed it was interrupted.
            self.records
                .delete::<Claim>(Claim::id(app.domain_id, provider_type, external_id))
                .await?;
            return Ok(None);
        };
        let identity = user.identities.iter().find(|identity| {
            identity.provider_type == provider_type && identity.external_id == external_id
        });
        let identity = identity
            .cloned()
            .unwrap_or_else(|| Self::new_identity(app, provider_type, external_id.to_owned()));
        Ok(Some((user, identity)))
    }

    async fn make_user(
        &self,
        app: &App,
        provider_type: &str,
        external_id: String,
        data: Document,
    ) -> Result<(User, Identity), AuthError> {
        let identity = Self::new_identity(app, provider_type, external_id);
        let mut user = User::new(app.domain_id, identity.clone(), data);
        user.last_login_at = Some(user.created_at);
        self.records.insert(&user).await?;
        Ok((user, identity))
    }

    /// Calls the function that the app has for new users. Without its consent there is no user.
    pub(super) async fn welcome(
        &self,
        app: &App,
        user: &User,
        caller: &Caller,
    ) -> Result<(), AuthError> {
        let name = &app.config.custom_user_data.on_user_creation_function_name;
        if name.is_empty() {
            return Ok(());
        }
        let argument = known_user(user, Document::new());
        let consent = self.functions.call_system(app, name, vec![argument.into()], caller).await;
        if let Err(error) = consent {
            self.delete_user(app.domain_id, user.id).await?;
            return Err(error.into());
        }
        Ok(())
    }

    pub(super) fn new_identity(app: &App, provider_type: &str, external_id: String) -> Identity {
        Identity {
            id: ObjectId::new(),
            provider_type: provider_type.to_owned(),
            provider_id: Providers::of(app).id(provider_type),
            external_id,
        }
    }

    async fn note_login(&self, user: &User) -> Result<(), AuthError> {
        if is_old(user.last_login_at) {
            let note = |user: &mut User| {
                let old = is_old(user.last_login_at);
                if old {
                    user.last_login_at = Some(DateTime::now());
                }
                old
            };
            self.records.update(user.id, note).await?;
        }
        Ok(())
    }

    async fn begin_session(
        &self,
        app: &App,
        user: User,
        identity: &Identity,
        device_id: ObjectId,
    ) -> Result<LoginResponse, AuthError> {
        if user.disabled {
            return Err(AuthError::UserDisabled);
        }
        self.note_login(&user).await?;
        let custom_data = self.custom_data(app, user.id).await?;
        let of_app = app.stored.refresh_token_seconds;
        let (now, lifetime) = (DateTime::now(), self.keys.refresh_lifetime(identity, of_app));
        let lifetime = i64::try_from(lifetime).unwrap_or(i64::MAX).saturating_mul(1000);
        let expires_at = now.timestamp_millis().saturating_add(lifetime);
        let mut session = Session {
            id: ObjectId::new(),
            domain_id: app.domain_id,
            user_id: user.id,
            device_id,
            created_at: now,
            expires_at: Some(DateTime::from_millis(expires_at)),
            token: None,
        };
        let refresh_token = self.keys.refresh(&session, identity, of_app)?;
        session.token = Some(secret::hash(&refresh_token));
        let access_token = self.keys.access(&session, &custom_data)?;
        self.records.insert(&session).await?;
        tracing::info!(
            app = app.client_app_id,
            user = %user.id,
            provider = identity.provider_type,
            "user logged in"
        );
        Ok(LoginResponse {
            access_token,
            refresh_token,
            user_id: user.id.to_hex(),
            device_id: device_id.to_hex(),
        })
    }
}

/// Whether a login so long ago is worth a note. Of many devices that log in as one user at the same
/// time one makes it.
fn is_old(last_login_at: Option<DateTime>) -> bool {
    let age = |at: DateTime| DateTime::now().timestamp_millis() - at.timestamp_millis();
    last_login_at.is_none_or(|at| age(at) > LOGIN_NOTE_MILLIS)
}

pub(super) fn check_external_id(id: &str) -> Result<(), AuthError> {
    if (1..=MAX_EXTERNAL_ID_BYTES).contains(&id.len()) {
        return Ok(());
    }
    Err(AuthError::Credential("the id of the user is empty or longer than 512 bytes".to_owned()))
}

/// Puts new data over old. Answers whether that changed anything.
fn merge(data: &mut Document, new: &Document) -> bool {
    let mut changed = false;
    for (key, value) in new {
        changed |= data.insert(key, value.clone()).as_ref() != Some(value);
    }
    changed
}

/// The function answers the id of the user, or an object with it and, maybe, a name.
fn custom_function_identity(answer: &Bson) -> Result<Proven, AuthError> {
    let wrong = || AuthError::Credential("the function did not answer the id of a user".to_owned());
    let (id, data) = match answer {
        Bson::String(id) => (id.clone(), Document::new()),
        Bson::ObjectId(id) => (id.to_hex(), Document::new()),
        Bson::Document(answer) => {
            let id = match answer.get("id") {
                Some(Bson::String(id)) => id.clone(),
                Some(Bson::ObjectId(id)) => id.to_hex(),
                _ => return Err(wrong()),
            };
            let name = answer.get_str("name").ok();
            (id, name.map(|name| bson::doc! { "name": name }).unwrap_or_default())
        }
        _ => return Err(wrong()),
    };
    Ok(Proven::identity("custom-function", id, data))
}
