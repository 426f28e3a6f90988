//! Tokens that others signed: custom tokens, and ID tokens of Google and Apple.
//!
//! The algorithm is the one that is configured, never the one that the token names. JWK sets are
//! files of the app, `auth/jwk_sets.json`, an object from the URL that a set is published at to the
//! set: the gateway asks no other server when somebody logs in.

use std::collections::HashSet;

use bson::{Bson, Document};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet,
};
use serde_json::{Map, Value};

use super::{
    AuthError, Proven,
    provider::{flag, text},
};
use crate::apps::{App, AuthProvider};

/// Where the app keeps JWK sets.
pub(super) const JWK_SETS: &str = "auth/jwk_sets.json";
const GOOGLE_KEYS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const GOOGLE_ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
const APPLE_KEYS: &str = "https://appleid.apple.com/auth/keys";
const APPLE_ISSUERS: [&str; 1] = ["https://appleid.apple.com"];

/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 1_000_000;
/// Longest value that becomes data of a user, in bytes.
const MAX_METADATA_BYTES: usize = 4096;
/// How far clocks may be apart, in seconds.
const LEEWAY: u64 = 30;

/// What a token must be like to be accepted.
struct Expected<'a> {
    algorithm: Algorithm,
    keys: Keys<'a>,
    /// Any of these; none means that it does not matter.
    issuers: &'a [&'a str],
    audience: Vec<String>,
    /// One of the audience is enough; otherwise the token must be for all of it.
    any_audience: bool,
}

enum Keys<'a> {
    Secrets(Vec<String>),
    Published(&'a str),
}

/// Checks a token of a provider and tells whom it is about.
pub(super) fn check(
    app: &App,
    provider: &AuthProvider,
    kind: &'static str,
    token: &str,
) -> Result<Proven, AuthError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(refused("it is longer than 1,000,000 bytes"));
    }
    let expected = match kind {
        "oauth2-google" => of_oauth(provider, GOOGLE_KEYS, &GOOGLE_ISSUERS)?,
        "oauth2-apple" => of_oauth(provider, APPLE_KEYS, &APPLE_ISSUERS)?,
        _ => of_custom(app, provider),
    };
    let claims = verify(app, &expected, token)?;
    check_audience(&expected, claims.get("aud"))?;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty());
    let subject = subject.ok_or_else(|| refused("it has no `sub`, the id of the user"))?;
    check_domain(provider, &claims)?;
    let mut data = metadata(provider, &claims)?;
    if kind != "custom-token" {
        data.extend(well_known(&claims));
    }
    Ok(Proven::identity(kind, subject.to_owned(), data))
}

fn of_custom<'a>(app: &App, provider: &'a AuthProvider) -> Expected<'a> {
    let published = flag(provider, "useJWKURI");
    let algorithm = match text(provider, "signingAlgorithm") {
        _ if published => Algorithm::RS256,
        Some("RS256") => Algorithm::RS256,
        _ => Algorithm::HS256,
    };
    let keys = if published {
        Keys::Published(text(provider, "jwkURI").unwrap_or_default())
    } else {
        let names = strings(provider.secret_config.get("signingKeys"));
        Keys::Secrets(
            names.iter().filter_map(|name| app.secrets.get(name)).map(str::to_owned).collect(),
        )
    };
    let mut audience = strings(provider.config.get("audience"));
    if audience.is_empty() {
        audience.push(app.client_app_id.clone());
    }
    let any_audience = flag(provider, "requireAnyAudience");
    Expected { algorithm, keys, issuers: &[], audience, any_audience }
}

fn of_oauth<'a>(
    provider: &'a AuthProvider,
    keys: &'a str,
    issuers: &'a [&'a str],
) -> Result<Expected<'a>, AuthError> {
    let mut audience: Vec<_> = text(provider, "clientId").map(str::to_owned).into_iter().collect();
    audience.extend(strings(provider.config.get("clientIds")));
    audience.retain(|id| !id.is_empty());
    if audience.is_empty() {
        return Err(refused("the app does not say for which client id tokens are"));
    }
    Ok(Expected {
        algorithm: Algorithm::RS256,
        keys: Keys::Published(keys),
        issuers,
        audience,
        any_audience: true,
    })
}

fn verify(
    app: &App,
    expected: &Expected<'_>,
    token: &str,
) -> Result<Map<String, Value>, AuthError> {
    let mut validation = Validation::new(expected.algorithm);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    // Checked below: the library knows only one meaning of several audiences.
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::from(["exp".to_owned(), "sub".to_owned()]);
    if !expected.issuers.is_empty() {
        validation.set_issuer(expected.issuers);
        validation.required_spec_claims.insert("iss".to_owned());
    }
    let keys = decoding_keys(app, expected, token)?;
    let mut last = refused("the app has no key that could have signed it");
    for key in keys {
        match decode::<Map<String, Value>>(token, &key, &validation) {
            Ok(data) => return Ok(data.claims),
            // Another key may have signed it; anything else is wrong with the token itself.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                last = refused(error.to_string());
            }
            Err(error) => return Err(refused(error.to_string())),
        }
    }
    Err(last)
}

fn decoding_keys(
    app: &App,
    expected: &Expected<'_>,
    token: &str,
) -> Result<Vec<DecodingKey>, AuthError> {
    match &expected.keys {
        Keys::Secrets(secrets) if expected.algorithm == Algorithm::HS256 => {
            Ok(secrets.iter().map(|secret| DecodingKey::from_secret(secret.as_bytes())).collect())
        }
        Keys::Secrets(secrets) => {
            let keys = secrets.iter().map(|secret| DecodingKey::from_rsa_pem(secret.as_bytes()));
            keys.collect::<Result<_, _>>()
                .map_err(|_| refused("a signing key of the app is no RSA public key in PEM"))
        }
        Keys::Published(url) => {
            let set = jwk_set(app, url)?;
            let kid = decode_header(token).map_err(|error| refused(error.to_string()))?.kid;
            let named = set.keys.iter().filter(|key| kid.is_none() || key.common.key_id == kid);
            // Only RSA keys: a set may hold others.
            let keys = named.filter(|key| {
                matches!(key.algorithm, jsonwebtoken::jwk::AlgorithmParameters::RSA(_))
            });
            Ok(keys.filter_map(|key| DecodingKey::from_jwk(key).ok()).collect())
        }
    }
}

fn jwk_set(app: &App, url: &str) -> Result<JwkSet, AuthError> {
    let missing = || refused(format!("the app has no JWK set for `{url}` in `{JWK_SETS}`"));
    let sets = app.files.get(JWK_SETS).ok_or_else(missing)?;
    let mut sets: Map<String, Value> = serde_json::from_slice(sets)
        .map_err(|error| refused(format!("`{JWK_SETS}` is no object: {error}")))?;
    let set = sets.remove(url).ok_or_else(missing)?;
    serde_json::from_value(set)
        .map_err(|error| refused(format!("`{JWK_SETS}`: what stands for `{url}`: {error}")))
}

fn check_audience(expected: &Expected<'_>, claim: Option<&Value>) -> Result<(), AuthError> {
    let found = strings(claim);
    let mut wanted = expected.audience.iter().map(|audience| found.contains(audience));
    let right = if expected.any_audience { wanted.any(|is| is) } else { wanted.all(|is| is) };
    if right { Ok(()) } else { Err(refused("it is for another audience")) }
}

/// Whether the e-mail address of the user is in a domain that the provider lets in.
fn check_domain(provider: &AuthProvider, claims: &Map<String, Value>) -> Result<(), AuthError> {
    if provider.domain_restrictions.is_empty() {
        return Ok(());
    }
    let verified = match claims.get("email_verified") {
        None => true,
        Some(Value::String(text)) => text == "true",
        Some(value) => value.as_bool() == Some(true),
    };
    let email = claims.get("email").and_then(Value::as_str).filter(|_| verified);
    let domain = email.and_then(|email| email.rsplit_once('@')).map(|(_, domain)| domain);
    let allowed = domain.is_some_and(|domain| {
        provider.domain_restrictions.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain))
    });
    if allowed { Ok(()) } else { Err(AuthError::DomainNotAllowed) }
}

/// The claims that the provider's metadata fields name.
fn metadata(provider: &AuthProvider, claims: &Map<String, Value>) -> Result<Document, AuthError> {
    let mut data = Document::new();
    for field in &provider.metadata_fields {
        let value = claim(claims, &field.name).filter(|value| !value.is_null());
        let Some(value) = value else {
            if field.required {
                return Err(refused(format!("it has no claim `{}`", field.name)));
            }
            continue;
        };
        if value.to_string().len() > MAX_METADATA_BYTES {
            return Err(refused(format!("its claim `{}` is longer than 4096 bytes", field.name)));
        }
        let name = if field.field_name.is_empty() { &field.name } else { &field.field_name };
        data.insert(name.replace("\\.", "."), Bson::try_from(value.clone()).unwrap_or(Bson::Null));
    }
    Ok(data)
}

/// The claim at a path, whose names are separated by dots; `\.` is a dot in a name.
fn claim<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = vec![String::new()];
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'.') => {
                letters.next();
                names.last_mut()?.push('.');
            }
            '.' => names.push(String::new()),
            letter => names.last_mut()?.push(letter),
        }
    }
    let (first, rest) = names.split_first()?;
    rest.iter().try_fold(claims.get(first)?, |value, name| value.get(name))
}

/// What profiles of App Services call the claims of `OpenID` Connect.
fn well_known(claims: &Map<String, Value>) -> Document {
    const NAMES: [(&str, &str); 5] = [
        ("email", "email"),
        ("name", "name"),
        ("picture", "picture_url"),
        ("given_name", "first_name"),
        ("family_name", "last_name"),
    ];
    let known = NAMES.into_iter().filter_map(|(claim, name)| {
        let text = claims.get(claim)?.as_str()?;
        (text.len() <= MAX_METADATA_BYTES).then(|| (name.to_owned(), Bson::from(text)))
    });
    known.collect()
}

/// A string, or the strings in a list.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(values)) => {
            values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn refused(reason: impl Into<String>) -> AuthError {
    AuthError::Credential(format!("the token is refused: {}", reason.into()))
}

#[cfg(test)]
mod tests;
