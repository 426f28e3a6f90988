//! A package that depends on ours, as a user writes it.
//!
//! It lies outside the workspace, so that nothing of the workspace (its lints, profiles, features)
//! helps it, and is built offline with the versions of the workspace's lock file.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A package in a temporary directory, removed on drop.
#[derive(Debug)]
pub struct UserPackage {
    folder: TempDir,
    target: PathBuf,
}

impl UserPackage {
    /// A package with this manifest, compiled in the folder `target`: tests that share one compile
    /// the dependencies once. In a manifest, `{workspace}` stands for the root of our workspace.
    ///
    /// `target` is best `env!("CARGO_TARGET_TMPDIR")`, which outlives the test and goes with
    /// `cargo clean`.
    pub fn new(target: impl Into<PathBuf>, manifest: &str) -> io::Result<Self> {
        let workspace = workspace();
        let folder = tempfile::Builder::new().prefix("asymmetric-user-").tempdir()?;
        let package = Self { folder, target: target.into() };
        // As TOML, a path on Windows needs its separators escaped.
        let root = workspace.display().to_string().replace('\\', "\\\\");
        package.write("Cargo.toml", &manifest.replace("{workspace}", &root))?;
        fs::copy(workspace.join("Cargo.lock"), package.path("Cargo.lock"))?;
        Ok(package)
    }

    /// A path in the package.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and the folders on the way to it.
    pub fn write(&self, path: impl AsRef<Path>, content: &str) -> io::Result<()> {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)
    }

    /// A cargo command on the package, such as `check`.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args([subcommand, "--offline"]);
        command
    }

    /// A program that runs cargo on the package by itself.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            // Where nobody works nothing is written: a test of that sets it.
            .env_remove("CI")
            // What was set for the build of the test is not meant for the user's.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    }
}

fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("this package lies in a folder of the workspace").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_is_named_in_the_manifest_and_its_versions_are_locked() {
        let package = UserPackage::new("/target", "path = \"{workspace}/schema\"").unwrap();
        let manifest = fs::read_to_string(package.path("Cargo.toml")).unwrap();
        assert!(!manifest.contains("{workspace}"));
        assert!(package.path("Cargo.lock").is_file());
    }

    #[test]
    fn package_is_gone_after_drop() {
        let package = UserPackage::new("/target", "").unwrap();
        let path = package.path("");
        drop(package);
        assert!(!path.exists());
    }
}
