//! What the compiler makes of the macros: each case beside its expansion, which is meant to be read.
//!
//! Most expansions are compared in process, by the unit tests of the macros; these few show that the
//! compiled macros do the same, with the compiler's tokens instead of text. `MACROTEST=overwrite`,
//! which `cargo xtask bless` sets, rewrites the files.

use std::{env, process::Command};

use asymmetric_testkit::cache::{cache_dir, cargo_expand_folder};

/// Set for the process that expands, whose `PATH` holds cargo-expand.
const EXPANDING: &str = "ASYMMETRIC_EXPANDING";

#[test]
fn the_compiler_expands_the_macros_as_committed() {
    if env::var_os(EXPANDING).is_some() {
        return if env::var_os("MACROTEST").is_some() {
            macrotest::expand("cases/*.rs");
        } else {
            macrotest::expand_without_refresh("cases/*.rs");
        };
    }
    let folder = cargo_expand_folder(&cache_dir());
    assert!(folder.is_dir(), "no cargo-expand in `{}`: run cargo xtask test", folder.display());
    let inherited = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder).chain(env::split_paths(&inherited));
    let status = Command::new(env::current_exe().expect("it runs"))
        .arg("the_compiler_expands_the_macros_as_committed")
        .env(EXPANDING, "1")
        .env("PATH", env::join_paths(all).expect("the folders have been in PATH before"))
        .status()
        .expect("this program can be started");
    assert!(status.success(), "the expansions differ");
}
