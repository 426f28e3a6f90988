//! `asymmetric gateway` as a process.
#![cfg(unix)]

#[cfg(target_os = "linux")]
mod overload;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Command, Stdio},
};

fn asymmetric(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
    command.args(arguments).env_remove("ASYMMETRIC_DEV").stdout(Stdio::piped());
    command
}

#[test]
fn a_gateway_says_where_it_listens_and_ends_well_when_it_is_told_to_stop() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("embedded:{}", directory.path().join("store").display());
    let mut gateway =
        asymmetric(&["gateway", "--store", &store, "--listen", "127.0.0.1:0", "--dev"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    let mut line = String::new();
    BufReader::new(gateway.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("gateway listening on http://").unwrap();

    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "GET /readyz HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let id = gateway.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(gateway.wait().unwrap().success());
}

#[test]
fn a_key_that_a_command_makes_opens_the_admin_api_until_it_is_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("embedded:{}", directory.path().join("store").display());
    let admin_key = |arguments: &[&str]| {
        let mut command = asymmetric(&["admin-key"]);
        let output = command.args(arguments).args(["--store", &store]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let key = admin_key(&["create", "ci"]);
    let (name, secret) = key.trim_end().split_once(':').unwrap();
    assert_eq!((name, secret.len()), ("ci", 40));
    assert!(admin_key(&["list"]).starts_with("ci  2"));
    // With the key alone a gateway starts: an app can come.
    let list_apps = || {
        let mut gateway = asymmetric(&["gateway", "--store", &store, "--listen", "127.0.0.1:0"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(gateway.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("gateway listening on ").unwrap_or_default();
        let mut list = asymmetric(&["app", "list", "--url", url, "--api-key", "ci"]);
        let output = list.env("ASYMMETRIC_PRIVATE_API_KEY", secret).output().unwrap();
        let id = gateway.id().to_string();
        // One that never served is gone already.
        Command::new("kill").args(["-TERM", &id]).stderr(Stdio::null()).status().unwrap();
        (output.status.success(), gateway.wait().unwrap().code())
    };
    assert_eq!(list_apps(), (true, Some(0)));
    admin_key(&["revoke", "ci"]);
    assert_eq!(admin_key(&["list"]), "");
    // Nobody could log in, and there is no app.
    assert_eq!(list_apps(), (false, Some(64)));
}

#[test]
fn a_gateway_without_an_app_says_what_to_do_and_creates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = format!("embedded:{}", path.display());
    let output =
        asymmetric(&["gateway", "--store", &store]).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("pass `--app DIR`"));
    assert!(!path.exists());
}

#[test]
fn a_lifetime_that_tokens_cannot_have_is_told_with_those_that_they_can() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("embedded:{}", directory.path().join("store").display());
    for (option, range) in
        [("--access-token-lifetime", "1 to 86400"), ("--refresh-token-lifetime", "1 to 158112000")]
    {
        let arguments = ["gateway", "--store", &store, "--dev", option, "0"];
        let output = asymmetric(&arguments).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(64));
        assert!(String::from_utf8_lossy(&output.stderr).contains(range));
    }
}
