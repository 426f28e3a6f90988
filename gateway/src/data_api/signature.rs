//! The secret that an app may ask for besides a credential.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::apps::App;

/// Whether a request proves to know the secret of the app's Data API, if it has to: in its query, or
/// by signing its body. `given` is the one of the query.
pub(crate) fn check_secret(
    app: &App,
    headers: &HeaderMap,
    given: Option<&str>,
    body: &[u8],
) -> bool {
    let config = &app.config.data_api;
    let secret = || app.secrets.get(config.secret_name.as_deref()?);
    match config.validation_method.as_str() {
        "NO_VALIDATION" | "" => true,
        "SECRET_AS_QUERY_PARAM" => secret().is_some_and(|secret| {
            given.is_some_and(|given| given.as_bytes().ct_eq(secret.as_bytes()).into())
        }),
        "VERIFY_PAYLOAD" => secret().is_some_and(|secret| {
            let signature = headers.get("endpoint-signature").and_then(|value| value.to_str().ok());
            let signature = signature.and_then(|value| from_hex(value.strip_prefix("sha256=")?));
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
                return false;
            };
            mac.update(body);
            signature.is_some_and(|signature| mac.verify_slice(&signature).is_ok())
        }),
        // A way that is not known lets nobody in.
        _ => false,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes = pairs.map(|pair| {
        let pair = pair.filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apps::AppFiles;

    fn app(method: &str) -> App {
        let mut files = AppFiles::default();
        files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
        let config = json!({ "validation_method": method, "secret_name": "s" });
        files.insert("http_endpoints/data_api_config.json", config.to_string()).unwrap();
        let mut app = App::configured(files).unwrap();
        app.secrets.insert("s", "key");
        app
    }

    #[test]
    fn the_secret_is_asked_for_in_the_way_that_is_configured() {
        let none = HeaderMap::new();
        assert!(check_secret(&app("NO_VALIDATION"), &none, None, b""));
        let query = app("SECRET_AS_QUERY_PARAM");
        for (given, right) in
            [(Some("key"), true), (Some("kez"), false), (Some(""), false), (None, false)]
        {
            assert_eq!(check_secret(&query, &none, given, b""), right, "{given:?}");
        }
        let payload = app("VERIFY_PAYLOAD");
        // RFC 2104's own example of HMAC-SHA256.
        let digest = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
        let body = b"The quick brown fox jumps over the lazy dog";
        let signed = |signature: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("endpoint-signature", signature.parse().unwrap());
            headers
        };
        assert!(check_secret(&payload, &signed(&format!("sha256={digest}")), None, body));
        assert!(!check_secret(&payload, &signed(&format!("sha256={digest}")), None, b"other"));
        for wrong in [digest, "sha256=", "sha256=zz", "sha256=f7bc8"] {
            assert!(!check_secret(&payload, &signed(wrong), None, body), "{wrong}");
        }
        assert!(!check_secret(&payload, &none, None, body));
        assert!(!check_secret(&app("SOMETHING"), &none, None, body));
    }
}
