//! Logins, and what users do about themselves, that did not succeed.

use std::{net::IpAddr, time::Duration};

use super::TokenError;
use crate::{functions::FunctionError, store::StoreError};

/// A login, refresh or logout, or a change of an account, that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthError {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the session was ended")]
    SessionEnded,
    #[error("nobody has logged in with this credential yet")]
    NoUserForEndpoint,
    #[error("the user does not exist")]
    UserNotFound,
    #[error("the user is disabled")]
    UserDisabled,
    #[error("no provider `{0}`, or it is disabled")]
    NoProvider(String),
    #[error("{0}")]
    Invalid(String),
    #[error("wrong password, or no such account")]
    WrongPassword,
    #[error("the account is not confirmed")]
    Unconfirmed,
    #[error("the e-mail address is taken")]
    NameInUse,
    #[error("the account is confirmed already")]
    AlreadyConfirmed,
    #[error("the token of the account is not valid")]
    AccountToken,
    #[error("failed to {what} \"{email}\"")]
    Rejected { what: &'static str, email: String },
    #[error("the gateway sends no e-mail")]
    NoMail,
    #[error("no such API key")]
    KeyNotFound,
    #[error("there are {0} API keys already")]
    TooManyKeys(usize),
    #[error("the credential is not valid: {0}")]
    Credential(String),
    #[error("the domain of the e-mail address is not allowed")]
    DomainNotAllowed,
    #[error("the identity belongs to another user")]
    IdentityTaken,
    #[error("the id belongs to a user of another app")]
    IdTaken,
    #[error("the app may not be reached from {}", shown(*.0))]
    Address(Option<IpAddr>),
    #[error("too many failed attempts")]
    Throttled(Duration),
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot sign a token")]
    Sign(#[from] jsonwebtoken::errors::Error),
    #[error("cannot hash a password: {0}")]
    Hash(String),
    #[error("the operating system has no random numbers")]
    Random(#[from] getrandom::Error),
    #[error("the gateway is shutting down")]
    ShuttingDown,
}

fn shown(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
}
