//! `asymmetric app import-users`.

use serde_json::json;

use crate::support::{World, ended};

const ANN: &str = "5f0c0ffee000000000000001";
const JAY: &str = "5f0c0ffee000000000000002";

fn world() -> World {
    let world = World::start();
    world.write("app/root_config.json", r#"{ "name": "telemetry" }"#);
    let push = ["app", "push", "--local", "app", "--remote", "telemetry", "--yes"];
    ended(&world.asymmetric(&push), 0);
    world
}

fn import(world: &World) -> std::process::Output {
    world.asymmetric(&["app", "import-users", "users.json", "--local", "app"])
}

fn user(id: &str, provider: &str, external: &str) -> serde_json::Value {
    json!({
        "_id": id, "type": "normal", "disabled": false, "creation_date": 1_600_000_000,
        "identities": [{ "id": external, "provider_type": provider, "provider_id": "x" }],
        "data": { "email": external },
    })
}

#[test]
fn users_keep_their_ids_however_often_the_file_is_imported() {
    let world = world();
    let list = json!([user(ANN, "local-userpass", "ann@example.com")]);
    let more = user(JAY, "custom-token", "jay");
    let nobody = user("5f0c0ffee000000000000003", "anon-user", "z");
    world.write("users.json", format!("{list}\n{more}\n{nobody}\n"));
    for _ in 0..2 {
        let text = ended(&import(&world), 0);
        assert!(text.contains("2 users are in `telemetry"), "{text}");
        assert!(text.contains("1 anonymous users are left out"), "{text}");
    }
}

#[test]
fn a_user_that_cannot_be_is_told_and_the_others_are_imported() {
    let world = world();
    // The address belongs to another id.
    let users = [ANN, JAY].map(|id| user(id, "local-userpass", "ann@example.com"));
    world.write(
        "users.json",
        json!([users[0], users[1], user(JAY, "custom-token", "jay")]).to_string(),
    );
    let output = import(&world);
    let text = ended(&output, 1);
    assert!(text.contains(&format!("user {JAY} is refused")), "{text}");
    assert!(text.contains("2 users are in"), "{text}");

    for (content, expected) in [("[7]", "`7` is no user"), ("[{", "EOF")] {
        world.write("users.json", content);
        let output = import(&world);
        ended(&output, 64);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(expected), "{text}");
    }
}
