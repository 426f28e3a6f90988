//! Development mode: from a struct on a device to the app directory.

use std::{fs, time::Duration};

use asymmetric::{App, Credentials, Realm, Schema};
use serde_json::Value;

use crate::support::{World, ended};

mod first {
    use asymmetric::{asymmetric, realm_schema};

    /// One reading of one station.
    #[asymmetric(database = "telemetry", collection = "readings")]
    pub(super) struct Reading {
        #[asymmetric(primary_key)]
        pub(super) id: i64,
        pub(super) celsius: f64,
    }

    realm_schema! { pub(super) struct Telemetry = [Reading]; }
}

/// The same class with more.
mod second {
    use asymmetric::{asymmetric, realm_schema};

    #[asymmetric(database = "telemetry", collection = "readings")]
    pub(super) struct Reading {
        #[asymmetric(primary_key)]
        pub(super) id: i64,
        pub(super) celsius: f64,
        pub(super) station: String,
    }

    realm_schema! { pub(super) struct Telemetry = [Reading]; }
}

/// The same class with a property of another type.
mod third {
    use asymmetric::{asymmetric, realm_schema};

    #[asymmetric(database = "telemetry", collection = "readings")]
    pub(super) struct Reading {
        #[asymmetric(primary_key)]
        pub(super) id: i64,
        pub(super) celsius: String,
        pub(super) station: String,
    }

    realm_schema! { pub(super) struct Telemetry = [Reading]; }
}

/// Writes one object into the file of the device and waits until the server has judged everything.
/// Answers why objects were rejected.
fn device<S: Schema>(world: &World, app: &str, write: impl FnOnce(&Realm<S>)) -> Vec<String> {
    let app = App::builder(app).base_url(&world.url).build().unwrap();
    let user = app.log_in_later(Credentials::anonymous());
    let realm = Realm::<S>::open(&user, world.path("device.realm")).unwrap();
    write(&realm);
    let uploaded = tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(realm.sync_session().wait_for_upload(Duration::from_secs(120)));
    uploaded.unwrap();
    let rejected = realm.rejected_objects().unwrap();
    let reasons = rejected.into_iter().map(|object| format!("{}: {}", object.code, object.reason));
    let reasons = reasons.collect();
    realm.close().unwrap();
    reasons
}

#[test]
fn classes_of_a_device_come_home_with_the_app_until_a_change_is_not_additive() {
    let world = World::start();
    for (path, content) in [
        ("app/root_config.json", r#"{"name": "weather", "environment": "development"}"#),
        (
            "app/auth/providers.json",
            r#"{"anon-user": {"name": "anon-user", "type": "anon-user", "disabled": false}}"#,
        ),
        ("app/sync/config.json", r#"{"development_mode_enabled": true}"#),
    ] {
        world.write(path, content);
    }
    let push = ["app", "push", "--local", "app", "--remote", "weather", "--yes"];
    ended(&world.asymmetric(&push), 0);
    let list = ended(&world.asymmetric(&["app", "list"]), 0);
    let app = list.lines().nth(1).and_then(|line| line.split_whitespace().next()).unwrap();
    let learnt = || -> Value {
        ended(&world.asymmetric(&["app", "pull", "--local", "back", "--remote", "weather"]), 0);
        let path = "back/data_sources/mongodb-atlas/telemetry/readings/schema.json";
        let schema = serde_json::from_slice(&fs::read(world.path(path)).unwrap()).unwrap();
        fs::remove_dir_all(world.path("back")).unwrap();
        schema
    };

    let reading = first::Reading { id: 1, celsius: 20.5 };
    assert_eq!(
        device::<first::Telemetry>(&world, app, |realm| drop(realm.create(reading).unwrap())),
        [""; 0]
    );
    let schema = learnt();
    assert_eq!(schema["title"], "Reading");
    assert_eq!(schema["description"], "One reading of one station.");
    assert_eq!(schema["properties"]["celsius"]["bsonType"], "double");

    // An object of the build before waits in the file while the device is updated.
    let reading = second::Reading { id: 2, celsius: 21.5, station: "KJFK".into() };
    assert_eq!(
        device::<second::Telemetry>(&world, app, |realm| drop(realm.create(reading).unwrap())),
        [""; 0]
    );
    let schema = learnt();
    assert_eq!(schema["properties"]["station"]["bsonType"], "string");
    assert_eq!(schema["required"], serde_json::json!(["_id", "celsius"]));

    let reading = third::Reading { id: 3, celsius: "warm".into(), station: "KJFK".into() };
    let reasons =
        device::<third::Telemetry>(&world, app, |realm| drop(realm.create(reading).unwrap()));
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    assert!(reason.starts_with("schema_change_refused: "), "{reason}");
    assert!(reason.contains("type_changed at Reading.celsius: double became string"), "{reason}");
    assert_eq!(learnt(), schema);

    // Not in production, whoever asks for it.
    world.write("app/root_config.json", r#"{"name": "weather", "environment": "production"}"#);
    let refused = world.asymmetric(&["app", "push", "--local", "app", "--yes"]);
    ended(&refused, 1);
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains("does not learn classes from clients"), "{text}");
}
