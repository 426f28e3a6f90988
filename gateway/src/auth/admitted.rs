//! Users whom an administrator makes: new ones, and those of another server, who keep their ids.

use bson::{DateTime, Document, doc, oid::ObjectId};

use super::{
    Auth, AuthError, Providers,
    accounts::{self, check_email},
    logins::check_external_id,
    password::{Passwords, UNUSABLE},
    record::{Account, Claim, Identity, User},
};
use crate::{apps::App, functions::Caller};

/// Providers that there are, though the gateway may not serve all of them.
const PROVIDERS: [&str; 8] = [
    "anon-user",
    "api-key",
    "custom-function",
    "custom-token",
    "local-userpass",
    "oauth2-apple",
    "oauth2-facebook",
    "oauth2-google",
];
/// Most identities of a user who is brought.
const MAX_IDENTITIES: usize = 32;

/// A user of another server.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) id: ObjectId,
    pub(crate) identities: Vec<BroughtIdentity>,
    pub(crate) data: Document,
    pub(crate) disabled: bool,
    pub(crate) created_at: DateTime,
    pub(crate) last_login_at: Option<DateTime>,
    /// Without one, the owner of an e-mail address has to reset the password first.
    pub(crate) password: Option<String>,
}

/// One way in which such a user logs in.
#[derive(Debug)]
pub(crate) struct BroughtIdentity {
    pub(crate) id: ObjectId,
    pub(crate) provider_type: String,
    /// Who the user is to the provider: an e-mail address, the subject of tokens. Empty, if the
    /// user is anonymous.
    pub(crate) external_id: String,
}

impl Auth {
    /// Makes a user with a confirmed e-mail address and a password.
    pub(crate) async fn create_user(
        &self,
        app: &App,
        email: &str,
        password: &str,
        caller: &Caller,
    ) -> Result<User, AuthError> {
        Providers::of(app).get(accounts::PROVIDER)?;
        check_email(email)?;
        let hash = self.passwords.hash(password).await?;
        if !self.records.insert(&Account::new(app.domain_id, email, hash, true)).await? {
            return Err(AuthError::NameInUse);
        }
        let identity = Self::new_identity(app, accounts::PROVIDER, email.to_owned());
        let user = User::new(app.domain_id, identity, doc! { "email": email });
        self.records.insert(&user).await?;
        if !self.records.insert(&Claim::new(&user, accounts::PROVIDER, email)).await? {
            // Somebody has logged in already, and has been welcomed.
            self.records.delete::<User>(user.id).await?;
            let there = self.user_of(app.domain_id, accounts::PROVIDER, email).await?;
            return self.user(app.domain_id, there.ok_or(AuthError::UserNotFound)?).await;
        }
        self.welcome(app, &user, caller).await?;
        Ok(user)
    }

    /// Makes a user with ids that another server gave. Repeating it is safe: a user who is there
    /// stays as it is, but for identities that it lacks.
    ///
    /// No function of the app is called: to the app, the user is not new.
    pub(crate) async fn bring(&self, app: &App, brought: Brought) -> Result<User, AuthError> {
        if let Some(password) = &brought.password {
            Passwords::check(password)?;
        }
        let identities = identities(app, brought.identities)?;
        let user = User {
            id: brought.id,
            identities,
            created_at: brought.created_at,
            disabled: brought.disabled,
            last_login_at: brought.last_login_at,
            data: brought.data,
            domain_id: app.domain_id,
            revoked_at: None,
            api_keys: Vec::new(),
        };
        self.check_brought(&user).await?;
        let user = self.insert_brought(user).await?;
        for (claim, identity) in claims(&user) {
            // Checked before; somebody was faster since.
            if !self.records.insert(&claim).await? && !self.owns(&claim).await? {
                return Err(AuthError::IdentityTaken);
            }
            let address = Some(&identity.external_id).filter(|_| identity.is_address());
            if let (Some(address), Some(password)) = (address, &brought.password) {
                self.give_password(app.domain_id, address, password).await?;
            }
        }
        Ok(user)
    }

    /// Refuses a user who would take over what is another's. Makes the accounts of the user's
    /// e-mail addresses, without a password: from then on nobody else can register them.
    async fn check_brought(&self, user: &User) -> Result<(), AuthError> {
        if let Some(there) = self.records.get::<User>(user.id).await?
            && there.domain_id != user.domain_id
        {
            return Err(AuthError::IdTaken);
        }
        for (claim, identity) in claims(user) {
            let owner =
                self.user_of(user.domain_id, &identity.provider_type, &identity.external_id);
            let owner = owner.await?;
            if owner.is_some_and(|owner| owner != user.id) {
                return Err(AuthError::IdentityTaken);
            }
            if identity.is_address() {
                let address = &identity.external_id;
                let account = Account::new(user.domain_id, address, UNUSABLE.to_owned(), true);
                if self.records.insert(&account).await? || self.owns(&claim).await? {
                    continue;
                }
                // One without a password was made here, by an attempt that was interrupted.
                let there: Option<Account> = self.records.get(account.id).await?;
                if there.is_some_and(|there| there.password != UNUSABLE) {
                    return Err(AuthError::NameInUse);
                }
            }
        }
        Ok(())
    }

    async fn insert_brought(&self, user: User) -> Result<User, AuthError> {
        if self.records.insert(&user).await? {
            return Ok(user);
        }
        let there = self.records.update(user.id, |there: &mut User| {
            let before = there.identities.len();
            for identity in &user.identities {
                if !there.identities.iter().any(|other| other.is(identity)) {
                    there.identities.push(identity.clone());
                }
            }
            there.identities.len() != before
        });
        let there = there.await?.filter(|there| there.domain_id == user.domain_id);
        there.ok_or(AuthError::IdTaken)
    }

    /// Whether an identity belongs to the user of this claim already.
    async fn owns(&self, claim: &Claim) -> Result<bool, AuthError> {
        let there: Option<Claim> = self.records.get(claim.id.as_str()).await?;
        Ok(there.is_some_and(|there| there.user_id == claim.user_id))
    }

    /// Gives an account its first password. One that has a password keeps it.
    async fn give_password(
        &self,
        domain_id: ObjectId,
        email: &str,
        password: &str,
    ) -> Result<(), AuthError> {
        let hash = self.passwords.hash(password).await?;
        let give = |account: &mut Account| {
            let first = account.password == UNUSABLE;
            if first {
                hash.clone_into(&mut account.password);
            }
            first
        };
        self.records.update(Account::id(domain_id, email), give).await?;
        Ok(())
    }

    /// Gives a user another e-mail address, with the password it has.
    pub(crate) async fn change_email(
        &self,
        domain_id: ObjectId,
        user_id: ObjectId,
        email: &str,
    ) -> Result<(), AuthError> {
        check_email(email)?;
        let user = self.user(domain_id, user_id).await?;
        let old = user.identities.iter().find(|identity| identity.is_address());
        let old = old.map(|identity| identity.external_id.clone());
        let old = old.ok_or_else(|| {
            AuthError::Invalid("the user has no identity of provider local-userpass".to_owned())
        })?;
        if old == email {
            return Ok(());
        }
        let claim = Claim::new(&user, accounts::PROVIDER, email);
        if !self.records.insert(&claim).await? && !self.owns(&claim).await? {
            return Err(AuthError::NameInUse);
        }
        // What an attempt did that was interrupted is not done again.
        if let Some(account) = self.records.get::<Account>(Account::id(domain_id, &old)).await? {
            let password = account.password.clone();
            let renamed = Account::new(domain_id, email, password, account.confirmed);
            if !self.records.insert(&renamed).await? {
                let there: Option<Account> = self.records.get(renamed.id).await?;
                if there.is_none_or(|there| there.password != account.password) {
                    self.records.delete::<Claim>(claim.id).await?;
                    return Err(AuthError::NameInUse);
                }
            }
            self.delete_account(domain_id, &old).await?;
        }
        self.records.delete::<Claim>(Claim::new(&user, accounts::PROVIDER, &old).id).await?;
        let changed = self.records.update(user_id, |user: &mut User| {
            for identity in user.identities.iter_mut().filter(|identity| identity.is_address()) {
                email.clone_into(&mut identity.external_id);
            }
            user.data.insert("email", email);
            true
        });
        changed.await?.map(drop).ok_or(AuthError::UserNotFound)
    }
}

/// The identities that providers know, each with the claim that makes it the user's.
fn claims(user: &User) -> impl Iterator<Item = (Claim, &Identity)> {
    let known = user.identities.iter().filter(|identity| !identity.external_id.is_empty());
    known.map(|identity| {
        (Claim::new(user, &identity.provider_type, &identity.external_id), identity)
    })
}

fn identities(app: &App, brought: Vec<BroughtIdentity>) -> Result<Vec<Identity>, AuthError> {
    if !(1..=MAX_IDENTITIES).contains(&brought.len()) {
        return Err(AuthError::Invalid("a user has between 1 and 32 identities".to_owned()));
    }
    let identity = |identity: BroughtIdentity| {
        let BroughtIdentity { id, provider_type, external_id } = identity;
        match provider_type.as_str() {
            "anon-user" => {}
            accounts::PROVIDER => check_email(&external_id)?,
            known if PROVIDERS.contains(&known) => check_external_id(&external_id)?,
            unknown => {
                let message = format!("there is no provider of type `{unknown}`");
                return Err(AuthError::Invalid(message));
            }
        }
        let provider_id = Providers::of(app).id(&provider_type);
        Ok(Identity { id, provider_type, provider_id, external_id })
    };
    brought.into_iter().map(identity).collect()
}
