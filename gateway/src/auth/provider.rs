//! The providers of an app, as logins need them.

use bson::oid::ObjectId;

use super::AuthError;
use crate::apps::{App, AuthProvider, derive_id};

/// How users of an app may log in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Providers<'a> {
    app: &'a App,
}

/// What becomes of an account that somebody registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmation<'a> {
    Automatic,
    Function(&'a str),
    /// A link in an e-mail, which the gateway does not send.
    Mail,
}

impl<'a> Providers<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        Self { app }
    }

    /// The provider of this type, unless it is disabled.
    pub(crate) fn get(self, kind: &str) -> Result<&'a AuthProvider, AuthError> {
        let provider = self.app.config.auth_providers.get(kind);
        let enabled = provider.filter(|provider| !provider.disabled);
        enabled.ok_or_else(|| AuthError::NoProvider(kind.to_owned()))
    }

    /// ObjectId of a provider in this app.
    pub(crate) fn id(self, kind: &str) -> ObjectId {
        if kind == "anon-user" {
            return self.app.anonymous_provider_id();
        }
        let mut of = self.app.domain_id.bytes().to_vec();
        of.extend_from_slice(kind.as_bytes());
        derive_id("provider", &of)
    }
}

/// A function that the settings of a provider name, if they say that it runs.
pub(super) fn function<'a>(provider: &'a AuthProvider, run: &str, name: &str) -> Option<&'a str> {
    let runs = provider.config.get(run).and_then(serde_json::Value::as_bool) == Some(true);
    text(provider, name).filter(|name| runs && !name.is_empty())
}

pub(super) fn flag(provider: &AuthProvider, key: &str) -> bool {
    provider.config.get(key).and_then(serde_json::Value::as_bool) == Some(true)
}

pub(super) fn text<'a>(provider: &'a AuthProvider, key: &str) -> Option<&'a str> {
    provider.config.get(key).and_then(serde_json::Value::as_str)
}

pub(super) fn confirmation(provider: &AuthProvider) -> Confirmation<'_> {
    if flag(provider, "autoConfirm") {
        Confirmation::Automatic
    } else if let Some(name) =
        function(provider, "runConfirmationFunction", "confirmationFunctionName")
    {
        Confirmation::Function(name)
    } else {
        Confirmation::Mail
    }
}
