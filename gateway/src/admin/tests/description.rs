//! The OpenAPI description is true.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Admin, BASE};
use crate::{admin::routes::table, testing::request};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Routes of App Services that are not served.
const NOT_SERVED: [&str; 8] = [
    "/groups/{groupId}/apps/{appId}/dependencies",
    "/groups/{groupId}/apps/{appId}/event_subscriptions",
    "/groups/{groupId}/apps/{appId}/graphql/config",
    "/groups/{groupId}/apps/{appId}/hosting/config",
    "/groups/{groupId}/apps/{appId}/log_forwarders",
    "/groups/{groupId}/apps/{appId}/push/notifications",
    "/groups/{groupId}/apps/{appId}/security/private_endpoints",
    "/groups/{groupId}/apps/{appId}/sync/migration",
];

#[tokio::test]
async fn the_description_has_the_routes_that_are_served_and_no_others() {
    let admin = Admin::new().await;
    let description = admin.get("/openapi.json").await;
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let filled = path.replace(['{', '}'], "");
        for method in METHODS {
            let full = format!("{BASE}{filled}");
            let answer = admin.world.send(request(&method.to_uppercase(), &full, None, "")).await;
            let there = answer.status.as_u16() != 404 || answer.error().1 != "NotFound";
            let operation = &operations[method];
            assert_eq!(there, operation.is_object(), "{method} {path}");
            if there {
                described.insert((method.to_uppercase(), path.clone()));
                assert!(ids.insert(operation["operationId"].clone().to_string()), "{path}");
                let named = operation["parameters"].as_array().unwrap().iter();
                let named: Vec<_> = named.filter(|named| named["in"] == "path").collect();
                assert_eq!(named.len(), path.matches('{').count());
                assert!(
                    named
                        .iter()
                        .all(|p| path.contains(&format!("{{{}}}", p["name"].as_str().unwrap())))
                );
                // Whoever needs no token according to the description is let in without one.
                let open = operation["security"] == Value::Array(Vec::new());
                assert_eq!(
                    open,
                    answer.status.as_u16() != 401 || path.ends_with("/login"),
                    "{method} {path}"
                );
            }
        }
    }
    let served = table().iter().map(|r| (r.method.to_string(), r.path.to_owned())).collect();
    assert_eq!(described, served);
}

#[tokio::test]
async fn what_is_not_served_is_neither_described_nor_answered() {
    let admin = Admin::new().await;
    let description = admin.get("/openapi.json").await;
    for path in NOT_SERVED {
        assert!(description["paths"].get(path).is_none(), "{path}");
        let answer = admin.ask("GET", path, Value::Null).await;
        assert_eq!(answer.error(), (404, "NotFound".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn the_description_says_what_may_follow_the_question_mark() {
    let admin = Admin::new().await;
    let description = admin.get("/openapi.json").await;
    let users = &description["paths"]["/groups/{groupId}/apps/{appId}/users"];
    let of_query = |operation: &Value| -> Vec<String> {
        let named = operation["parameters"].as_array().unwrap().iter();
        let named = named.filter(|named| named["in"] == "query" && named["required"] == false);
        named.map(|named| named["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of_query(&users["get"]), ["after", "desc", "provider_types", "sort", "status"]);
    assert_eq!(of_query(&users["post"]), [""; 0]);
}
