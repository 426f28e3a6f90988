//! Tokens: none is accepted but those that carry the gateway's own signature, its algorithm and its
//! claims, whatever the rest is.

#![no_main]
#![allow(dead_code, unused_imports, reason = "a target needs part of the modules")]

#[path = "../src/auth.rs"]
mod auth;
#[path = "../src/json.rs"]
mod json;

/// What the records of users and sessions ask for, and no token does.
mod store {
    pub(crate) trait Record {
        const COLLECTION: &'static str;
    }
}

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign, get_current_timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

use self::auth::accepted;

const SECRET: &[u8] = b"a secret of 32 bytes, or of more";
const TEXTS: [&str; 40] = [
    "alg", "typ", "HS256", "HS384", "HS512", "RS256", "ES256", "none", "None", "JWT", "kid", "jwk",
    "jku", "x5u", "x5c", "crit", "b64", "exp", "iat", "nbf", "sub", "iss", "aud", "access", "refresh",
    "baas_domain_id", "baas_id", "baas_device_id", "user_data", "65f0c0ffee00000000000051",
    "65f0c0ffee00000000000052", "", "0", "kind", "$oid", "$date", "$numberLong", "1", "a", "b",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, mut rest)) = bytes.split_first() else { return };
    if choice % 4 == 0 {
        let text = String::from_utf8_lossy(rest);
        assert_eq!(accepted(SECRET, &text), (false, false), "{text}");
        return;
    }
    let mut header = json!({ "alg": "HS256", "typ": "JWT" });
    let mut claims = json!({
        "typ": if choice & 16 == 0 { "access" } else { "refresh" },
        "exp": get_current_timestamp() + 60, "sub": "65f0c0ffee00000000000051",
        "baas_domain_id": "65f0c0ffee00000000000051", "iss": "65f0c0ffee00000000000052",
        "baas_id": "65f0c0ffee00000000000052",
    });
    for part in [&mut header, &mut claims] {
        if let (Some(part), Value::Object(more)) =
            (part.as_object_mut(), json::value(&mut rest, &TEXTS))
        {
            part.extend(more);
        }
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let forged = choice % 4 == 1;
    let key: &[u8] = if forged { b"another secret, of 32 bytes, too" } else { SECRET };
    let signed = sign(message.as_bytes(), &EncodingKey::from_secret(key), Algorithm::HS256);
    let token = format!("{message}.{}", signed.expect("a text can be signed"));

    let (access, refresh) = accepted(SECRET, &token);
    assert!(!access || !refresh, "a token is for one purpose");
    if access || refresh {
        assert!(!forged, "the signature is another's: {token}");
        assert_eq!(header["alg"], "HS256");
        assert_eq!(claims["typ"], if access { "access" } else { "refresh" });
        assert!(claims["exp"].as_f64().is_some_and(|exp| exp >= get_current_timestamp() as f64 - 1.0));
    }
});
