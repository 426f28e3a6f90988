//! Every route with every credential that is not the right one.

use axum::{body::Body, http::header};
use bson::oid::ObjectId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::documents;
use crate::{
    routes::router::client_routes,
    testing::{Answer, World, request},
};

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

/// Methods that routes may have.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Whose word a route takes. One that is not here fails the test.
fn needs(method: &str, path: &str) -> Needs {
    use Needs::{Access, AccessToApp, Nothing, Refresh, RefreshToEnd};
    let app = path.strip_prefix("/api/client/v2.0/app/{app}");
    let auth = path.strip_prefix("/api/client/v2.0/auth");
    match (method, app, auth) {
        ("POST", Some("/functions/call"), _) => AccessToApp { looked_up: true },
        ("POST", Some("/ingest"), _) => AccessToApp { looked_up: false },
        (_, Some("/location" | "/functions/call"), _) => Nothing,
        (_, Some(path), _) if path.starts_with("/auth/providers/") => Nothing,
        (_, _, Some("/profile" | "/delete")) => Access,
        ("DELETE", _, Some("/session")) => RefreshToEnd,
        ("POST", _, Some("/session")) => Refresh,
        (_, _, Some(path)) if path.starts_with("/api_keys") => Refresh,
        _ if path.starts_with("/app/{app}/endpoint/data/") => AccessToApp { looked_up: true },
        _ => panic!("whose word does `{method} {path}` take?"),
    }
}

/// All routes of clients and what they need. The Admin API has a table of its own; Device Sync has
/// its token in the query, and tests of its own.
async fn routes(world: &World) -> Vec<(&'static str, String, Needs)> {
    let mut routes = vec![
        ("GET", "/healthz".to_owned(), Needs::Nothing),
        ("GET", "/readyz".to_owned(), Needs::Nothing),
    ];
    let paths = client_routes().into_iter().map(|(path, _)| path);
    for path in paths.filter(|path| !path.ends_with("/realm-sync")) {
        let mut filled = path.to_owned();
        for (name, value) in [
            ("{app}", "plant"),
            ("{provider}", "anon-user"),
            ("{id}", ID),
            ("{version}", "v1"),
            ("{action}", "find"),
        ] {
            filled = filled.replace(name, value);
        }
        for method in METHODS {
            let answer = world.send(request(method, &filled, None, "")).await;
            if answer.status != 404 || answer.error().1 != "NotFound" {
                routes.push((method, filled.clone(), needs(method, path)));
            }
        }
    }
    routes
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
    let routes = routes(&bench.world).await;
    assert!(routes.len() >= client_routes().len() + 2);
    for (method, path, needs) in routes {
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
