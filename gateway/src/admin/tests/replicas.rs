//! Several gateways on one store.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ACCOUNT, Admin, BASE, ask};
use crate::{Gateway, apps::AppFiles, testing::request};

fn directory(value: &str) -> AppFiles {
    let mut files = AppFiles::default();
    files.insert("root_config.json", r#"{ "name": "plant" }"#).unwrap();
    files.insert("values/v.json", format!(r#"{{ "name": "v", "value": "{value}" }}"#)).unwrap();
    files
}

fn value_of(gateway: &Gateway, app: &str) -> Option<Value> {
    let app = gateway.apps().find(app)?;
    app.config.values.get("v").map(|value| value.value.clone())
}

#[tokio::test]
async fn what_is_made_on_one_gateway_works_on_the_other() {
    let admin = Admin::new().await;
    let replica = admin.replica().await;
    // The session of the administrator is good there too.
    let (app, client_app_id) = admin.create_app().await;
    let shown = |gateway: Gateway| {
        let request = request("GET", &format!("{BASE}{app}"), Some(&admin.token), "");
        async move { ask(&gateway, request).await }
    };
    assert_eq!(shown(replica.clone()).await.error(), (404, "AppNotFound".to_owned()));
    replica.refresh().await.unwrap();
    assert_eq!(shown(replica.clone()).await.json()["client_app_id"], client_app_id);

    let value = json!({ "name": "v", "value": 1 });
    admin.expect(201, "POST", &format!("{app}/values"), value).await;
    let secret = json!({ "name": "s", "value": "hidden" });
    admin.expect(201, "POST", &format!("{app}/secrets"), secret).await;
    replica.refresh().await.unwrap();
    assert_eq!(value_of(&replica, &client_app_id), Some(json!(1)));
    let served = replica.apps().find(&client_app_id).unwrap();
    assert_eq!(served.secrets.get("s"), Some("hidden"));
    assert!(!format!("{served:?}").contains("hidden"));

    admin.expect(204, "DELETE", &app, Value::Null).await;
    replica.refresh().await.unwrap();
    assert!(replica.apps().find(&client_app_id).is_none());
}

#[tokio::test]
async fn changes_of_two_gateways_at_the_same_time_are_all_made() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let replica = admin.replica().await;
    let create = |gateway: &Gateway, name: String| {
        let (path, gateway) = (format!("{BASE}{app}/values"), gateway.clone());
        let body = json!({ "name": name, "value": 1 }).to_string();
        let request = request("POST", &path, Some(&admin.token), body);
        async move { ask(&gateway, request).await.status.as_u16() }
    };
    let first = &admin.world.gateway;
    for round in 0..5 {
        let (one, other) = tokio::join!(
            create(first, format!("a{round}")),
            create(&replica, format!("b{round}")),
        );
        assert_eq!((one, other), (201, 201));
    }
    // More revisions than are kept: who was away finds the newest.
    for gateway in [first, &replica, &admin.replica().await] {
        gateway.refresh().await.unwrap();
        let app = gateway.apps().find(&client_app_id).unwrap();
        assert_eq!(app.config.values.len(), 10);
    }
}

#[tokio::test]
async fn a_gateway_that_was_away_for_many_changes_finds_the_newest() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let replica = admin.replica().await;
    let value = json!({ "name": "v", "value": 0 });
    let value = admin.expect(201, "POST", &format!("{app}/values"), value).await;
    let path = format!("{app}/values/{}", value["_id"].as_str().unwrap());
    for number in 1..40 {
        admin.expect(204, "PUT", &path, json!({ "name": "v", "value": number })).await;
    }
    replica.refresh().await.unwrap();
    assert_eq!(value_of(&replica, &client_app_id), Some(json!(39)));
}

#[tokio::test]
async fn a_directory_is_taken_over_when_it_changed_and_only_then() {
    let admin = Admin::with_app(directory("one")).await;
    let app = admin.app().await;
    let restart = |files: AppFiles| {
        let builder = Gateway::builder(Arc::new(admin.world.store.clone()));
        builder.admin(ACCOUNT.parse().unwrap()).app(files).build()
    };
    let values = admin.get(&format!("{app}/values")).await;
    let path = format!("{app}/values/{}", values[0]["_id"].as_str().unwrap());
    admin.expect(204, "PUT", &path, json!({ "name": "v", "value": "by API" })).await;
    // The directory did not change: what was done since stays.
    let same = restart(directory("one")).await.unwrap();
    assert_eq!(value_of(&same, "plant"), Some(json!("by API")));
    let changed = restart(directory("two")).await.unwrap();
    assert_eq!(value_of(&changed, "plant"), Some(json!("two")));
    admin.world.gateway.refresh().await.unwrap();
    assert_eq!(value_of(&admin.world.gateway, "plant"), Some(json!("two")));
    // An app that was deleted comes back with its directory.
    admin.expect(204, "DELETE", &app, Value::Null).await;
    let back = restart(directory("two")).await.unwrap();
    assert_eq!(value_of(&back, "plant"), Some(json!("two")));
}

#[tokio::test]
async fn a_directory_twice_is_an_error() {
    let admin = Admin::new().await;
    let builder = Gateway::builder(Arc::new(admin.world.store.clone()));
    let twice = builder.app(directory("one")).app(directory("two")).build().await;
    assert!(twice.unwrap_err().to_string().contains("`plant`"));
}
