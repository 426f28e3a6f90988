//! Which tools there are.

use std::path::PathBuf;

use anyhow::Result;
use asymmetric_testkit::cache::{
    CARGO_EXPAND_VERSION, MONGO_SERVER_CRATE, MONGO_SERVER_VERSION, cache_dir, mongo_server_binary,
    mongo_server_root,
};

use super::{cmake, node, tool::Tool};

/// Version of cargo-deny. Its verdicts change with its version, so it is pinned.
const DENY_VERSION: &str = "0.20.2";

/// Version of cargo-fuzz.
const FUZZ_VERSION: &str = "0.13.2";

/// Everything that the tests need.
pub(crate) fn tests() -> Result<()> {
    let cache = cache_dir();
    let server = Tool {
        name: "the MongoDB-wire test server",
        takes: "5-9 minutes on 2 cores",
        package: MONGO_SERVER_CRATE,
        version: MONGO_SERVER_VERSION,
        // Its manifest asks for a compiler that is newer than what its code needs.
        options: &["--ignore-rust-version"],
        root: mongo_server_root(&cache),
        binary: mongo_server_binary(&cache),
    };
    server.install(&cache, cmake::directory)?;
    // Without the colours that nobody sees, which are most of it.
    let options = &["--debug", "--no-default-features"];
    cargo_program("cargo-expand", CARGO_EXPAND_VERSION, "a minute on 2 cores", options)?;
    node::install(&cache)
}

/// The program `cargo-deny`.
pub(crate) fn deny() -> Result<PathBuf> {
    // It checks a few hundred packages: optimising it takes longer than it ever saves.
    cargo_program("cargo-deny", DENY_VERSION, "1-2 minutes on 2 cores", &["--debug"])
}

/// The program `cargo-fuzz`.
pub(crate) fn fuzz() -> Result<PathBuf> {
    cargo_program("cargo-fuzz", FUZZ_VERSION, "a minute on 2 cores", &["--debug"])
}

/// A program of cargo, named like its package, in a folder named for its version.
fn cargo_program(package: &str, version: &str, takes: &str, options: &[&str]) -> Result<PathBuf> {
    let cache = cache_dir();
    let root = cache.join(format!("{package}-{version}"));
    let program = root.join("bin").join(package).with_extension(std::env::consts::EXE_EXTENSION);
    let binary = program.clone();
    Tool { name: package, takes, package, version, options, root, binary }
        .install(&cache, |_| Ok(None))?;
    Ok(program)
}
