//! `asymmetric app`.

use std::fs;

use crate::support::{World, ended, files};

/// An app with files that the gateway serves, that it only keeps, and that are no text at all.
fn write_app(world: &World) {
    let files: &[(&str, &[u8])] = &[
        ("app/root_config.json", b"{\"name\":\"telemetry\",   \"deployment_model\": \"LOCAL\",\n\"environment\": \"\"}"),
        ("app/auth/providers.json", b"{\r\n  \"anon-user\": {\"name\": \"anon-user\", \"type\": \"anon-user\", \"disabled\": false}\r\n}\r\n"),
        ("app/data_sources/mongodb-atlas/config.json", b"{\"name\": \"mongodb-atlas\", \"type\": \"mongodb-atlas\", \"config\": {\"clusterName\": \"Cluster0\"}, \"version\": 1}"),
        ("app/data_sources/mongodb-atlas/telemetry/readings/schema.json", br#"{"title": "Reading", "bsonType": "object", "required": ["_id"], "properties": {"_id": {"bsonType": "objectId"}, "celsius": {"bsonType": "double", "x-unit": "C"}}}"#),
        ("app/data_sources/mongodb-atlas/telemetry/readings/relationships.json", b"{}"),
        ("app/data_sources/mongodb-atlas/telemetry/readings/time_series.json", br#"{"time": "at", "granularity": "hours"}"#),
        ("app/sync/config.json", br#"{"type": "flexible", "state": "enabled", "service_name": "mongodb-atlas", "database_name": "telemetry", "asymmetric_tables": ["readings"], "queryable_fields_names": []}"#),
        ("app/functions/config.json", b"[]\n"),
        ("app/hosting/files/logo.png", b"\x89PNG\r\n\x1a\n\x00\xff\xfe"),
        ("app/triggers/nightly.json", br#"{"name": "nightly", "type": "SCHEDULED", "disabled": true, "config": {"schedule": "0 0 * * *"}}"#),
        ("app/README.md", "Größe\n".as_bytes()),
    ];
    for (path, content) in files {
        world.write(path, content);
    }
}

#[test]
fn app_directory_comes_back_byte_for_byte() {
    let world = World::start();
    write_app(&world);
    let pushed =
        world.asymmetric(&["app", "push", "--local", "app", "--remote", "telemetry", "--yes"]);
    let text = ended(&pushed, 0);
    assert!(text.contains("is deployed"), "{text}");

    ended(&world.asymmetric(&["app", "pull", "--local", "back", "--remote", "telemetry"]), 0);
    assert_eq!(files(&world.path("back")), files(&world.path("app")));

    // Where it came from is known from now on.
    for arguments in [&["app", "diff", "--local", "back"][..], &["app", "push", "--local", "back"]]
    {
        let text = ended(&world.asymmetric(arguments), 0);
        assert!(text.contains("is the same"), "{text}");
    }
}

#[test]
fn change_is_shown_then_pushed_only_if_somebody_agrees() {
    let world = World::start();
    write_app(&world);
    ended(
        &world.asymmetric(&["app", "push", "--local", "app", "--remote", "telemetry", "--yes"]),
        0,
    );
    let schema = "app/data_sources/mongodb-atlas/telemetry/readings/schema.json";
    let text = fs::read_to_string(world.path(schema)).unwrap();
    world.write(schema, text.replace("\"double\"", "\"decimal\""));

    let diff = ended(&world.asymmetric(&["app", "diff", "--local", "app"]), 2);
    assert!(diff.contains("+{\"title\": \"Reading\""), "{diff}");
    assert!(diff.contains("breaking     Reading.celsius: double became decimal"), "{diff}");
    assert_eq!(ended(&world.asymmetric(&["app", "push", "--local", "app", "--dry-run"]), 2), diff);
    let refused = world.asymmetric(&["app", "push", "--local", "app"]);
    ended(&refused, 1);
    let hint = String::from_utf8_lossy(&refused.stderr);
    assert!(hint.contains("hint: add --yes"), "{hint}");
    ended(&world.asymmetric(&["app", "diff", "--local", "app"]), 2);

    ended(&world.asymmetric(&["app", "push", "--local", "app", "-y", "-n", "decimals"]), 0);
    ended(&world.asymmetric(&["app", "diff", "--local", "app"]), 0);
}

#[test]
fn app_that_the_server_does_not_take_changes_nothing() {
    let world = World::start();
    write_app(&world);
    ended(
        &world.asymmetric(&["app", "push", "--local", "app", "--remote", "telemetry", "--yes"]),
        0,
    );
    world.write("app/sync/config.json", "{");
    ended(&world.asymmetric(&["app", "push", "--local", "app", "--yes"]), 1);
    // No draft was left behind: the next push begins its own.
    write_app(&world);
    world.write("app/README.md", "Other.\n");
    ended(&world.asymmetric(&["app", "push", "--local", "app", "--yes"]), 0);
}

#[test]
fn apps_are_created_and_listed() {
    let world = World::start();
    let text = ended(&world.asymmetric(&["app", "list"]), 0);
    assert_eq!(text, "Client App ID  Project ID  ID\n");
    let created = ["app", "create", "--name", "invoices", "--environment", "testing"];
    ended(&world.asymmetric(&created), 0);
    let root = fs::read_to_string(world.path("invoices/root_config.json")).unwrap();
    assert!(root.contains("\"testing\""), "{root}");
    let text = ended(&world.asymmetric(&["app", "list"]), 0);
    let line = text.lines().nth(1).unwrap();
    assert!(line.starts_with("invoices-"), "{text}");
    let meta = fs::read_to_string(world.path("invoices/.mdb/meta.json")).unwrap();
    assert!(meta.contains(line.split_whitespace().next().unwrap()), "{meta}");
    // A folder that is something else is no place for an app.
    world.write("other/notes.txt", "mine");
    let pull = ["app", "pull", "--local", "other", "--remote", "invoices"];
    ended(&world.asymmetric(&pull), 1);
    assert!(!world.path("other/root_config.json").exists());
    ended(&world.asymmetric(&[&pull[..], &["--dry-run", "--yes"]].concat()), 2);
    assert!(!world.path("other/root_config.json").exists());
}

#[test]
fn whoever_has_no_key_is_told_what_to_give() {
    let world = World::start();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_asymmetric"));
    let output = command.args(["app", "list", "--url", &world.url]).output().unwrap();
    ended(&output, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ASYMMETRIC_PRIVATE_API_KEY"));
    let output = world.asymmetric(&["app", "list", "--private-api-key", "a-wrong-private-part"]);
    ended(&output, 1);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("the server answers 401"), "{text}");
}
