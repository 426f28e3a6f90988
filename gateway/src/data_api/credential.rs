//! Who sends a request, by its headers.

use axum::http::{HeaderMap, header};

use crate::auth::Login;

/// What a request brings.
#[derive(Debug)]
pub(crate) enum Credential {
    /// An access token. It is tried first, and nothing else if it is there.
    Token(String),
    Login(Login),
    /// Only part of a credential.
    Partial,
    None,
}

impl Credential {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        if let Some(value) = text(header::AUTHORIZATION.as_str()) {
            return match value.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                    Self::Token(token.trim().to_owned())
                }
                _ => Self::Token(String::new()),
            };
        }
        if let Some(key) = text("apikey").or_else(|| text("api-key")) {
            return Self::Login(Login::Key(key));
        }
        match (text("email"), text("password")) {
            (Some(email), Some(password)) => {
                return Self::Login(Login::Password { email, password });
            }
            (None, None) => {}
            _ => return Self::Partial,
        }
        match text("jwttokenstring") {
            Some(token) => Self::Login(Login::Token { provider: "custom-token", token }),
            None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_of_the_documentation_is_understood() {
        let of = |headers: &[(&'static str, &'static str)]| {
            let pairs = headers.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().unwrap())
            });
            format!("{:?}", Credential::of(&pairs.collect()))
        };
        for (headers, expected) in [
            (&[][..], "None"),
            (&[("authorization", "Bearer t"), ("apikey", "k")], r#"Token("t")"#),
            (&[("authorization", "Basic t")], r#"Token("")"#),
            (&[("apikey", "k")], r#"Login(Key("k"))"#),
            (&[("api-key", "k")], r#"Login(Key("k"))"#),
            (&[("email", "e"), ("password", "p")], "Password"),
            (&[("email", "e")], "Partial"),
            (&[("password", "p")], "Partial"),
            (&[("jwttokenstring", "j")], r#"provider: "custom-token""#),
        ] {
            assert!(of(headers).contains(expected), "{headers:?}");
        }
    }
}
