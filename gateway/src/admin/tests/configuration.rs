#![expect(clippy::similar_names, reason = "words of the API")]

use asymmetric_schema::{ClassDocument, Lock, Place, TimeSeries};
use serde_json::{Value, json};

use super::Admin;
use crate::apps::SyncState;

fn id(value: &Value) -> &str {
    value["_id"].as_str().unwrap()
}

/// The order in which provisioning clients of App Services make an app.
#[tokio::test]
async fn an_app_is_provisioned_step_by_step() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let shown = admin.get(&app).await;
    assert_eq!(shown["name"], "Telemetry");
    assert!(client_app_id.starts_with("telemetry-"));
    assert_ne!(shown["_id"], shown["client_app_id"]);
    assert_ne!(shown["_id"], shown["domain_id"]);

    let function = json!({ "name": "onConfirm", "private": true, "can_evaluate": {},
                           "source": "exports = () => ({ status: 'success' });" });
    let function = admin.expect(201, "POST", &format!("{app}/functions"), function).await;

    let providers = format!("{app}/auth_providers");
    let api_key = admin.get(&providers).await[0].clone();
    assert_eq!((&api_key["type"], &api_key["disabled"]), (&json!("api-key"), &json!(true)));
    admin.expect(204, "PUT", &format!("{providers}/{}/enable", id(&api_key)), Value::Null).await;
    admin.expect(201, "POST", &providers, json!({ "type": "anon-user" })).await;
    let config = json!({ "autoConfirm": false, "runConfirmationFunction": true,
                         "confirmationFunctionId": id(&function) });
    let body = json!({ "type": "local-userpass", "config": config });
    let userpass = admin.expect(201, "POST", &providers, body).await;
    assert_eq!(userpass["config"]["confirmationFunctionName"], "onConfirm");
    assert_eq!(userpass["config"]["confirmationFunctionId"], function["_id"]);

    let secret = json!({ "name": "BackingDB_uri", "value": "mongodb://localhost:26000" });
    let secret = admin.expect(201, "POST", &format!("{app}/secrets"), secret).await;
    assert_eq!(secret["name"], "BackingDB_uri");
    assert!(secret.get("value").is_none());

    let service = json!({ "name": "BackingDB", "type": "mongodb", "config": {
        "uri": "mongodb://localhost:26000",
        "flexible_sync": { "type": "flexible", "database_name": "telemetry",
                           "queryable_fields_names": [], "asymmetric_tables": ["readings"] } } });
    let service = admin.expect(201, "POST", &format!("{app}/services"), service).await;
    let service_path = format!("{app}/services/{}", id(&service));
    let role = json!({ "name": "all", "apply_when": {}, "read": true, "write": true,
                       "document_filters": { "read": true, "write": true },
                       "insert": true, "delete": true });
    let rule = json!({ "roles": [role], "filters": [] });
    let rule = admin.expect(201, "POST", &format!("{service_path}/default_rule"), rule).await;
    assert!(rule["roles"][0]["_id"].is_string());

    let metadata = json!({ "data_source": "BackingDB", "database": "telemetry",
                           "collection": "readings" });
    let first = json!({ "metadata": metadata, "schema": { "title": "readings",
        "bsonType": "object", "properties": { "_id": { "bsonType": "objectId" } } } });
    let schema = admin.expect(200, "POST", &format!("{app}/schemas"), first).await;
    let full = json!({ "_id": schema["_id"], "metadata": metadata, "relationships": {},
        "schema": { "title": "readings", "bsonType": "object", "required": ["_id"],
            "properties": { "_id": { "bsonType": "objectId" },
                            "celsius": { "bsonType": "double" } } } });
    let schema_path = format!("{app}/schemas/{}", id(&schema));
    admin.expect(204, "PUT", &schema_path, full.clone()).await;
    assert_eq!(admin.get(&schema_path).await["schema"], full["schema"]);

    let on = json!({ "flexible_sync": { "state": "enabled", "enabled": true } });
    admin.expect(204, "PATCH", &format!("{service_path}/config"), on).await;
    let config = admin.get(&format!("{service_path}/config")).await;
    assert_eq!(config["uri"], "mongodb://localhost:26000");
    assert_eq!(config["flexible_sync"]["state"], "enabled");
    assert_eq!(config["flexible_sync"]["asymmetric_tables"], json!(["readings"]));
    assert_eq!(
        config,
        admin
            .get(
                &service_path
                    .replace("/services/", "/service/")
                    .replace(id(&service), &format!("{}/config", id(&service)))
            )
            .await
    );

    let dev = json!({ "development_mode_enabled": true });
    admin.expect(204, "PUT", &format!("{app}/sync/config"), dev).await;
    let rules = json!({ "database": "telemetry", "collection": "readings",
                        "roles": [{ "name": "device", "apply_when": null, "write": true }] });
    let rules = admin.expect(201, "POST", &format!("{service_path}/rules"), rules).await;
    assert_eq!(rules["name"], "telemetry.readings");
    let user_data = json!({ "enabled": true, "mongo_service_id": id(&service),
        "database_name": "telemetry", "collection_name": "users", "user_id_field": "owner_id" });
    admin.expect(204, "PATCH", &format!("{app}/custom_user_data"), user_data).await;
    let user_data = admin.get(&format!("{app}/custom_user_data")).await;
    assert_eq!(user_data["mongo_service_id"], service["_id"]);
    assert_eq!(admin.get(&format!("{app}/sync/progress")).await["accepting_clients"], true);
    assert_eq!(admin.get(&format!("{app}/sync/state")).await["state"], "enabled");

    // What was asked for is what is served.
    let served = admin.world.gateway.apps().find(&client_app_id).unwrap();
    let config = &served.config;
    assert!(!config.auth_providers["api-key"].disabled);
    let userpass = &config.auth_providers["local-userpass"].config;
    assert_eq!(userpass["confirmationFunctionName"], "onConfirm");
    assert!(userpass.get("confirmationFunctionId").is_none());
    assert_eq!(config.sync.state, SyncState::Enabled);
    assert!(config.sync.development_mode_enabled);
    let readings = config.collection("BackingDB", "telemetry", "readings").unwrap();
    assert!(config.is_asymmetric(readings) && readings.rules.is_some());
    assert_eq!(config.custom_user_data.mongo_service_name, "BackingDB");
    assert_eq!(served.secrets.get("BackingDB_uri"), Some("mongodb://localhost:26000"));
    let log_in = format!("/api/client/v2.0/app/{client_app_id}/auth/providers/anon-user/login");
    let login = admin.world.send(crate::testing::request("POST", &log_in, None, "")).await;
    assert_eq!(login.status.as_u16(), 200);
}

#[tokio::test]
async fn a_schema_may_come_before_its_service() {
    let admin = Admin::new().await;
    let (app, _) = admin.create_app().await;
    let schema = json!({ "metadata": { "data_source": "later", "database": "d",
        "collection": "c" }, "schema": { "title": "C", "bsonType": "object" } });
    let schemas = format!("{app}/schemas");
    let made = admin.expect(200, "POST", &schemas, schema.clone()).await;
    assert_eq!(admin.ask("POST", &schemas, schema).await.error().0, 409);
    assert_eq!(admin.get(&format!("{app}/services")).await, json!([]));
    let service = json!({ "name": "later", "type": "mongodb-atlas", "config": {} });
    admin.expect(201, "POST", &format!("{app}/services"), service.clone()).await;
    let again = admin.ask("POST", &format!("{app}/services"), service).await;
    assert_eq!(again.error(), (409, "ServiceAlreadyExists".to_owned()));
    admin.expect(204, "DELETE", &format!("{schemas}/{}", id(&made)), Value::Null).await;
    assert_eq!(admin.get(&schemas).await, json!([]));
}

#[tokio::test]
async fn a_schema_says_whether_its_collection_is_a_time_series() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let metadata = json!({ "data_source": "mongodb-atlas", "database": "telemetry", "collection": "readings" });
    let schema = json!({ "metadata": metadata, "schema": { "title": "Reading" } });
    let made = admin.expect(200, "POST", &format!("{app}/schemas"), schema.clone()).await;
    let path = format!("{app}/schemas/{}", id(&made));
    assert_eq!(admin.get(&path).await["time_series"], Value::Null);

    let options = json!({ "time": "at", "meta": "station", "granularity": "hours" });
    let of_series = format!("{path}/time_series");
    admin.expect(204, "PUT", &of_series, options.clone()).await;
    assert_eq!(admin.get(&path).await["time_series"], options);
    for wrong in [json!({}), json!({ "time": "at", "granularity": "days" }), json!(7)] {
        assert_eq!(admin.ask("PUT", &of_series, wrong).await.error().0, 400);
    }
    // Whoever knows nothing of it leaves it alone, wherever the schema goes.
    let mut moved = schema;
    moved["metadata"]["collection"] = json!("samples");
    admin.expect(204, "PUT", &path, moved).await;
    assert_eq!(admin.get(&path).await["time_series"], options);
    let document = admin.get(&format!("{app}/pull")).await;
    admin.expect(204, "PATCH", &format!("{app}/push"), document).await;
    let served = admin.world.gateway.apps().find(&client_app_id).unwrap();
    let samples = served.config.collection("mongodb-atlas", "telemetry", "samples").unwrap();
    assert_eq!(samples.time_series.as_ref().map(TimeSeries::to_json), Some(options));

    admin.expect(204, "DELETE", &of_series, Value::Null).await;
    assert_eq!(admin.get(&path).await["time_series"], Value::Null);
}

/// A lock of one class with these properties.
fn lock(properties: &Value) -> Lock {
    let place = Place {
        data_source: "mongodb-atlas".to_owned(),
        database: "telemetry".to_owned(),
        collection: "readings".to_owned(),
    };
    let schema = json!({ "title": "Reading", "bsonType": "object", "properties": properties });
    let class = ClassDocument::from_json(place, schema, None).unwrap();
    let mut lock = Lock::default();
    lock.accept("Telemetry", &[class]).unwrap();
    lock
}

#[tokio::test]
async fn accepted_versions_are_added_to_those_that_are_known() {
    let admin = Admin::new().await;
    let (app, _) = admin.create_app().await;
    let path = format!("{app}/schema_lock");
    let known = async || admin.get(&path).await["lock"].as_str().unwrap().parse::<Lock>().unwrap();
    assert_eq!(known().await, Lock::default());
    let first = lock(&json!({ "_id": { "bsonType": "objectId" } }));
    let second = lock(&json!({ "_id": { "bsonType": "string" } }));
    for lock in [&first, &second, &first] {
        admin.expect(204, "PUT", &path, json!({ "lock": lock.to_string() })).await;
    }
    let mut both = first;
    both.merge(second);
    assert_eq!(known().await, both);
    for wrong in [json!({}), json!({ "lock": "format = 7" })] {
        assert_eq!(admin.ask("PUT", &path, wrong).await.error().0, 400);
    }
}

#[tokio::test]
async fn sync_is_merged_paused_terminated_and_its_collections_changed_only_when_confirmed() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let service = json!({ "name": "mongodb-atlas", "type": "mongodb-atlas", "config": {
        "clusterName": "Cluster0", "flexible_sync": { "state": "enabled",
        "database_name": "telemetry", "asymmetric_tables": ["readings"] } } });
    let service = admin.expect(201, "POST", &format!("{app}/services"), service).await;
    let path = format!("{app}/services/{}/config", id(&service));
    let patch = |flexible: Value| json!({ "flexible_sync": flexible });

    let tables = patch(json!({ "asymmetric_tables": ["readings", "events"] }));
    let refused = admin.ask("PATCH", &path, tables.clone()).await;
    assert_eq!(refused.error(), (400, "InvalidParameter".to_owned()));
    assert!(super::text(&refused).contains("bypass_service_change="));
    let confirmed = format!("{path}?bypass_service_change=DestructiveSyncProtocolVersionIncrease");
    admin.expect(204, "PATCH", &confirmed, tables).await;

    admin.expect(204, "PATCH", &path, patch(json!({ "state": "disabled" }))).await;
    let sync = admin.get(&path).await["flexible_sync"].clone();
    assert_eq!(sync["asymmetric_tables"], json!(["readings", "events"]));
    assert_eq!((&sync["state"], &sync["database_name"]), (&json!("disabled"), &json!("telemetry")));
    // While it is paused nobody is disturbed.
    admin.expect(204, "PATCH", &path, patch(json!({ "asymmetric_tables": ["x"] }))).await;
    admin.expect(204, "PATCH", &path, patch(json!({ "state": "" }))).await;
    let app = admin.world.gateway.apps().find(&client_app_id).unwrap();
    assert_eq!(app.config.sync.state, SyncState::Off);
    let partition = json!({ "sync": { "state": "enabled" } });
    assert_eq!(admin.ask("PATCH", &path, partition).await.error().0, 400);
}

#[tokio::test]
async fn rules_are_listed_replaced_and_deleted() {
    let admin = Admin::new().await;
    let (app, _) = admin.create_app().await;
    let of_collections =
        json!([{ "database": "d", "collection": "c", "roles": [], "filters": [] }]);
    let service = json!({ "name": "s", "type": "mongodb-atlas", "config": {}, "rules": of_collections,
                          "default_rule": { "roles": [{ "name": "r" }] } });
    let service = admin.expect(201, "POST", &format!("{app}/services"), service).await;
    let base = format!("{app}/services/{}", id(&service));

    let listed = admin.get(&format!("{base}/rules")).await;
    let rule = format!("{base}/rules/{}", id(&listed[0]));
    let again = json!({ "database": "d", "collection": "c", "roles": [] });
    let again = admin.ask("POST", &format!("{base}/rules"), again).await;
    assert_eq!(again.error(), (409, "RuleAlreadyExists".to_owned()));
    let new = json!({ "_id": id(&listed[0]), "database": "d", "collection": "c",
                      "roles": [{ "_id": "x", "name": "a", "write": true }] });
    admin.expect(200, "PUT", &rule, new).await;
    assert_eq!(admin.get(&rule).await["roles"][0]["name"], "a");
    admin.expect(204, "DELETE", &rule, Value::Null).await;
    assert_eq!(admin.ask("GET", &rule, Value::Null).await.error().1, "RuleNotFound");

    let default = format!("{base}/default_rule");
    let shown = admin.get(&default).await;
    let exists = admin.ask("POST", &default, json!({ "roles": [] })).await;
    assert_eq!(exists.json()["error"], "default rule already exists");
    let mismatch = admin.ask("PUT", &default, json!({ "roles": [] })).await;
    assert_eq!(mismatch.json()["error"], "service default rule id mismatch");
    admin.expect(204, "PUT", &default, json!({ "_id": id(&shown), "roles": [] })).await;
    admin.expect(204, "DELETE", &default, Value::Null).await;
    let gone = admin.ask("GET", &default, Value::Null).await;
    assert_eq!(gone.error().0, 404);
    assert_eq!(gone.json()["error"], "default rule does not exist on service");
}

#[tokio::test]
async fn things_are_renamed_and_keep_their_id() {
    let admin = Admin::new().await;
    let (app, _) = admin.create_app().await;
    let value = json!({ "name": "limit", "value": { "a": 1 } });
    let value = admin.expect(201, "POST", &format!("{app}/values"), value).await;
    let path = format!("{app}/values/{}", id(&value));
    admin.expect(204, "PUT", &path, json!({ "name": "most", "value": 7 })).await;
    let shown = admin.get(&path).await;
    assert_eq!((&shown["name"], &shown["value"]), (&json!("most"), &json!(7)));

    let function = json!({ "name": "one", "source": "exports = 1" });
    let function = admin.expect(201, "POST", &format!("{app}/functions"), function).await;
    let path = format!("{app}/functions/{}", id(&function));
    let new = json!({ "name": "folder/two", "source": "exports = 2", "private": true });
    admin.expect(204, "PUT", &path, new).await;
    let shown = admin.get(&path).await;
    assert_eq!((&shown["name"], &shown["source"]), (&json!("folder/two"), &json!("exports = 2")));
    let evil = json!({ "name": "../../etc/passwd", "source": "x" });
    assert_eq!(admin.ask("PUT", &path, evil).await.error().0, 400);
    admin.expect(204, "DELETE", &path, Value::Null).await;
    assert_eq!(admin.get(&format!("{app}/functions")).await, json!([]));
}

#[tokio::test]
async fn environment_values_differ_by_environment() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let path = format!("{app}/environment_values");
    let body = json!({ "name": "url", "values": { "testing": "t", "no-environment": "n" } });
    let value = admin.expect(201, "POST", &path, body).await;
    let url = || {
        let app = admin.world.gateway.apps().find(&client_app_id).unwrap();
        app.config.environment_value("url").cloned()
    };
    assert_eq!(url(), Some(json!("n")));
    let app_path = format!("{app}/environment");
    admin.expect(200, "PUT", &app_path, json!({ "environment": "testing" })).await;
    assert_eq!(url(), Some(json!("t")));
    assert_eq!(admin.ask("PUT", &app_path, json!({ "environment": "x" })).await.error().0, 400);
    let path = format!("{path}/{}", id(&value));
    admin.expect(204, "PUT", &path, json!({ "name": "url", "values": { "testing": "u" } })).await;
    assert_eq!(admin.get(&path).await["values"]["testing"], "u");
    admin.expect(204, "DELETE", &path, Value::Null).await;
    assert_eq!(url(), None);
}

#[tokio::test]
async fn settings_are_kept_and_checked() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let path = format!("{app}/security/refresh_token_expiration");
    assert_eq!(admin.get(&path).await, json!({ "expiration_time_seconds": 5_184_000 }));
    admin.expect(204, "PUT", &path, json!({ "expiration_time_seconds": 1800 })).await;
    for seconds in [json!(1799), json!(200_000_000), json!("1800"), Value::Null] {
        let body = json!({ "expiration_time_seconds": seconds });
        assert_eq!(admin.ask("PUT", &path, body).await.error().0, 400);
    }
    let served = admin.world.gateway.apps().find(&client_app_id).unwrap();
    assert_eq!(served.stored.refresh_token_seconds, Some(1800));

    let origins = format!("{app}/security/allowed_request_origins");
    admin.expect(204, "POST", &origins, json!(["https://a.example.com"])).await;
    assert_eq!(admin.get(&origins).await, json!(["https://a.example.com"]));
    assert_eq!(admin.ask("POST", &origins, json!(["a.example.com"])).await.error().0, 400);

    let nulls = format!("{app}/validation_settings/null_type_schema_validation");
    admin.expect(204, "PUT", &nulls, json!({ "enabled": true })).await;
    assert_eq!(admin.get(&nulls).await, json!({ "enabled": true }));
    let data_api = format!("{app}/data_api/config");
    assert_eq!(admin.ask("GET", &data_api, Value::Null).await.error().0, 404);
    admin.expect(201, "POST", &data_api, json!({ "versions": ["v1"] })).await;
    admin.expect(204, "PATCH", &data_api, json!({ "disabled": true })).await;
    assert_eq!(admin.get(&data_api).await, json!({ "versions": ["v1"], "disabled": true }));
    let deploy = format!("{app}/deploy/config");
    admin.expect(204, "PATCH", &deploy, json!({ "ui_drafts_disabled": true })).await;
    assert_eq!(admin.get(&deploy).await["ui_drafts_disabled"], true);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let before = admin.world.gateway.apps().find(&client_app_id).unwrap().files.clone();
    for name in ["", "1abc", "a b", "a/b", &"x".repeat(33)] {
        let path = format!("/groups/{}/apps", admin.group);
        let refused = admin.ask("POST", &path, json!({ "name": name })).await;
        assert_eq!(refused.error().0, 400, "{name}");
    }
    for (method, path, body) in [
        ("POST", "auth_providers", json!({ "type": "oauth2-elsewhere" })),
        ("POST", "auth_providers", json!({})),
        ("POST", "services", json!({ "name": "../x", "type": "mongodb-atlas" })),
        ("POST", "services", json!({ "name": "a/b", "type": "mongodb-atlas" })),
        ("POST", "services", json!({ "name": "s", "type": 7 })),
        ("POST", "schemas", json!({ "schema": {} })),
        ("POST", "secrets", json!({ "name": "x" })),
        ("POST", "secrets", json!({ "name": "x", "value": "y".repeat(70_000) })),
        ("POST", "values", json!({ "name": "..", "value": 1 })),
        ("POST", "functions", json!({ "name": "f" })),
        ("PATCH", "custom_user_data", json!({ "enabled": true })),
        ("POST", "security/allowed_request_origins", json!({})),
        ("PUT", "sync/config", json!({ "state": "on" })),
    ] {
        let refused = admin.ask(method, &format!("{app}/{path}"), body.clone()).await;
        assert_eq!(refused.status.as_u16(), 400, "{method} {path} {body}");
    }
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let path = format!("{}{app}/values", super::BASE);
    let deep = crate::testing::request("POST", &path, Some(&admin.token), deep);
    assert_eq!(admin.world.send(deep).await.error().0, 400);
    let large = crate::testing::request("POST", &path, Some(&admin.token), vec![b' '; 5_000_000]);
    assert_eq!(admin.world.send(large).await.error(), (413, "ReadSizeLimitExceeded".to_owned()));
    assert_eq!(admin.world.gateway.apps().find(&client_app_id).unwrap().files, before);
}

#[tokio::test]
async fn a_deleted_app_is_gone() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    admin.expect(204, "DELETE", &app, Value::Null).await;
    assert_eq!(admin.ask("GET", &app, Value::Null).await.error().1, "AppNotFound");
    assert!(admin.world.gateway.apps().find(&client_app_id).is_none());
    let apps = admin.get(&format!("/groups/{}/apps?product=atlas", admin.group)).await;
    assert_eq!(apps, json!([]));
}

#[tokio::test]
async fn the_log_finds_a_request_by_its_correlation_id() {
    let admin = Admin::new().await;
    let (app, client_app_id) = admin.create_app().await;
    let login = format!("/api/client/v2.0/app/{client_app_id}/auth/providers/anon-user/login");
    let failed = crate::testing::request("POST", &format!("{login}?secret=1"), None, "");
    let failed = admin.world.send(failed).await;
    let co_id = failed.headers["x-appservices-request-id"].to_str().unwrap();
    let found = admin.get(&format!("{app}/logs?co_id={co_id}")).await;
    let [entry] = found["logs"].as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!(entry["co_id"], co_id);
    assert_eq!(entry["request_url"], login);
    assert_eq!(entry["error_code"], "AuthProviderNotFound");
    assert_eq!((&entry["type"], &entry["status"]), (&json!("AUTH"), &json!(404)));
    assert!(!found.to_string().contains("secret"));

    let errors = admin.get(&format!("{app}/logs?errors_only=false")).await;
    assert_eq!(errors["logs"].as_array().unwrap().len(), 1);
    let page = admin.get(&format!("{app}/logs?limit=1")).await;
    assert_eq!(page["logs"].as_array().unwrap().len(), 1);
    assert_eq!(page["nextSkip"], 1);
    assert_eq!(admin.ask("GET", &format!("{app}/logs?skip=x"), Value::Null).await.error().0, 400);
    let measured = admin.get(&format!("{app}/measurements")).await;
    let requests = measured["measurements"][0]["data_points"][0]["value"].as_u64().unwrap();
    assert!(requests >= 4, "{measured}");
}

#[tokio::test]
async fn metrics_count_requests_by_route_and_never_by_name() {
    let admin = Admin::new().await;
    let (_, client_app_id) = admin.create_app().await;
    for path in [format!("/api/client/v2.0/app/{client_app_id}/location"), "/nowhere".to_owned()] {
        admin.world.get(&path, None).await;
    }
    let answer = admin.world.get("/metrics", None).await;
    let text = super::text(&answer);
    let route = r#"asymmetric_http_requests_total{route="/api/client/v2.0/app/{app}/location",method="GET",status="200"} 1"#;
    assert!(text.contains(route), "{text}");
    assert!(text.contains(r#"route="none",method="GET",status="404"} 1"#), "{text}");
    assert!(text.contains("asymmetric_apps 1") && text.ends_with("# EOF\n"), "{text}");
    assert!(!text.contains(&client_app_id));
}
