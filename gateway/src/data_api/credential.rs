//! Who sends a request, by its headers or its body.

use axum::http::{HeaderMap, header};

use crate::{auth::Login, documents::Argument};

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
    /// By its headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.filter(|value| !value.is_empty()).map(str::to_owned)
        };
        match text(header::AUTHORIZATION.as_str()) {
            Some(value) => match value.split_once(' ') {
                Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                    Self::Token(token.trim().to_owned())
                }
                _ => Self::Token(String::new()),
            },
            None => Self::named(text),
        }
    }

    /// By its body, which may hold what the headers do not.
    pub(crate) fn in_body(argument: &Argument) -> Self {
        Self::named(|name| {
            let text = argument.text_ignoring_case(name)?;
            (!text.is_empty()).then(|| text.to_owned())
        })
    }

    fn named(text: impl Fn(&str) -> Option<String>) -> Self {
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
    #[test]
    fn a_body_brings_what_headers_do_not() {
        let of = |body: bson::Document| {
            format!("{:?}", Credential::in_body(&Argument::new(body.into()).unwrap()))
        };
        for (body, expected) in [
            (bson::doc! { "database": "d" }, "None"),
            (bson::doc! { "api-key": "k" }, r#"Login(Key("k"))"#),
            (bson::doc! { "apiKey": "k" }, r#"Login(Key("k"))"#),
            (bson::doc! { "email": "e", "password": "p" }, "Password"),
            (bson::doc! { "email": "e", "password": 7 }, "Partial"),
            (bson::doc! { "jwtTokenString": "j" }, r#"provider: "custom-token""#),
        ] {
            assert!(of(body.clone()).contains(expected), "{body}");
        }
    }
}
