//! E-mail addresses and passwords.

use bson::{Bson, DateTime, doc, oid::ObjectId};

use super::{
    Auth, AuthError, Providers,
    password::Passwords,
    provider::{self, Confirmation},
    record::{Account, AccountToken, Purpose},
    secret,
    throttle::Attempt,
};
use crate::{apps::App, functions::Caller};

pub(super) const PROVIDER: &str = "local-userpass";
/// Longest e-mail address, in bytes.
const MAX_EMAIL_BYTES: usize = 320;
/// How long tokens that confirm or reset are good for.
const TOKEN_MILLIS: i64 = 30 * 60 * 1000;
/// Letters of such a token.
const TOKEN_LETTERS: usize = 64;

/// A token on its way to the owner of an account.
struct Issued {
    id: ObjectId,
    token: String,
}

/// What a confirmation or reset function decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Success,
    Pending,
    Fail,
}

impl Auth {
    /// Makes an account, which its owner can log in to once it is confirmed.
    pub(crate) async fn register(
        &self,
        app: &App,
        email: &str,
        password: &str,
        caller: &Caller,
    ) -> Result<(), AuthError> {
        let provider = Providers::of(app).get(PROVIDER)?;
        check_email(email)?;
        Passwords::check(password)?;
        let id = Account::id(app.domain_id, email);
        if self.records.get::<Account>(id).await?.is_some() {
            return Err(AuthError::NameInUse);
        }
        let password = self.passwords.hash(password).await?;
        let mut account = Account::new(app.domain_id, email, password, true);
        match provider::confirmation(provider) {
            Confirmation::Automatic => {}
            Confirmation::Mail => {
                account.confirmed = false;
                tracing::warn!(
                    app = app.client_app_id,
                    "an account waits for an e-mail that the gateway does not send; confirm it \
                     through the Admin API, or configure a confirmation function"
                );
            }
            Confirmation::Function(name) => {
                let issued = self.issue(&account, Purpose::Confirm).await?;
                account.token_id = Some(issued.id);
                match self.ask_to_confirm(app, name, email, &issued, caller).await {
                    Ok(Verdict::Success) => self.withdraw(account.token_id.take()).await?,
                    Ok(Verdict::Pending) => account.confirmed = false,
                    Ok(Verdict::Fail) => {
                        self.withdraw(account.token_id).await?;
                        return Err(rejected("confirm user", email));
                    }
                    Err(error) => {
                        self.withdraw(account.token_id).await?;
                        return Err(error);
                    }
                }
            }
        }
        if self.records.insert(&account).await? {
            return Ok(());
        }
        self.withdraw(account.token_id).await?;
        Err(AuthError::NameInUse)
    }

    /// Confirms an account without a token, as an administrator may.
    pub(crate) async fn confirm_account(
        &self,
        domain_id: ObjectId,
        email: &str,
    ) -> Result<(), AuthError> {
        let id = Account::id(domain_id, email);
        let confirmed = self
            .records
            .update(id, |account: &mut Account| !std::mem::replace(&mut account.confirmed, true));
        confirmed.await?.map(drop).ok_or(AuthError::UserNotFound)
    }

    /// Confirms an account with the token that its owner was sent.
    pub(crate) async fn confirm(
        &self,
        app: &App,
        token: &str,
        token_id: &str,
    ) -> Result<(), AuthError> {
        Providers::of(app).get(PROVIDER)?;
        let found = self.redeem(app, token, token_id, Purpose::Confirm).await?;
        let account = self.records.update(found.account_id, |account: &mut Account| {
            account.token_id = account.token_id.filter(|id| *id != found.id);
            account.confirmed = true;
            true
        });
        account.await?.map(drop).ok_or(AuthError::AccountToken)
    }

    /// Runs the confirmation function again. The gateway sends no e-mail.
    pub(crate) async fn confirm_again(
        &self,
        app: &App,
        email: &str,
        by_function: bool,
        caller: &Caller,
    ) -> Result<(), AuthError> {
        let provider = Providers::of(app).get(PROVIDER)?;
        let id = Account::id(app.domain_id, email);
        let account: Account = self.records.get(id).await?.ok_or(AuthError::UserNotFound)?;
        if account.confirmed {
            return Err(AuthError::AlreadyConfirmed);
        }
        let name = match provider::confirmation(provider) {
            Confirmation::Function(name) if by_function => name,
            Confirmation::Function(_) => {
                return Err(AuthError::Invalid(
                    "the app confirms users by a function; call it instead".to_owned(),
                ));
            }
            _ => return Err(AuthError::NoMail),
        };
        let issued = self.issue_anew(&account, Purpose::Confirm).await?;
        match self.ask_to_confirm(app, name, email, &issued, caller).await? {
            Verdict::Pending => Ok(()),
            Verdict::Success => {
                self.withdraw(Some(issued.id)).await?;
                self.confirm_account(app.domain_id, email).await
            }
            Verdict::Fail => {
                self.withdraw(Some(issued.id)).await?;
                Err(rejected("confirm user", email))
            }
        }
    }

    async fn ask_to_confirm(
        &self,
        app: &App,
        function: &str,
        email: &str,
        issued: &Issued,
        caller: &Caller,
    ) -> Result<Verdict, AuthError> {
        let argument = doc! {
            "username": email,
            "token": &issued.token,
            "tokenId": issued.id.to_hex(),
        };
        let answer = self.functions.call_system(app, function, vec![argument.into()], caller);
        Ok(verdict(&answer.await?))
    }

    /// Refuses to send an e-mail, for one of two reasons.
    pub(crate) fn reset_by_mail(app: &App) -> Result<(), AuthError> {
        let provider = Providers::of(app).get(PROVIDER)?;
        match provider::function(provider, "runResetFunction", "resetFunctionName") {
            Some(_) => Err(AuthError::Invalid(
                "the app resets passwords by a function; call it instead".to_owned(),
            )),
            None => Err(AuthError::NoMail),
        }
    }

    /// Runs the reset function, which sets the password, or lets the owner do so with a token.
    pub(crate) async fn reset_by_function(
        &self,
        app: &App,
        email: &str,
        password: &str,
        arguments: Vec<Bson>,
        caller: &Caller,
    ) -> Result<(), AuthError> {
        let provider = Providers::of(app).get(PROVIDER)?;
        let name = provider::function(provider, "runResetFunction", "resetFunctionName");
        let name = name.ok_or_else(|| {
            AuthError::Invalid("the app has no function that resets passwords".to_owned())
        })?;
        Passwords::check(password)?;
        let attempt =
            Attempt { domain_id: app.domain_id, account: Some(email), address: caller.address };
        self.check_throttle(&attempt)?;
        let id = Account::id(app.domain_id, email);
        let Some(account) = self.records.get::<Account>(id).await? else {
            self.throttle.failed(&attempt);
            return Err(AuthError::UserNotFound);
        };
        let current = self.passwords.verify(password, Some(account.password.clone())).await?;
        let issued = self.issue_anew(&account, Purpose::Reset).await?;
        let argument = doc! {
            "username": email,
            "password": password,
            "token": &issued.token,
            "tokenId": issued.id.to_hex(),
            "currentPasswordValid": current,
        };
        let arguments = std::iter::once(argument.into()).chain(arguments).collect();
        let answer = self.functions.call_system(app, name, arguments, caller).await;
        match answer.map(|answer| verdict(&answer)) {
            Ok(Verdict::Pending) => Ok(()),
            Ok(Verdict::Success) => {
                self.withdraw(Some(issued.id)).await?;
                self.set_password(&account.id, password).await
            }
            Ok(Verdict::Fail) => {
                self.withdraw(Some(issued.id)).await?;
                self.throttle.failed(&attempt);
                Err(rejected("reset password for user", email))
            }
            Err(error) => {
                self.withdraw(Some(issued.id)).await?;
                Err(error.into())
            }
        }
    }

    /// Sets a password with the token that the owner was sent.
    pub(crate) async fn reset(
        &self,
        app: &App,
        token: &str,
        token_id: &str,
        password: &str,
    ) -> Result<(), AuthError> {
        Providers::of(app).get(PROVIDER)?;
        Passwords::check(password)?;
        let found = self.redeem(app, token, token_id, Purpose::Reset).await?;
        self.set_password(&found.account_id, password).await
    }

    /// A new password ends the sessions that the old one began.
    async fn set_password(&self, account_id: &str, password: &str) -> Result<(), AuthError> {
        let hash = self.passwords.hash(password).await?;
        let account = self.records.update(account_id, |account: &mut Account| {
            hash.clone_into(&mut account.password);
            true
        });
        let account = account.await?.ok_or(AuthError::UserNotFound)?;
        if let Some(user_id) = self.user_of(account.domain_id, PROVIDER, &account.email).await? {
            self.revoke(account.domain_id, user_id).await?;
        }
        Ok(())
    }

    /// Checks a password. The account is answered if it is right and the account is confirmed.
    pub(super) async fn check_password(
        &self,
        app: &App,
        email: &str,
        password: &str,
        caller: &Caller,
    ) -> Result<Account, AuthError> {
        let attempt =
            Attempt { domain_id: app.domain_id, account: Some(email), address: caller.address };
        self.check_throttle(&attempt)?;
        let id = Account::id(app.domain_id, email);
        let account = if email.len() > MAX_EMAIL_BYTES {
            None
        } else {
            self.records.get::<Account>(id).await?
        };
        let hash = account.as_ref().map(|account| account.password.clone());
        let right = self.passwords.verify(password, hash).await?;
        let Some(account) = account.filter(|_| right) else {
            self.throttle.failed(&attempt);
            return Err(AuthError::WrongPassword);
        };
        self.throttle.succeeded(&attempt);
        if account.confirmed { Ok(account) } else { Err(AuthError::Unconfirmed) }
    }

    pub(super) fn check_throttle(&self, attempt: &Attempt<'_>) -> Result<(), AuthError> {
        self.throttle.wait(attempt).map_or(Ok(()), |wait| Err(AuthError::Throttled(wait)))
    }

    /// Makes a token for an account.
    async fn issue(&self, account: &Account, purpose: Purpose) -> Result<Issued, AuthError> {
        let token = secret::random(TOKEN_LETTERS)?;
        let now = DateTime::now();
        let record = AccountToken {
            id: ObjectId::new(),
            domain_id: account.domain_id,
            account_id: account.id.clone(),
            purpose,
            hash: secret::hash(&token),
            expires_at: DateTime::from_millis(now.timestamp_millis() + TOKEN_MILLIS),
        };
        self.records.insert(&record).await?;
        Ok(Issued { id: record.id, token })
    }

    /// Makes a token for an account that is there, in the place of the one that is out.
    async fn issue_anew(&self, account: &Account, purpose: Purpose) -> Result<Issued, AuthError> {
        let issued = self.issue(account, purpose).await?;
        let mut old = None;
        self.records
            .update(account.id.as_str(), |account: &mut Account| {
                old = account.token_id.replace(issued.id);
                true
            })
            .await?;
        self.withdraw(old).await?;
        Ok(issued)
    }

    pub(super) async fn withdraw(&self, token_id: Option<ObjectId>) -> Result<(), AuthError> {
        if let Some(id) = token_id {
            self.records.delete::<AccountToken>(id).await?;
        }
        Ok(())
    }

    /// Takes a token in, which is good once.
    async fn redeem(
        &self,
        app: &App,
        token: &str,
        token_id: &str,
        purpose: Purpose,
    ) -> Result<AccountToken, AuthError> {
        let id = ObjectId::parse_str(token_id).map_err(|_| AuthError::AccountToken)?;
        let found: Option<AccountToken> = self.records.get(id).await?;
        let found = found.filter(|found| {
            let right = secret::matches(token, &found.hash);
            right
                && found.domain_id == app.domain_id
                && found.purpose == purpose
                && found.expires_at > DateTime::now()
        });
        let found = found.ok_or(AuthError::AccountToken)?;
        // Of two who redeem it at the same time, one finds it gone.
        if self.records.delete::<AccountToken>(found.id).await? {
            Ok(found)
        } else {
            Err(AuthError::AccountToken)
        }
    }

    /// Removes an account and the token that is out for it.
    pub(super) async fn delete_account(
        &self,
        domain_id: ObjectId,
        email: &str,
    ) -> Result<bool, AuthError> {
        let id = Account::id(domain_id, email);
        let account: Option<Account> = self.records.get(id.as_str()).await?;
        self.withdraw(account.and_then(|account| account.token_id)).await?;
        Ok(self.records.delete::<Account>(id).await?)
    }

    /// Removes an account that nobody has logged in to, as an administrator may.
    pub(crate) async fn delete_pending(
        &self,
        domain_id: ObjectId,
        email: &str,
    ) -> Result<(), AuthError> {
        let used = self.user_of(domain_id, PROVIDER, email).await?.is_some();
        let deleted = !used && self.delete_account(domain_id, email).await?;
        if deleted { Ok(()) } else { Err(AuthError::UserNotFound) }
    }
}

pub(super) fn check_email(email: &str) -> Result<(), AuthError> {
    if (1..=MAX_EMAIL_BYTES).contains(&email.len()) && !email.contains(char::is_control) {
        return Ok(());
    }
    Err(AuthError::Invalid("email invalid".to_owned()))
}

fn rejected(what: &'static str, email: &str) -> AuthError {
    AuthError::Rejected { what, email: email.to_owned() }
}

/// Whatever is not said clearly is a no.
fn verdict(answer: &Bson) -> Verdict {
    let status = answer.as_document().and_then(|answer| answer.get_str("status").ok());
    match status {
        Some("success") => Verdict::Success,
        Some("pending") => Verdict::Pending,
        _ => Verdict::Fail,
    }
}
