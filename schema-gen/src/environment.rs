//! What cargo and the user tell a build script.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{Error, Result};

/// Name of the environment variable that overrides where an export writes.
///
/// Relative paths start at the folder of the package, as those of
/// [`Export::to`](crate::Export::to) do.
pub const EXPORT_TO: &str = "ASYMMETRIC_EXPORT_TO";

/// Name of the environment variable that says what an export does, other than to write.
///
/// `check`: nothing is written, and what is out of date is an error, as where `CI` is set. `report`:
/// nothing is written and nothing is an error; what the models say is left in `OUT_DIR` for
/// [`Report::read_all`](crate::Report::read_all).
pub const EXPORT_MODE: &str = "ASYMMETRIC_EXPORT_MODE";

/// Name of the environment variable that is set where nobody works.
pub(crate) const CI: &str = "CI";

/// Name of the environment variable that is set while docs.rs builds a package.
pub(crate) const DOCS_RS: &str = "DOCS_RS";

/// Folder of an export below `OUT_DIR`, where nobody said where else.
const DEFAULT_FOLDER: &str = "app-services";

/// What cargo adds to the sources of a package when it packs them for a registry. Sources that have
/// it are a copy: one that cargo downloaded, or verifies before it publishes. Nobody looks for
/// schemas there, and cargo refuses to publish a package that changes its own sources.
const PACKED: &str = "Cargo.toml.orig";

/// What cargo and the user tell a build script.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) package: String,
    pub(crate) package_dir: PathBuf,
    pub(crate) out_dir: PathBuf,
    pub(crate) export_to: Option<PathBuf>,
    pub(crate) docs_rs: bool,
    pub(crate) packed: bool,
    pub(crate) mode: Mode,
}

/// What an export does about what is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It writes.
    Write,
    /// It fails. In CI, an app directory that is not there at all was not committed: it is written.
    Check { may_create: bool },
    /// It tells.
    Report,
}

/// Where an export writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) directory: PathBuf,
    /// Whether the build script chose a folder of its own sources. If those are read-only, as they
    /// are where packages are vendored, the export is of no use to anybody and no reason to fail.
    pub(crate) may_be_read_only: bool,
    /// Whether it is written in any case: nobody commits what is in `OUT_DIR`, and whoever named
    /// another place wants the files there.
    pub(crate) is_always_written: bool,
}

impl Environment {
    pub(crate) fn of_build_script() -> Result<Self> {
        Self::new(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn new(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let required = |name| variable(name).ok_or(Error::NotABuildScript { variable: name });
        let package_dir = PathBuf::from(required("CARGO_MANIFEST_DIR")?);
        Ok(Self {
            package: required("CARGO_PKG_NAME")?.to_string_lossy().into_owned(),
            packed: package_dir.join(PACKED).exists(),
            package_dir,
            out_dir: required("OUT_DIR")?.into(),
            export_to: variable(EXPORT_TO).map(PathBuf::from),
            docs_rs: variable(DOCS_RS).is_some(),
            mode: Mode::new(variable(EXPORT_MODE), variable(CI))?,
        })
    }

    /// Where to write, if the build script asks for `chosen`.
    pub(crate) fn target(&self, chosen: Option<&Path>) -> Target {
        let in_package = |path: &Path| self.package_dir.join(path);
        match (&self.export_to, chosen) {
            _ if self.docs_rs => self.default_target(),
            (Some(path), _) => Target {
                directory: in_package(path),
                may_be_read_only: false,
                is_always_written: true,
            },
            (None, _) if self.packed => self.default_target(),
            (None, Some(path)) => Target {
                directory: in_package(path),
                may_be_read_only: true,
                is_always_written: false,
            },
            (None, None) => self.default_target(),
        }
    }

    /// The folder that is always there to be written to.
    pub(crate) fn default_target(&self) -> Target {
        Target {
            directory: self.out_dir.join(DEFAULT_FOLDER),
            may_be_read_only: false,
            is_always_written: true,
        }
    }

    /// Whether the sources are somebody's to change: what is locked there counts only then.
    pub(crate) fn is_at_home(&self) -> bool {
        !self.docs_rs && !self.packed
    }
}

impl Mode {
    fn new(mode: Option<OsString>, ci: Option<OsString>) -> Result<Self> {
        if let Some(mode) = mode {
            return match mode.to_str() {
                Some("check") => Ok(Self::Check { may_create: false }),
                Some("report") => Ok(Self::Report),
                _ => Err(Error::UnknownMode {
                    variable: EXPORT_MODE,
                    value: mode.to_string_lossy().into_owned(),
                }),
            };
        }
        let ci = ci.is_some_and(|value| value != "false" && value != "0");
        Ok(if ci { Self::Check { may_create: true } } else { Self::Write })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(more: &[(&str, &str)]) -> Environment {
        environment_of("/app", more)
    }

    fn environment_of(package: &str, more: &[(&str, &str)]) -> Environment {
        let cargo =
            [("CARGO_PKG_NAME", "app"), ("CARGO_MANIFEST_DIR", package), ("OUT_DIR", "/out")];
        let variable = |name: &str| {
            let mut all = cargo.iter().chain(more);
            all.find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        Environment::new(variable).unwrap()
    }

    fn directory(environment: &Environment, chosen: Option<&str>) -> PathBuf {
        environment.target(chosen.map(Path::new)).directory
    }

    #[test]
    fn chosen_folder_is_relative_to_the_package() {
        let environment = environment(&[]);
        assert_eq!(directory(&environment, Some("a")), Path::new("/app/a"));
        assert_eq!(directory(&environment, Some("/b")), Path::new("/b"));
    }

    #[test]
    fn nothing_chosen_stays_in_out_dir() {
        assert_eq!(directory(&environment(&[]), None), Path::new("/out/app-services"));
    }

    #[test]
    fn variable_overrides_the_chosen_folder() {
        let environment = environment(&[(EXPORT_TO, "/there")]);
        assert_eq!(directory(&environment, Some("a")), Path::new("/there"));
        assert_eq!(directory(&environment, None), Path::new("/there"));
    }

    #[test]
    fn docs_rs_stays_in_out_dir_whatever_else_is_said() {
        let environment = environment(&[(EXPORT_TO, "/there"), (DOCS_RS, "1")]);
        assert_eq!(directory(&environment, Some("a")), Path::new("/out/app-services"));
    }

    #[test]
    fn sources_that_cargo_packed_are_left_alone() {
        let package = tempfile::tempdir().unwrap();
        std::fs::write(package.path().join("Cargo.toml.orig"), "").unwrap();
        let package = package.path().to_str().unwrap();
        let environment = environment_of(package, &[]);
        assert_eq!(directory(&environment, Some("a")), Path::new("/out/app-services"));
        let environment = environment_of(package, &[(EXPORT_TO, "/there")]);
        assert_eq!(directory(&environment, Some("a")), Path::new("/there"));
    }

    #[test]
    fn variables_say_what_an_export_does() {
        let mode = |more: &[(&str, &str)]| environment(more).mode;
        assert_eq!(mode(&[]), Mode::Write);
        assert_eq!(mode(&[(CI, "true")]), Mode::Check { may_create: true });
        assert_eq!(mode(&[(CI, "false")]), Mode::Write);
        assert_eq!(mode(&[(CI, "true"), (EXPORT_MODE, "report")]), Mode::Report);
        assert_eq!(mode(&[(EXPORT_MODE, "check")]), Mode::Check { may_create: false });
        let error = Mode::new(Some("colour".into()), None).unwrap_err();
        assert!(matches!(error, Error::UnknownMode { .. }), "{error}");
    }

    #[test]
    fn program_outside_a_build_is_told_so() {
        let error = Environment::new(|_| None).unwrap_err();
        assert!(matches!(error, Error::NotABuildScript { .. }));
    }
}
