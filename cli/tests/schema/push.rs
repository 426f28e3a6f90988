//! `asymmetric schema push --mongodb`. Pushes to a server are proven in `tests/admin/`.

use asymmetric_testkit::MongoServer;

use crate::{BUILD, asymmetric, package};

#[test]
fn mongodb_is_made_ready_without_a_gateway() {
    let package = package("cli_push_mongodb", BUILD);
    let server = MongoServer::start().unwrap();
    let uri = server.uri();
    let push = |more: &[&str]| {
        let output = asymmetric(&package, &[&["schema", "push", "--mongodb", &uri], more].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), text)
    };
    let created = "  app.Reading: created for `Reading`\n".to_owned();
    assert_eq!(push(&["--dry-run"]), (Some(2), created.clone()));
    assert_eq!(push(&[]), (Some(0), created));
    let done = "  app.Reading: is as `Reading` needs it\n".to_owned();
    assert_eq!(push(&["--dry-run"]), (Some(0), done));
    let (status, text) = push(&["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &document["same"]), (Some(0), &true.into()));
    assert_eq!(push(&["--format", "github"]), (Some(0), String::new()));
}
