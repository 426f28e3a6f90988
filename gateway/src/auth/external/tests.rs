use std::sync::LazyLock;

use bson::doc;
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::json;

use super::*;
use crate::{apps::AppFiles, auth::Providers};

/// Tokens signed by a key whose private half was thrown away, its public half, and JWK sets with it.
static SIGNED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("signed.json")).unwrap());

const SECRET: &str = "a-secret-of-at-least-32-characters-in-it";
const OLD_SECRET: &str = "an-older-secret-that-is-still-accepted-1";

fn signed(name: &str) -> &'static str {
    SIGNED["tokens"][name].as_str().unwrap()
}

fn app(providers: &Value, with_sets: bool) -> App {
    let mut files = AppFiles::default();
    files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
    files.insert("auth/providers.json", providers.to_string()).unwrap();
    if with_sets {
        files.insert(JWK_SETS, SIGNED["jwk_sets"].to_string()).unwrap();
    }
    let mut app = App::configured(files).unwrap();
    let public_key = SIGNED["public_key"].as_str().unwrap();
    for (name, value) in [("new", SECRET), ("old", OLD_SECRET), ("public", public_key)] {
        app.secrets.insert(name, value);
    }
    app
}

fn provider(kind: &str, mut settings: Value) -> Value {
    settings["name"] = kind.into();
    settings["type"] = kind.into();
    json!({ kind: settings })
}

fn checked(app: &App, kind: &'static str, token: &str) -> Result<Proven, String> {
    let provider = Providers::of(app).get(kind).unwrap();
    check(app, provider, kind, token).map_err(|error| error.to_string())
}

fn custom(settings: Value) -> App {
    app(&provider("custom-token", settings), true)
}

fn hs256(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "reads best with `json!` in place")]
fn claims(change: Value) -> Value {
    let mut claims = json!({ "aud": "plant", "sub": "c-1", "exp": get_current_timestamp() + 600 });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    claims
}

fn keys() -> Value {
    json!({ "secret_config": { "signingKeys": ["new", "old"] } })
}

#[test]
fn a_custom_token_of_any_configured_key_is_accepted() {
    let app = custom(keys());
    for secret in [SECRET, OLD_SECRET] {
        let proven = checked(&app, "custom-token", &hs256(secret, &claims(json!({})))).unwrap();
        assert_eq!(proven, Proven::identity("custom-token", "c-1".to_owned(), doc! {}));
    }
    let rsa = json!({
        "config": { "signingAlgorithm": "RS256" }, "secret_config": { "signingKeys": ["public"] },
    });
    assert!(checked(&custom(rsa), "custom-token", signed("custom")).is_ok());
    let set = json!({ "config": { "useJWKURI": true, "jwkURI": "https://keys.example.com/jwks" } });
    assert!(checked(&custom(set), "custom-token", signed("custom")).is_ok());
}

#[test]
fn what_is_wrong_with_a_custom_token_is_told() {
    let app = custom(keys());
    let now = get_current_timestamp();
    for (token, part) in [
        (hs256("some-other-secret-of-32-characters-len", &claims(json!({}))), "InvalidSignature"),
        (hs256(SECRET, &claims(json!({ "exp": now - 100 }))), "ExpiredSignature"),
        (hs256(SECRET, &claims(json!({ "nbf": now + 100 }))), "ImmatureSignature"),
        (hs256(SECRET, &json!({ "aud": "plant", "sub": "c-1" })), "exp"),
        (hs256(SECRET, &json!({ "aud": "plant", "exp": now + 600 })), "sub"),
        (hs256(SECRET, &claims(json!({ "sub": "" }))), "no `sub`"),
        (hs256(SECRET, &claims(json!({ "aud": "other" }))), "another audience"),
        (hs256(SECRET, &json!({ "sub": "c-1", "exp": now + 600 })), "another audience"),
        (signed("custom").to_owned(), "InvalidAlgorithm"),
        ("a.b.c".to_owned(), "refused"),
        (String::new(), "refused"),
        ("x".repeat(MAX_TOKEN_BYTES + 1), "longer than"),
    ] {
        let error = checked(&app, "custom-token", &token).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn no_token_chooses_its_own_algorithm() {
    // Signed with the public key as if it were a secret, or not signed at all.
    let rsa = json!({
        "config": { "signingAlgorithm": "RS256" }, "secret_config": { "signingKeys": ["public"] },
    });
    let app = custom(rsa);
    let public_key = SIGNED["public_key"].as_str().unwrap();
    let forged = hs256(public_key, &claims(json!({})));
    assert!(checked(&app, "custom-token", &forged).unwrap_err().contains("InvalidAlgorithm"));
    let google = google(&json!({}));
    for name in ["google_without_signature", "google_signed_by_public_key"] {
        assert!(checked(&google, "oauth2-google", signed(name)).is_err(), "{name}");
    }
}

#[test]
fn the_audience_is_all_or_any_of_what_is_configured() {
    let both = |any: bool| {
        let config = json!({ "audience": ["a", "b"], "requireAnyAudience": any });
        custom(json!({ "config": config, "secret_config": { "signingKeys": ["new"] } }))
    };
    let token = |audience: Value| hs256(SECRET, &claims(json!({ "aud": audience })));
    let accepted = |any, audience| checked(&both(any), "custom-token", &token(audience)).is_ok();
    assert!(accepted(false, json!(["a", "b", "c"])) && !accepted(false, json!(["a"])));
    assert!(accepted(true, json!("b")) && !accepted(true, json!(["c"])));
}

#[test]
fn metadata_fields_become_data_of_the_user() {
    let settings = |required: bool| {
        let fields = json!([
            { "name": r"profile.full\.name", "field_name": "name" },
            { "name": "profile.level" },
            { "name": "absent", "required": required },
        ]);
        let mut settings = keys();
        settings["metadata_fields"] = fields;
        custom(settings)
    };
    let token = |profile: Value| hs256(SECRET, &claims(json!({ "profile": profile })));
    let good = token(json!({ "full.name": "Ann", "level": 3 }));
    let proven = checked(&settings(false), "custom-token", &good).unwrap();
    let data = doc! { "name": "Ann", "profile.level": 3 };
    assert_eq!(proven, Proven::identity("custom-token", "c-1".to_owned(), data));
    let error = checked(&settings(true), "custom-token", &good).unwrap_err();
    assert!(error.contains("no claim `absent`"), "{error}");
    let long = token(json!({ "full.name": "x".repeat(5000) }));
    assert!(checked(&settings(false), "custom-token", &long).unwrap_err().contains("4096"));
}

fn google(more: &Value) -> App {
    let mut settings = json!({ "config": { "clientId": "123.apps.example", "openId": true } });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app(&provider("oauth2-google", settings), true)
}

#[test]
fn id_tokens_are_checked_against_the_configured_keys() {
    let proven = checked(&google(&json!({})), "oauth2-google", signed("google")).unwrap();
    let data = doc! {
        "email": "ann@example.com", "name": "Ann Example",
        "picture_url": "https://example.com/a.png",
        "first_name": "Ann", "last_name": "Example",
    };
    assert_eq!(proven, Proven::identity("oauth2-google", "g-1".to_owned(), data));

    let apple = json!({ "config": { "clientId": "com.example.app" } });
    let apple = app(&provider("oauth2-apple", apple), true);
    assert!(checked(&apple, "oauth2-apple", signed("apple")).is_ok());
    assert!(checked(&apple, "oauth2-apple", signed("google")).is_err());
}

#[test]
fn id_tokens_for_others_or_by_others_are_refused() {
    let google = google(&json!({}));
    for (name, part) in [
        ("google_other_audience", "another audience"),
        ("google_other_issuer", "InvalidIssuer"),
        ("google_expired", "ExpiredSignature"),
        ("google_other_key_id", "no key"),
        ("apple", "InvalidIssuer"),
    ] {
        let error = checked(&google, "oauth2-google", signed(name)).unwrap_err();
        assert!(error.contains(part), "{name}: {error}");
    }
    let settings = json!({ "config": { "clientId": "123.apps.example" } });
    let without = app(&provider("oauth2-google", settings), false);
    let error = checked(&without, "oauth2-google", signed("google")).unwrap_err();
    assert!(error.contains("auth/jwk_sets.json"), "{error}");
}

#[test]
fn only_addresses_of_allowed_domains_are_let_in() {
    let google = google(&json!({ "domain_restrictions": ["Example.com"] }));
    assert!(checked(&google, "oauth2-google", signed("google")).is_ok());
    for name in ["google_other_domain", "google_unverified"] {
        let error = checked(&google, "oauth2-google", signed(name)).unwrap_err();
        assert!(error.contains("domain"), "{name}: {error}");
    }
}
