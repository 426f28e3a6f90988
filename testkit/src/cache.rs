//! Where test tools are installed.
//!
//! Outside `target/`, so that `cargo clean` does not throw away minutes of compiling, and named by
//! version, so that two checkouts can share it. `cargo xtask test` fills it; the suites only read.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Crate that holds the MongoDB-wire server.
pub const MONGO_SERVER_CRATE: &str = "secantus-mdb";

/// Version of [`MONGO_SERVER_CRATE`] that the suites run against.
pub const MONGO_SERVER_VERSION: &str = "0.5.3-beta.196";

/// Folder of the test tools: `$ASYMMETRIC_TEST_CACHE`, else `$XDG_CACHE_HOME/asymmetric-testkit`,
/// else `~/.cache/asymmetric-testkit`. Without a home directory, a folder in the temporary one.
pub fn cache_dir() -> PathBuf {
    resolve(|name| env::var_os(name), env::home_dir())
}

/// Root of the installed MongoDB-wire server below `cache`.
pub fn mongo_server_root(cache: &Path) -> PathBuf {
    cache.join(format!("secantus-{MONGO_SERVER_VERSION}"))
}

/// Binary of the MongoDB-wire server below `cache`.
pub fn mongo_server_binary(cache: &Path) -> PathBuf {
    let mut path = mongo_server_root(cache);
    path.extend(["bin", "secantusd-rs"]);
    path.set_extension(env::consts::EXE_EXTENSION);
    path
}

/// Version of cargo-expand that the expansions of the macros are compared with.
pub const CARGO_EXPAND_VERSION: &str = "1.0.127";

/// Folder of the installed cargo-expand below `cache`, as `PATH` wants it.
pub fn cargo_expand_folder(cache: &Path) -> PathBuf {
    cache.join(format!("cargo-expand-{CARGO_EXPAND_VERSION}")).join("bin")
}

/// Folder of the npm packages that the Node suites need, named by their lock file; its
/// `node_modules` holds them.
pub fn node_packages_root(cache: &Path) -> PathBuf {
    cache.join(format!("node-{:016x}", digest(NODE_LOCK)))
}

/// Names and checksums of all npm packages.
const NODE_LOCK: &[u8] = include_bytes!("../../tests/node/package-lock.json");

/// FNV-1a: tells two lock files apart, nothing more.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn resolve(variable: impl Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> PathBuf {
    const NAME: &str = "asymmetric-testkit";
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ASYMMETRIC_TEST_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join(NAME)))
        .or_else(|| home.map(|home| home.join(".cache").join(NAME)))
        .unwrap_or_else(|| env::temp_dir().join(NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(variables: &[(&str, &str)]) -> PathBuf {
        let variable = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        resolve(variable, Some("/home".into()))
    }

    #[test]
    fn own_variable_wins_over_the_cache_directory_of_the_user() {
        assert_eq!(
            resolved(&[("XDG_CACHE_HOME", "/xdg"), ("ASYMMETRIC_TEST_CACHE", "/own")]),
            Path::new("/own")
        );
        assert_eq!(resolved(&[("XDG_CACHE_HOME", "/xdg")]), Path::new("/xdg/asymmetric-testkit"));
    }

    #[test]
    fn empty_variables_count_as_unset() {
        assert_eq!(
            resolved(&[("XDG_CACHE_HOME", ""), ("ASYMMETRIC_TEST_CACHE", "")]),
            Path::new("/home/.cache/asymmetric-testkit")
        );
    }

    #[test]
    fn another_lock_file_is_another_folder() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert!(node_packages_root(Path::new("/cache")).starts_with("/cache"));
    }

    #[test]
    fn programs_lie_in_folders_of_their_versions() {
        let expand = cargo_expand_folder(Path::new("/cache"));
        assert_eq!(expand, Path::new(&format!("/cache/cargo-expand-{CARGO_EXPAND_VERSION}/bin")));
        let binary = mongo_server_binary(Path::new("/cache"));
        assert!(binary.starts_with(format!("/cache/secantus-{MONGO_SERVER_VERSION}/bin")));
    }
}
