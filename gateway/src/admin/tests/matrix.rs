//! Who may use which route: every route of the table with every kind of token.

use axum::http::Method;
use bson::oid::ObjectId;
use serde_json::json;

use super::{Admin, BASE};
use crate::{
    admin::routes::{Access, table},
    testing::{Answer, request},
};

/// A path of the table, with something in the place of its braces.
fn filled(path: &str, group: &str, app: &str) -> String {
    let part = |part: &str| match part {
        "{groupId}" => group.to_owned(),
        "{appId}" => app.to_owned(),
        "{provider}" => "mongodb-cloud".to_owned(),
        part if part.starts_with('{') => ObjectId::new().to_hex(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(admin: &Admin, method: &Method, path: &str, token: Option<&str>) -> Answer {
    let path = format!("{BASE}{path}");
    admin.world.send(request(method.as_str(), &path, token, "{}")).await
}

#[tokio::test]
async fn every_route_is_for_those_it_names_and_for_nobody_else() {
    let admin = Admin::new().await;
    let (_, client_app_id) = admin.create_app().await;
    let app = admin.world.gateway.apps().find(&client_app_id).unwrap();
    let (app, group) = (app.id.to_hex(), admin.group.clone());
    let provider = json!({ "type": "anon-user" });
    let path = format!("/groups/{group}/apps/{app}/auth_providers");
    admin.expect(201, "POST", &path, provider).await;
    let login = format!("/api/client/v2.0/app/{client_app_id}/auth/providers/anon-user/login");
    let user = admin.world.send(request("POST", &login, None, "")).await.json();
    let user_tokens = [&user["access_token"], &user["refresh_token"]].map(|t| t.as_str().unwrap());

    let other = Admin::new().await;
    let revoked = {
        let login = super::log_in(
            &admin.world,
            json!({ "username": "publickey", "apiKey": "private-0f9e8d7c" }),
        );
        let login = login.await.json();
        let session = format!("{BASE}/auth/session");
        let refresh = login["refresh_token"].as_str();
        let ended = admin.world.send(request("DELETE", &session, refresh, "")).await;
        assert_eq!(ended.status.as_u16(), 204);
        login
    };
    let cut = &admin.token[..admin.token.len() - 2];
    let strangers = [
        ("no token", None),
        ("no JWT", Some("abc")),
        ("a cut token", Some(cut)),
        ("access token of a user", Some(user_tokens[0])),
        ("refresh token of a user", Some(user_tokens[1])),
        ("access token of another gateway", Some(other.token.as_str())),
        ("refresh token of another gateway", Some(other.refresh_token.as_str())),
        ("access token of a session that ended", revoked["access_token"].as_str()),
        ("refresh token of a session that ended", revoked["refresh_token"].as_str()),
    ];

    let mut served = 0;
    // What deletes the app, or ends the session, comes last.
    let mut routes = table();
    routes.sort_by_key(|route| match (route.method == Method::DELETE, route.path) {
        (true, "/auth/session") => 3,
        (true, path) if path.ends_with("{appId}") => 2,
        (delete, _) => usize::from(delete),
    });
    for route in routes {
        let path = filled(route.path, &group, &app);
        let name = format!("{} {}", route.method, route.path);
        let wrong_kind = match route.access {
            Access::Anybody => None,
            Access::Refresh => Some(("access token", Some(admin.token.as_str()))),
            Access::Administrator => Some(("refresh token", Some(admin.refresh_token.as_str()))),
        };
        if route.access != Access::Anybody {
            for (who, token) in strangers.into_iter().chain(wrong_kind) {
                let answer = ask(&admin, &route.method, &path, token).await;
                assert_eq!(answer.status.as_u16(), 401, "{name} with {who}");
            }
        }
        if route.path.contains("{appId}") {
            // The app is not in that project, and the project has no such app.
            let elsewhere = ObjectId::new().to_hex();
            for path in
                [filled(route.path, &elsewhere, &app), filled(route.path, &group, &elsewhere)]
            {
                let answer = ask(&admin, &route.method, &path, Some(&admin.token)).await;
                assert_eq!(answer.error(), (404, "AppNotFound".to_owned()), "{name}");
            }
        }
        let right = match route.access {
            Access::Anybody => None,
            Access::Refresh => Some(admin.refresh_token.as_str()),
            Access::Administrator => Some(admin.token.as_str()),
        };
        if route.path.ends_with("/login") {
            continue;
        }
        let answer = ask(&admin, &route.method, &path, right).await;
        let status = answer.status.as_u16();
        assert!(!matches!(status, 401 | 403 | 405 | 500..), "{name}: {status}");
        if status == 404 {
            // The route is there; what its path names is not.
            assert_ne!(answer.error().1, "NotFound", "{name}");
        }
        served += 1;
    }
    assert_eq!(served, table().len() - 1);
}

#[tokio::test]
async fn routes_of_administrators_are_not_served_to_clients() {
    let admin = Admin::new().await;
    for path in [format!("{BASE}/auth/profile"), "/metrics".to_owned()] {
        let request = request("GET", &path, Some(&admin.token), "");
        let answer = crate::testing::answer(admin.world.gateway.router(), request).await;
        assert_eq!(answer.error(), (404, "NotFound".to_owned()));
    }
}
