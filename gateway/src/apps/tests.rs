use serde_json::{Value as Json, json};

use super::*;

const META: &str = r#"{ "config_version": 20230101, "app_id": "65f0c0ffee00000000000010",
    "group_id": "65f0c0ffee00000000000003", "client_app_id": "telemetry-abcde" }"#;

/// An app directory with all that the gateway reads, and some that it does not.
fn exported() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "root_config.json",
            r#"{ "name": "telemetry", "deployment_model": "LOCAL", "environment": "testing",
                 "allowed_request_origins": ["https://app.example.com"], "unknown": 1 }"#,
        ),
        (".mdb/meta.json", META),
        (
            "auth/providers.json",
            r#"{ "api-key": { "name": "api-key", "type": "api-key", "disabled": true },
                 "custom-token": { "name": "custom-token", "type": "custom-token",
                    "disabled": false, "config": { "signingAlgorithm": "HS256" },
                    "secret_config": { "signingKeys": ["jwtKey1"] },
                    "metadata_fields": [{ "required": true, "name": "name" }] },
                 "local-userpass": { "name": "local-userpass", "type": "local-userpass",
                    "config": { "runConfirmationFunction": true,
                                "confirmationFunctionName": "onConfirm" } } }"#,
        ),
        (
            "data_sources/mongodb-atlas/config.json",
            r#"{ "name": "mongodb-atlas", "type": "mongodb-atlas",
                 "config": { "clusterName": "Cluster0" }, "version": 1 }"#,
        ),
        (
            "data_sources/mongodb-atlas/default_rule.json",
            r#"{ "roles": [{ "name": "all", "apply_when": {}, "write": true }], "filters": [] }"#,
        ),
        (
            "data_sources/mongodb-atlas/telemetry/readings/rules.json",
            r#"{ "database": "telemetry", "collection": "readings", "roles": [] }"#,
        ),
        (
            "data_sources/mongodb-atlas/telemetry/readings/schema.json",
            r#"{ "title": "SensorReading", "bsonType": "object",
                 "properties": { "_id": { "bsonType": "objectId" } } }"#,
        ),
        ("data_sources/mongodb-atlas/telemetry/readings/relationships.json", "{}"),
        ("data_sources/mongodb-atlas/telemetry/stations/schema.json", r#"{ "title": "Station" }"#),
        ("environments/testing.json", r#"{ "values": { "limit": 7 } }"#),
        ("functions/config.json", r#"[{ "name": "onConfirm", "private": true }]"#),
        ("functions/onConfirm.js", "exports = () => ({ status: 'success' });\r\n"),
        ("http_endpoints/config.json", "[]"),
        (
            "http_endpoints/data_api_config.json",
            r#"{ "versions": ["v1"], "return_type": "EJSON" }"#,
        ),
        (
            "sync/config.json",
            r#"{ "type": "flexible", "state": "enabled", "service_name": "mongodb-atlas",
                 "asymmetric_tables": ["SensorReading"] }"#,
        ),
        ("triggers/nightly.json", r#"{ "name": "nightly" }"#),
        ("values/maxDevices.json", r#"{ "name": "maxDevices", "value": 100 }"#),
        ("values/key.json", r#"{ "name": "key", "from_secret": true, "value": "apiKey" }"#),
        ("README.md", "# mine\n"),
    ]
}

fn files(of: &[(&str, &str)]) -> AppFiles {
    let mut files = AppFiles::default();
    for (path, text) in of {
        files.insert(path, text.as_bytes().to_vec()).unwrap();
    }
    files
}

/// The exported app with one file replaced or added.
fn with(path: &'static str, text: &'static str) -> AppFiles {
    let mut all = files(&exported());
    all.insert(path, text).unwrap();
    all
}

/// The problems of an app, as people read them.
fn problems(of: &AppFiles) -> Vec<String> {
    let ConfigError(problems) = AppConfig::of(of).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn everything_that_is_served_is_read() {
    let config = AppConfig::of(&files(&exported())).unwrap();
    assert_eq!(config.identity.client_app_id, "telemetry-abcde");
    assert_eq!(config.identity.app_id.unwrap().to_hex(), "65f0c0ffee00000000000010");
    assert_eq!(config.settings.allowed_request_origins, ["https://app.example.com"]);
    assert!(config.auth_providers["api-key"].disabled);
    assert_eq!(config.auth_providers["custom-token"].metadata_fields[0].name, "name");
    assert_eq!(config.data_source("mongodb-atlas").unwrap().config["clusterName"], "Cluster0");
    assert!(config.data_source("mongodb-atlas").unwrap().default_rule.is_some());
    let readings = config.collection("mongodb-atlas", "telemetry", "readings").unwrap();
    assert_eq!(readings.title(), Some("SensorReading"));
    assert_eq!(readings.relationships, Some(json!({})));
    assert!(config.is_asymmetric(readings), "listed by the title of the schema");
    assert!(!config.is_asymmetric(config.class("mongodb-atlas", "Station").unwrap()));
    assert_eq!(config.sync.state, SyncState::Enabled);
    assert!(config.function("onConfirm").unwrap().source.ends_with(";\r\n"));
    assert_eq!(config.values["maxDevices"].value, Json::from(100));
    assert_eq!(config.environment_value("limit"), Some(&Json::from(7)));
    assert!(!config.data_api.disabled);
    assert_eq!(config.secret_names(), ["apiKey", "jwtKey1"]);
}

#[test]
fn what_is_not_served_is_listed_and_kept() {
    let mut files = files(&exported());
    files.insert("schema.lock", "format = 1\n").unwrap();
    let config = AppConfig::of(&files).unwrap();
    assert_eq!(
        config.notices,
        [
            "triggers: kept, not served (1 file in `triggers/`)",
            "`README.md`: kept, the gateway does not know what it is",
        ]
    );
    assert_eq!(files.get("triggers/nightly.json").unwrap(), r#"{ "name": "nightly" }"#);
}

#[test]
fn doors_that_are_shut_are_told_with_the_file_that_opens_them() {
    let bare = [
        ("root_config.json", r#"{ "name": "plant" }"#),
        ("sync/config.json", r#"{ "state": "enabled", "asymmetric_tables": ["Reading"] }"#),
        ("data_sources/atlas/config.json", r#"{ "name": "atlas", "type": "mongodb-atlas" }"#),
        ("data_sources/atlas/plant/Reading/schema.json", r#"{ "title": "Reading" }"#),
    ];
    let shut = AppConfig::of(&files(&bare)).unwrap().notices;
    assert_eq!(shut.len(), 2, "{shut:#?}");
    assert!(shut[0].contains("nobody can log in") && shut[0].contains("auth/providers.json"));
    assert!(shut[1].contains("every object of `Reading` will be rejected"), "{}", shut[1]);
    assert!(shut[1].contains("data_sources/atlas/plant/Reading/rules.json"), "{}", shut[1]);

    let provider = r#"{ "anon-user": { "name": "anon-user", "type": "anon-user" } }"#;
    let role = r#"{ "roles": [{ "name": "device", "apply_when": {}, "insert": true }] }"#;
    for rules in ["default_rule.json", "plant/Reading/rules.json"] {
        let mut open = files(&bare);
        open.insert("auth/providers.json", provider).unwrap();
        open.insert(&format!("data_sources/atlas/{rules}"), role).unwrap();
        assert_eq!(AppConfig::of(&open).unwrap().notices, [""; 0], "{rules}");
    }
}

#[test]
fn the_layout_of_2021_is_read_too() {
    let mut files = files(&exported());
    assert!(files.remove("root_config.json") && files.remove(".mdb/meta.json"));
    files
        .insert(
            "realm_config.json",
            r#"{ "config_version": 20210101, "app_id": "telemetry-vwxyz", "name": "telemetry",
                 "location": "US-VA", "deployment_model": "LOCAL" }"#,
        )
        .unwrap();
    let config = AppConfig::of(&files).unwrap();
    assert_eq!(config.identity.layout, Layout::Of2021);
    assert_eq!(config.identity.client_app_id, "telemetry-vwxyz");
    assert_eq!(config.settings.location, "US-VA");
    assert!(config.collection("mongodb-atlas", "telemetry", "readings").is_some());
}

#[test]
fn an_app_without_a_client_app_id_has_its_name() {
    let files = files(&[("root_config.json", r#"{ "name": "plant" }"#)]);
    assert_eq!(AppConfig::of(&files).unwrap().identity.client_app_id, "plant");
    let app = App::configured(files.clone()).unwrap();
    let again = App::configured(files).unwrap();
    assert_eq!((app.id, app.domain_id), (again.id, again.domain_id));
    assert_ne!(app.id, app.domain_id);
}

#[test]
fn nothing_configured_means_nothing_is_open() {
    let config = AppConfig::of(&files(&[("root_config.json", r#"{ "name": "plant" }"#)])).unwrap();
    assert!(config.auth_providers.is_empty());
    assert!(config.data_api.disabled);
    assert_eq!(config.sync.state, SyncState::Off);
}

#[test]
fn errors_name_file_key_and_fix() {
    let expect = |path, text, expected: &str| {
        assert_eq!(problems(&with(path, text)), [expected], "{path}");
    };
    expect(
        "auth/providers.json",
        r#"{ "anon-user": { "type": "anon-user", "disabled": "no" } }"#,
        "auth/providers.json: `anon-user.disabled`: invalid type: string \"no\", expected a \
         boolean at line 1 column 54; write what is expected, or leave the key out",
    );
    expect(
        "auth/providers.json",
        r#"{ "facebook": { "type": "facebook" } }"#,
        "auth/providers.json: `facebook.type`: `facebook` is no type of provider; write one of \
         anon-user, api-key, custom-function, custom-token, local-userpass, oauth2-apple, \
         oauth2-facebook, oauth2-google",
    );
    expect(
        "auth/providers.json",
        r#"{ "custom-function": { "type": "custom-function",
             "config": { "authFunctionName": "logIn" } } }"#,
        "auth/providers.json: `custom-function.config.authFunctionName`: there is no function \
         `logIn`; add it to `functions/config.json`, or disable what calls it",
    );
    expect(
        "data_sources/mongodb-atlas/telemetry/readings/rules.json",
        r#"{ "database": "telemetry", "collection": "reading" }"#,
        "data_sources/mongodb-atlas/telemetry/readings/rules.json: `collection`: \"reading\" \
         stands in the folder of `readings`; use one name for both",
    );
    expect(
        "data_sources/mongodb-atlas/telemetry/stations/schema.json",
        r#"{ "title": "SensorReading" }"#,
        "data_sources/mongodb-atlas/telemetry/stations/schema.json: `title`: `SensorReading` is \
         also the title of `data_sources/mongodb-atlas/telemetry/readings/schema.json`; rename \
         one of them; it is the name of a class",
    );
    expect(
        "sync/config.json",
        "{ \"state\": \"on\" }",
        "sync/config.json: `state`: unknown variant `on`, expected one of ``, `enabled`, \
         `disabled` at line 1 column 15; write what is expected, or leave the key out",
    );
    expect(
        "values/maxDevices.json",
        "{ \"name\": ",
        "values/maxDevices.json: `name`: EOF while parsing a value at line 1 column 10; mend the JSON",
    );
    expect(
        "functions/config.json",
        r#"[{ "name": "onConfirm" }, { "name": "gone" }]"#,
        "functions/config.json: `[1].name`: there is no `functions/gone.js`; add the file, or \
         take the function out",
    );
    expect(
        "root_config.json",
        r#"{ "name": "telemetry", "environment": "staging" }"#,
        "root_config.json: `environment`: `staging` is no environment; write development, \
         testing, qa, production, or an empty string",
    );
    expect(
        ".mdb/meta.json",
        r#"{ "app_id": "xyz" }"#,
        ".mdb/meta.json: `app_id`: `xyz` is no id; write 24 hexadecimal digits",
    );
}

#[test]
fn all_errors_are_told_at_once() {
    let mut files = with("sync/config.json", "{");
    files.insert("values/key.json", r#"{ "from_secret": true, "value": 1 }"#).unwrap();
    assert_eq!(problems(&files).len(), 2);
}

#[test]
fn a_directory_that_is_no_app_says_what_is_missing() {
    assert_eq!(
        problems(&AppFiles::default()),
        ["root_config.json: there is no such file; write `{\"name\": \"my-app\"}` there, or name \
          the directory that has it"]
    );
    assert_eq!(
        problems(&files(&[("stitch.json", "{}")])),
        ["stitch.json: the layout is older than 2021; pull the app again with a current App \
          Services CLI"]
    );
}

#[test]
fn collections_of_the_server_and_of_the_gateway_are_no_place_for_schemas() {
    for folder in ["admin/x", "__asymmetric/users", "telemetry/system.views"] {
        let path = format!("data_sources/mongodb-atlas/{folder}/schema.json");
        let mut all = files(&exported());
        all.insert(&path, "{}").unwrap();
        assert_eq!(problems(&all).len(), 1, "{folder}");
    }
}
