//! `asymmetric app`.

use std::{fs, process::Output};

use asymmetric_schema_gen::admin::{AdminClient, KeyPair};

use crate::support::{PRIVATE, PUBLIC, World, ended, files};

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

/// What a program says on standard error.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn app_is_copied_under_its_own_name() {
    let world = World::start();
    write_app(&world);
    let push = ["app", "push", "--local", "app", "--remote", "telemetry", "--yes"];
    ended(&world.asymmetric(&push), 0);
    let copy =
        ["app", "create", "--name", "staging", "--remote", "telemetry", "--environment", "qa"];
    let planned = ended(&world.asymmetric(&[&copy[..], &["--dry-run"]].concat()), 2);
    assert!(planned.contains("hosting/files/logo.png"), "{planned}");
    assert!(!world.path("staging").exists());

    ended(&world.asymmetric(&copy), 0);
    let (mut app, mut staging) = (files(&world.path("app")), files(&world.path("staging")));
    let root = |files: &mut Vec<(String, Vec<u8>)>| {
        let place = files.iter().position(|(path, _)| path == "root_config.json").unwrap();
        String::from_utf8(files.remove(place).1).unwrap()
    };
    assert!(root(&mut app).contains("\"telemetry\""));
    let root = root(&mut staging);
    assert!(root.contains("\"staging\"") && root.contains("\"qa\""), "{root}");
    assert_eq!(staging, app);
    ended(&world.asymmetric(&["app", "diff", "--local", "staging"]), 0);
    // Each has its name: neither is ambiguous.
    ended(&world.asymmetric(&["app", "diff", "--local", "app", "--remote", "telemetry"]), 0);
}

#[test]
fn app_is_created_with_data_sources_and_nowhere_if_its_directory_is_taken() {
    let world = World::start();
    world.write("invoices/notes.txt", "mine");
    let create = ["app", "create", "--name", "invoices"];
    ended(&world.asymmetric(&create), 1);
    assert_eq!(ended(&world.asymmetric(&["apps", "list"]), 0).lines().count(), 1);

    let sources = ["--cluster", "main", "--cluster", "cold", "--cluster-service-name", "hot"];
    let create = [&create[..], &["--local", "elsewhere"], &sources].concat();
    ended(&world.asymmetric(&create), 0);
    let config = |name: &str| {
        let path = world.path("elsewhere/data_sources").join(name).join("config.json");
        fs::read_to_string(path).unwrap()
    };
    assert!(config("hot").contains("\"clusterName\": \"main\""));
    assert!(config("cold").contains("\"clusterName\": \"cold\""));
}

#[test]
fn flags_of_scripts_for_app_services_work_or_are_refused_with_the_reason() {
    let world = World::start();
    write_app(&world);
    world.write("app/functions/package.json", "{}");
    world.write("app/functions/node_modules/a/index.js", "");
    let push = ["app", "push", "--local", "app", "--remote", "telemetry", "--yes"];
    let flags = ["--include-package-json", "-s"];
    ended(&world.asymmetric(&[&push[..], &flags].concat()), 0);
    let pull = ["app", "pull", "--local", "back", "--remote", "telemetry"];
    ended(&world.asymmetric(&[&pull[..], &flags].concat()), 0);
    assert!(world.path("back/functions/package.json").exists());
    assert!(!world.path("back/functions/node_modules").exists());

    let create = ["app", "create", "--name", "x"];
    for (command, refused, why) in [
        (&push[..], &["--include-node-modules"][..], "functions of a gateway use no packages"),
        (&push, &["--include-dependencies"], "functions of a gateway use no packages"),
        (&push, &["-c"], "there are no caches in front of a gateway"),
        (&pull, &["--template", "todo"], "client code of templates was on servers of MongoDB"),
        (&create, &["--serverless-instance", "a"], "name it by --cluster"),
        (&create, &["--federated-database", "a"], "a gateway serves no federated databases"),
        (&create, &["--template", "todo"], "possible values: empty, ingest"),
    ] {
        let output = world.asymmetric(&[command, refused].concat());
        ended(&output, 64);
        assert!(told(&output).contains(why), "{refused:?}: {output:?}");
    }
}

#[test]
fn directory_in_the_layout_of_2021_is_an_app_too() {
    let world = World::start();
    let root = br#"{"config_version": 20210101, "app_id": "telemetry-vwxyz", "name": "telemetry"}"#;
    world.write("old/realm_config.json", root);
    world.write("old/auth/providers.json", "{}");
    ended(&world.asymmetric(&["app", "push", "--local", "old", "--yes"]), 0);
    let pull = ["app", "pull", "--remote", "telemetry", "--local", "back"];
    ended(&world.asymmetric(&pull), 0);
    assert_eq!(files(&world.path("back")), files(&world.path("old")));
    for directory in ["old", "back"] {
        assert!(world.path(directory).join(".mdb/app_meta.json").exists());
        ended(&world.asymmetric(&["app", "diff", "--local", directory]), 0);
    }
}

#[test]
fn directory_says_which_app_it_is_to_nobody_but_its_owner() {
    let world = World::start();
    write_app(&world);
    world.write("app/.mdb/meta.json", r#"{"client_app_id": "elsewhere-abcde"}"#);
    let push = ["app", "push", "--local", "app", "--remote", "telemetry", "--yes"];
    ended(&world.asymmetric(&push), 0);
    ended(&world.asymmetric(&["app", "pull", "--remote", "telemetry", "--local", "back"]), 0);
    for directory in ["app", "back"] {
        let meta = fs::read_to_string(world.path(directory).join(".mdb/meta.json")).unwrap();
        assert!(meta.contains("\"telemetry-"), "{directory}: {meta}");
    }
}

#[test]
fn draft_that_is_open_is_discarded_only_if_somebody_agrees() {
    let world = World::start();
    write_app(&world);
    let push = ["app", "push", "--local", "app", "--remote", "telemetry"];
    ended(&world.asymmetric(&[&push[..], &["--yes"]].concat()), 0);
    world.runtime.block_on(async {
        let keys = KeyPair::new(PUBLIC, PRIVATE);
        let mut client = AdminClient::log_in(&world.url, &keys).await.unwrap();
        let project = client.only_project().await.unwrap();
        let app = client.app(&project, "telemetry").await.unwrap();
        client.begin_draft(&app).await.unwrap().unwrap();
    });
    world.write("app/README.md", "Other.\n");
    ended(&world.asymmetric(&push), 1);
    ended(&world.asymmetric(&[&push[..], &["--yes"]].concat()), 0);
    ended(&world.asymmetric(&["app", "diff", "--local", "app"]), 0);
}

#[test]
fn directory_that_is_no_app_is_told_what_one_has() {
    let world = World::start();
    world.write("notes/todo.txt", "");
    for command in [&["app", "push", "--local", "notes", "--yes"][..], &["app", "diff"]] {
        let output = world.asymmetric(command);
        ended(&output, 1);
        assert!(told(&output).contains("hint: an app directory has a `root_config.json`"));
    }
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
