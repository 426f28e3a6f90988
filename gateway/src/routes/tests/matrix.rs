//! Every route with every credential that is not the right one.

use axum::{body::Body, http::header};
use bson::oid::ObjectId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::documents;
use crate::testing::{Answer, World, request};

const APP: &str = "/api/client/v2.0/app/plant";
const AUTH: &str = "/api/client/v2.0/auth";
const ID: &str = "6b00000000000000000000aa";

/// Whose word a route takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Anybody's.
    Nothing,
    /// That of a user of the app in the path; the second is whether the user is looked up.
    AccessToApp {
        looked_up: bool,
    },
    /// That of a user of any app.
    Access,
    Refresh,
    /// The refresh token of a session, whatever became of its user: to end it.
    RefreshToEnd,
}

/// All routes but those of the Admin API, which has a table of its own.
fn routes() -> Vec<(&'static str, String, Needs)> {
    use Needs::{Access, AccessToApp, Nothing, Refresh, RefreshToEnd};
    let userpass = format!("{APP}/auth/providers/local-userpass");
    let key = format!("{AUTH}/api_keys/{ID}");
    let data = "/app/plant/endpoint/data/v1/action/find".to_owned();
    vec![
        ("GET", "/healthz".to_owned(), Nothing),
        ("GET", "/readyz".to_owned(), Nothing),
        ("GET", format!("{APP}/location"), Nothing),
        ("POST", format!("{APP}/auth/providers/anon-user/login"), Nothing),
        ("POST", format!("{userpass}/register"), Nothing),
        ("POST", format!("{userpass}/confirm"), Nothing),
        ("POST", format!("{userpass}/confirm/send"), Nothing),
        ("POST", format!("{userpass}/confirm/call"), Nothing),
        ("POST", format!("{userpass}/reset"), Nothing),
        ("POST", format!("{userpass}/reset/send"), Nothing),
        ("POST", format!("{userpass}/reset/call"), Nothing),
        ("GET", format!("{APP}/functions/call"), Nothing),
        ("POST", format!("{APP}/functions/call"), AccessToApp { looked_up: true }),
        ("POST", format!("{APP}/ingest"), AccessToApp { looked_up: false }),
        ("POST", data, AccessToApp { looked_up: true }),
        ("GET", format!("{AUTH}/profile"), Access),
        ("DELETE", format!("{AUTH}/delete"), Access),
        ("POST", format!("{AUTH}/session"), Refresh),
        ("DELETE", format!("{AUTH}/session"), RefreshToEnd),
        ("GET", format!("{AUTH}/api_keys"), Refresh),
        ("POST", format!("{AUTH}/api_keys"), Refresh),
        ("GET", key.clone(), Refresh),
        ("DELETE", key.clone(), Refresh),
        ("PUT", format!("{key}/enable"), Refresh),
        ("PUT", format!("{key}/disable"), Refresh),
    ]
}

/// What is wrong with the one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    NoToken,
    OtherScheme,
    Garbage,
    OtherKind,
    OtherSignature,
    NoSignature,
    Expired,
    OtherApp,
    Disabled,
    Revoked,
    Deleted,
    Admin,
}

const ALL: [Wrong; 12] = [
    Wrong::NoToken,
    Wrong::OtherScheme,
    Wrong::Garbage,
    Wrong::OtherKind,
    Wrong::OtherSignature,
    Wrong::NoSignature,
    Wrong::Expired,
    Wrong::OtherApp,
    Wrong::Disabled,
    Wrong::Revoked,
    Wrong::Deleted,
    Wrong::Admin,
];

/// The status and code that must come; `None` if it must not be a refusal of the one who asks.
#[expect(clippy::match_same_arms, reason = "each row has a reason of its own")]
fn expected(needs: Needs, wrong: Wrong) -> Option<(u16, &'static str)> {
    use Needs::{Access, AccessToApp, Nothing, Refresh, RefreshToEnd};
    let refused = Some((401, "AuthError"));
    match (needs, wrong) {
        (Nothing, _) => None,
        (_, Wrong::NoToken | Wrong::OtherScheme) => Some((401, "MissingAuthReq")),
        (
            _,
            Wrong::Garbage
            | Wrong::OtherKind
            | Wrong::OtherSignature
            | Wrong::NoSignature
            | Wrong::Admin,
        ) => refused,
        (_, Wrong::Expired) => Some((401, "InvalidSession")),
        (AccessToApp { .. }, Wrong::OtherApp) => Some((401, "UserAppDomainMismatch")),
        // A path without an app is about the user's own.
        (_, Wrong::OtherApp) => None,
        (AccessToApp { looked_up: true } | Access, Wrong::Disabled) => Some((401, "UserDisabled")),
        (AccessToApp { looked_up: true } | Access, Wrong::Deleted) => Some((404, "UserNotFound")),
        // Access tokens that are out stay good until they expire.
        (AccessToApp { .. } | Access, _) => None,
        (RefreshToEnd, Wrong::Disabled | Wrong::Revoked | Wrong::Deleted) => None,
        (Refresh, Wrong::Disabled | Wrong::Revoked | Wrong::Deleted) => {
            Some((401, "InvalidSession"))
        }
    }
}

struct Bench {
    world: World,
    secret: Vec<u8>,
}

impl Bench {
    async fn new() -> Self {
        let world = World::with(|builder| builder.app(documents::app())).await;
        let settings = crate::Namespace::system("settings");
        let id = "token_signing_secret".into();
        let secret = world.gateway.store().get(&settings, id).await.unwrap().unwrap();
        let secret = secret.get_binary("secret").unwrap().bytes.to_vec();
        Self { world, secret }
    }

    async fn log_in(&self, app: &str) -> Value {
        let path = format!("/api/client/v2.0/app/{app}/auth/providers/anon-user/login");
        self.world.send(request("POST", &path, None, "{}")).await.json()
    }

    fn forge(token: &str, change: impl FnOnce(&mut Value), secret: &[u8]) -> String {
        let data = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap();
        let mut claims = data.claims;
        change(&mut claims);
        let key = EncodingKey::from_secret(secret);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap()
    }

    /// The `Authorization` of one who is wrong in this way.
    async fn authorization(&self, needs: Needs, wrong: Wrong) -> Option<String> {
        let login = self.log_in("plant").await;
        let access = login["access_token"].as_str().unwrap();
        let refresh = login["refresh_token"].as_str().unwrap();
        let refreshing = matches!(needs, Needs::Refresh | Needs::RefreshToEnd);
        let (right, other) = if refreshing { (refresh, access) } else { (access, refresh) };
        let id = ObjectId::parse_str(login["user_id"].as_str().unwrap()).unwrap();
        let domain_id = self.world.gateway.apps().find("plant").unwrap().domain_id;
        let auth = self.world.gateway.auth();
        let token = match wrong {
            Wrong::NoToken => return None,
            Wrong::OtherScheme => return Some(format!("Basic {right}")),
            Wrong::Garbage => "garbage".to_owned(),
            Wrong::OtherKind => other.to_owned(),
            Wrong::OtherSignature => Self::forge(right, |_| {}, b"another secret"),
            Wrong::NoSignature => {
                // {"alg":"none","typ":"JWT"}
                let claims = right.split('.').nth(1).unwrap();
                format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")
            }
            Wrong::Expired => Self::forge(right, |claims| claims["exp"] = json!(1), &self.secret),
            Wrong::OtherApp => {
                let login = self.log_in("other-app").await;
                let key = if refreshing { "refresh_token" } else { "access_token" };
                login[key].as_str().unwrap().to_owned()
            }
            Wrong::Disabled => {
                auth.set_disabled(domain_id, id, true).await.unwrap();
                right.to_owned()
            }
            Wrong::Revoked => {
                auth.revoke(domain_id, id).await.unwrap();
                right.to_owned()
            }
            Wrong::Deleted => {
                auth.delete_user(domain_id, id).await.unwrap();
                right.to_owned()
            }
            // Whatever an administrator's token holds, it is of another type.
            Wrong::Admin => {
                Self::forge(right, |claims| claims["typ"] = json!("admin_access"), &self.secret)
            }
        };
        Some(format!("Bearer {token}"))
    }

    async fn ask(&self, method: &str, path: &str, authorization: Option<&str>) -> Answer {
        let mut request = request(method, path, None, Body::from("{}"));
        if let Some(value) = authorization {
            request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        self.world.send(request).await
    }
}

#[tokio::test]
async fn every_route_refuses_whoever_may_not_use_it() {
    let bench = Bench::new().await;
    for (method, path, needs) in routes() {
        let open = bench.ask(method, &path, None).await.status;
        for wrong in ALL {
            let authorization = bench.authorization(needs, wrong).await;
            let answer = bench.ask(method, &path, authorization.as_deref()).await;
            let place = format!("{method} {path} {wrong:?}");
            let status = answer.status.as_u16();
            match expected(needs, wrong) {
                // The Data API says in its own way that it was given nothing.
                Some((401, "MissingAuthReq")) if path.contains("/endpoint/") => {
                    let code = if wrong == Wrong::NoToken {
                        (400, "InvalidParameter".to_owned())
                    } else {
                        (401, "AuthError".to_owned())
                    };
                    assert_eq!(answer.error(), code, "{place}");
                }
                Some((status, code)) => {
                    assert_eq!(answer.error(), (status, code.to_owned()), "{place}");
                }
                None if needs == Needs::Nothing => assert_eq!(answer.status, open, "{place}"),
                None => assert!(status != 401 && status != 403, "{place}: {status}"),
            }
        }
    }
}

#[test]
fn the_table_names_every_path_of_the_router() {
    let source = include_str!("../router.rs");
    let table: Vec<_> = routes().into_iter().map(|(_, path, _)| path).collect();
    let mut seen = 0;
    for line in source.lines() {
        let Some((_, rest)) = line.split_once(".route(\"") else { continue };
        let (path, _) = rest.split_once('"').unwrap();
        if matches!(path, "/realm-sync" | "/metrics") {
            // The one has its token in the query, and tests of its own; the other is not for
            // clients at all.
            continue;
        }
        // A parameter stands for any part.
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        let named = table.iter().any(|known| {
            let known: Vec<_> = known.split('/').collect();
            let tail = known.get(known.len().saturating_sub(parts.len())..).unwrap_or_default();
            tail.len() == parts.len()
                && tail
                    .iter()
                    .zip(&parts)
                    .all(|(known, part)| part.starts_with('{') || known == part)
        });
        assert!(named, "`{path}` is in no row");
        seen += 1;
    }
    assert!(seen >= 20, "only {seen} routes were found in the source");
}
