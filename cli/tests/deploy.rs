//! The files of `deploy/`, as far as they are the program's: what they start, with which options.
//!
//! What only systemd or a container engine can tell is checked by hand, by `systemd-analyze verify` and
//! `podman build`.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

const UNIT: &str = include_str!("../../deploy/asymmetric-gateway.service");
const CONTAINER: &str = include_str!("../../deploy/Containerfile");
const PAGE: &str = include_str!("../../docs/gateway.md");

/// A gateway that a file of `deploy/` starts: without anything in its environment but what that
/// says.
fn start(arguments: &[String], environment: &BTreeMap<&str, String>, folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
    command.args(arguments).env_clear().envs(environment).current_dir(folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the gateway serves, asks it how it is, and tells it to stop as the file says.
fn serves_and_stops(mut gateway: Child, signal: &str) {
    let mut line = String::new();
    BufReader::new(gateway.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("gateway listening on http://").unwrap();
    let (_, port) = address.rsplit_once(':').unwrap();
    let mut connection = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    write!(connection, "GET /readyz HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let signal = format!("-{}", signal.trim_start_matches("SIG"));
    let id = gateway.id().to_string();
    assert!(Command::new("kill").args([&signal, &id]).status().unwrap().success());
    assert_eq!(gateway.wait().unwrap().code(), Some(0));
}

/// The values of a key of the unit.
fn of_unit(key: &str) -> Vec<&'static str> {
    UNIT.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

#[test]
fn the_unit_starts_a_gateway_with_the_file_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    let [command] = of_unit("ExecStart")[..] else { panic!("one command") };
    let [credential] = of_unit("LoadCredential")[..] else { panic!("one credential") };
    let (name, source) = credential.split_once(':').unwrap();
    assert!(PAGE.contains(source), "docs/gateway.md says what is in `{source}`");
    let file = "store = \"embedded:store\"\nlisten = \"127.0.0.1:0\"\ndev = true\n";
    fs::write(credentials.join(name), file).unwrap();

    let environment: BTreeMap<_, _> = of_unit("Environment")
        .into_iter()
        .map(|entry| entry.split_once('=').unwrap())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("/usr/local/bin/asymmetric"));
    let folder_name = credentials.to_str().unwrap();
    let arguments: Vec<_> =
        words.map(|word| word.replace("${CREDENTIALS_DIRECTORY}", folder_name)).collect();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    serves_and_stops(start(&arguments, &environment, &state), of_unit("KillSignal")[0]);
    assert!(state.join("store").is_dir(), "relative paths are below the directory of the service");
}

/// The words behind an instruction of the last stage.
fn of_container(instruction: &str) -> Vec<String> {
    let joined = CONTAINER.replace("\\\n", " ");
    let (_, last) = joined.rsplit_once("\nFROM ").unwrap();
    let lines = last.lines().filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' '));
    lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

#[test]
fn the_image_starts_a_gateway_on_its_volume() {
    let folder = tempfile::tempdir().unwrap();
    let entry: Vec<String> = serde_json::from_str(&of_container("ENTRYPOINT").join(" ")).unwrap();
    let [program, first] = &entry[..] else { panic!("{entry:?}") };
    let copied = of_container("COPY");
    assert_eq!(copied.last(), Some(program), "the program is where it is started");

    let volume = of_container("VOLUME").join(" ");
    let environment = of_container("ENV");
    let mut environment: BTreeMap<_, _> = environment
        .iter()
        .map(|entry| entry.split_once('=').unwrap())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let store = environment.get_mut("ASYMMETRIC_STORE").unwrap();
    assert_eq!(*store, format!("embedded:{volume}"));
    *store = format!("embedded:{}", folder.path().join("store").display());
    let listen = environment["ASYMMETRIC_LISTEN"].clone();
    let (_, port) = listen.rsplit_once(':').unwrap();
    assert_eq!(of_container("EXPOSE"), [port]);
    // What is given behind the name of the image wins, as people expect.
    let arguments = [first.as_str(), "--dev", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let signal = of_container("STOPSIGNAL").join(" ");
    serves_and_stops(start(&arguments, &environment, folder.path()), &signal);
}

#[test]
fn the_image_is_built_with_a_compiler_that_is_new_enough() {
    let image =
        CONTAINER.lines().find_map(|line| line.strip_prefix("FROM docker.io/library/rust:"));
    let version = image.unwrap().split('-').next().unwrap();
    let number = |version: &str| -> Vec<u32> {
        version.split('.').map(|part| part.parse().unwrap()).collect()
    };
    let least = env!("CARGO_PKG_RUST_VERSION");
    assert!(number(version)[..2] >= number(least)[..2], "{version} is older than {least}");
    // The source is copied without what was built from it.
    let ignored = include_str!("../../.containerignore");
    assert!(ignored.lines().any(|line| line == "target"), "{ignored}");
}
