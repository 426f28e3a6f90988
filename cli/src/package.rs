//! The package of the user: what its build script says about its schemas.

use std::{
    env,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{self, Stdio},
};

use asymmetric_schema_gen::{EXPORT_MODE, Report};
use clap::Args;
use serde_json::Value;

use crate::{exit::Exit, failure::Failure};

/// Which package is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct PackageArgs {
    /// Manifest of the package or workspace [default: that of the current directory]
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,
    /// Package whose schemas are meant, where the workspace has several
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,
}

impl PackageArgs {
    /// Builds the package for what its schemas are: nothing is written outside cargo's directory,
    /// and what is out of date is no error.
    pub(crate) fn reports(&self) -> Result<Vec<Report>, Failure> {
        self.build(&[(EXPORT_MODE, "report".as_ref())])
    }

    /// Builds the package with these variables, and reads what its exports tell.
    pub(crate) fn build(&self, variables: &[(&str, &Path)]) -> Result<Vec<Report>, Failure> {
        let mut reports = Vec::new();
        for out_dir in self.check(variables)? {
            reports.extend(Report::read_all(&out_dir)?);
        }
        if reports.is_empty() {
            let package =
                self.package.as_deref().map_or_else(String::new, |name| format!(" of `{name}`"));
            let message = format!("no build script{package} exports schemas");
            return Err(Failure::new(Exit::NothingExported, message).hint(
                "call `asymmetric_schema_gen::export::<YourSchema>().to(\"app-services\").run()` \
                 in build.rs",
            ));
        }
        Ok(reports)
    }

    /// Builds the package and returns the `OUT_DIR` of every build script that belongs to it.
    fn check(&self, variables: &[(&str, &Path)]) -> Result<Vec<PathBuf>, Failure> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut check = process::Command::new(cargo);
        // Errors and warnings go to the person, what cargo did comes to us.
        check.args(["check", "--message-format=json-render-diagnostics"]);
        if let Some(manifest) = &self.manifest_path {
            check.arg("--manifest-path").arg(manifest);
        }
        if let Some(package) = &self.package {
            check.arg("--package").arg(package);
        }
        check.envs(variables.iter().copied());
        let mut child =
            check.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| {
                Failure::from(format!("cannot start cargo: {error}"))
                    .hint("cargo must be on the PATH, or named by the variable CARGO")
            })?;
        let stdout = child.stdout.take().expect("standard output is piped");
        let mut out_dirs = Vec::new();
        for line in BufReader::new(stdout).lines() {
            out_dirs.extend(out_dir(&line?));
        }
        if !child.wait()?.success() {
            let failure = Failure::new(Exit::DoesNotBuild, "the package does not build");
            return Err(failure.hint("the messages of cargo above say why"));
        }
        Ok(out_dirs)
    }
}

/// The `OUT_DIR` of a build script, if that is what the message tells.
fn out_dir(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let executed = message.get("reason")?.as_str()? == "build-script-executed";
    let out_dir = message.get("out_dir")?.as_str().map(Path::new)?;
    executed.then(|| out_dir.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_build_scripts_have_an_out_dir() {
        let message = r#"{"reason":"build-script-executed","out_dir":"/target/out"}"#;
        assert_eq!(out_dir(message), Some("/target/out".into()));
        assert_eq!(out_dir(r#"{"reason":"compiler-artifact","out_dir":"/x"}"#), None);
        assert_eq!(out_dir("no JSON at all"), None);
    }
}
