//! `asymmetric schema`.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{self, Path, PathBuf},
    process::{self, Stdio},
    time::SystemTime,
};

use asymmetric_schema_gen::{EXPORT_TO, Outcome, Report};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::{exit::Exit, failure::Failure};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Export the schemas of a package as an App Services app directory
    ///
    /// Builds the package, whose build script exports its schemas, and lists what was written.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Manifest of the package or workspace [default: that of the current directory]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Package to export, where the workspace has several
    #[arg(short, long, value_name = "NAME")]
    package: Option<String>,
    /// App directory to write to [default: what the build script says]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

/// Runs a command on schemas.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Export(args) => export(&args),
    }
}

fn export(args: &ExportArgs) -> Result<(), Failure> {
    let start = SystemTime::now();
    let mut reports = Vec::new();
    for out_dir in build(args)? {
        reports.extend(Report::read_all(&out_dir)?);
    }
    if reports.is_empty() {
        let package =
            args.package.as_deref().map_or_else(String::new, |name| format!(" of `{name}`"));
        let message = format!("no build script{package} exports schemas");
        return Err(Failure::new(Exit::NothingExported, message).hint(
            "call `asymmetric_schema_gen::export::<YourSchema>().to(\"app-services\").run()` in \
             build.rs",
        ));
    }
    let mut out = anstream::stdout().lock();
    for report in &reports {
        list(report, report.is_since(start), &mut out)?;
    }
    out.flush()?;
    Ok(())
}

fn list(report: &Report, ran: bool, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "{} in {}", report.schema, report.directory.display())?;
    for file in &report.files {
        // Cargo did not run the build script: nothing it depends on changed since the report.
        let outcome = match file.outcome {
            Outcome::Written if !ran => Outcome::Unchanged,
            outcome => outcome,
        };
        writeln!(out, "  {:<9}  {}", outcome.as_str(), file.path)?;
    }
    Ok(())
}

/// Builds the package and returns the `OUT_DIR` of every build script that belongs to it.
fn build(args: &ExportArgs) -> Result<Vec<PathBuf>, Failure> {
    let mut check = process::Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Errors and warnings go to the person, what cargo did comes to us.
    check.args(["check", "--message-format=json-render-diagnostics"]);
    if let Some(manifest) = &args.manifest_path {
        check.arg("--manifest-path").arg(manifest);
    }
    if let Some(package) = &args.package {
        check.arg("--package").arg(package);
    }
    if let Some(directory) = &args.to {
        check.env(EXPORT_TO, path::absolute(directory)?);
    }
    let mut child = check.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| {
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
