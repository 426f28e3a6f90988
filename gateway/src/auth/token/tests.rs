use std::time::Duration;

use bson::{DateTime, doc, oid::ObjectId};
use jsonwebtoken::dangerous::insecure_decode;
use serde_json::{Value, json};

use super::*;

fn keys() -> TokenKeys {
    TokenKeys::new(&[7; 64], Lifetimes::default())
}

fn session() -> Session {
    Session {
        id: ObjectId::from_bytes([1; 12]),
        domain_id: ObjectId::from_bytes([2; 12]),
        user_id: ObjectId::from_bytes([3; 12]),
        device_id: ObjectId::from_bytes([4; 12]),
        created_at: DateTime::MIN,
        expires_at: None,
        token: None,
    }
}

fn identity() -> Identity {
    Identity {
        id: ObjectId::from_bytes([5; 12]),
        provider_type: "anon-user".to_owned(),
        provider_id: ObjectId::from_bytes([6; 12]),
        external_id: String::new(),
    }
}

fn hex(byte: u8) -> String {
    ObjectId::from_bytes([byte; 12]).to_hex()
}

fn claims(token: &str) -> Value {
    insecure_decode(token).unwrap().claims
}

#[test]
fn an_access_token_has_the_claims_that_clients_read() {
    let token = keys().access_issued_at(&session(), &doc! {}, 1_716_203_600).unwrap();
    assert_eq!(
        claims(&token),
        json!({
            "baas_device_id": hex(4), "baas_domain_id": hex(2),
            "exp": 1_716_205_400, "iat": 1_716_203_600, "iss": hex(1),
            "stitch_devId": hex(4), "stitch_domainId": hex(2),
            "sub": hex(3), "typ": "access", "user_data": {},
        })
    );
}

#[test]
fn a_refresh_token_has_the_claims_that_clients_read() {
    let mut claims = claims(&keys().refresh(&session(), &identity(), None).unwrap());
    let fields = claims.as_object_mut().unwrap();
    let lifetime = fields.remove("exp").unwrap().as_u64().unwrap()
        - fields.remove("iat").unwrap().as_u64().unwrap();
    assert_eq!(lifetime, 50 * 365 * 24 * 60 * 60);
    let identity = json!({ "id": hex(5), "provider_type": "anon-user", "provider_id": hex(6) });
    assert_eq!(
        claims,
        json!({
            "baas_data": null, "baas_device_id": hex(4), "baas_domain_id": hex(2),
            "baas_id": hex(1), "baas_identity": identity,
            "stitch_data": null, "stitch_devId": hex(4), "stitch_domainId": hex(2),
            "stitch_id": hex(1), "stitch_ident": identity,
            "sub": hex(3), "typ": "refresh",
        })
    );
}

#[test]
fn tokens_read_back() {
    let access = keys().verify_access(&keys().access(&session(), &doc! {}).unwrap()).unwrap();
    let Session { id, domain_id, user_id, device_id, .. } = session();
    let expected = Access {
        user_id,
        domain_id,
        session_id: id,
        device_id: Some(device_id),
        issued_at: access.expires_at - Lifetimes::default().access(),
        expires_at: access.expires_at,
        custom_data: doc! {},
    };
    assert_eq!(access, expected);
    let refresh = keys().refresh(&session(), &identity(), None).unwrap();
    assert_eq!(keys().verify_refresh(&refresh).unwrap(), id);
}

#[test]
fn one_kind_of_token_is_not_taken_for_the_other() {
    let access = keys().access(&session(), &doc! {}).unwrap();
    let refresh = keys().refresh(&session(), &identity(), None).unwrap();
    assert!(matches!(keys().verify_access(&refresh), Err(TokenError::Invalid(_))));
    assert!(matches!(keys().verify_refresh(&access), Err(TokenError::Invalid(_))));
}

#[test]
fn an_old_token_has_expired() {
    let now = get_current_timestamp();
    for seconds in [1800, 7200] {
        let lifetime = Some(Duration::from_secs(seconds));
        let keys = TokenKeys::new(&[7; 64], Lifetimes::default().with(lifetime, None).unwrap());
        let of = |age| keys.access_issued_at(&session(), &doc! {}, now - age).unwrap();
        assert!(matches!(keys.verify_access(&of(seconds + 1)), Err(TokenError::Expired)));
        assert!(keys.verify_access(&of(seconds - 60)).is_ok());
    }
}

#[test]
fn other_keys_algorithms_and_contents_are_refused() {
    let good = keys().access(&session(), &doc! {}).unwrap();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (_, payload) = head.split_once('.').unwrap();
    let key = EncodingKey::from_secret(&[7; 64]);
    let other_algorithm =
        jsonwebtoken::encode(&Header::new(Algorithm::HS512), &claims(&good), &key).unwrap();
    let mut without_expiry = claims(&good);
    without_expiry.as_object_mut().unwrap().remove("exp");
    let without_expiry = jsonwebtoken::encode(&Header::default(), &without_expiry, &key).unwrap();
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");

    for bad in [
        TokenKeys::new(&[8; 64], Lifetimes::default()).access(&session(), &doc! {}).unwrap(),
        other_algorithm,
        without_expiry,
        unsigned,
        format!("{head}."),
        format!("{head}.{signature}x"),
        "abc".to_owned(),
        String::new(),
    ] {
        assert!(matches!(keys().verify_access(&bad), Err(TokenError::Invalid(_))), "{bad}");
    }
}
