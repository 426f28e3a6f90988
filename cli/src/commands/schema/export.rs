//! `asymmetric schema export`.

use std::{
    fs,
    io::{self, Write as _},
    path::{self, Path, PathBuf},
    time::SystemTime,
};

use asymmetric_schema::to_pretty_string;
use asymmetric_schema_gen::{EXPORT_TO, Outcome, Report, ReportedClass};
use clap::{Args, ValueEnum};

use crate::{exit::Exit, failure::Failure, package::PackageArgs};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// Directory to write to [default: what the build script says]
    #[arg(long, value_name = "DIR", required_if_eq_any([("form", "json-schema"), ("form", "mongodb")]))]
    to: Option<PathBuf>,
    /// What to write
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t)]
    form: Form,
}

/// What schemas can be written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// An App Services app directory
    #[default]
    AppServices,
    /// JSON Schema 2020-12, for documents in relaxed Extended JSON
    JsonSchema,
    /// Validators of MongoDB collections
    Mongodb,
}

pub(super) fn run(args: &ExportArgs) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    match (args.form, &args.to) {
        (Form::AppServices, to) => {
            let start = SystemTime::now();
            let reports = match to {
                Some(directory) => {
                    args.package.build(&[(EXPORT_TO, &path::absolute(directory)?)])?
                }
                None => args.package.build(&[("CI", Path::new("false"))])?,
            };
            for report in &reports {
                list(report, report.is_since(start), &mut out)?;
            }
        }
        (form, Some(directory)) => {
            fs::create_dir_all(directory)?;
            for class in args.package.reports()?.iter().flat_map(|report| &report.classes) {
                let path = directory.join(format!("{}.json", class.document.title()));
                fs::write(&path, render(class, form))?;
                writeln!(out, "{}", path.display())?;
            }
        }
        (_, None) => return Err("`--to` is missing".into()),
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn render(class: &ReportedClass, form: Form) -> String {
    match form {
        Form::AppServices => to_pretty_string(&class.document.schema.to_json()),
        Form::JsonSchema => to_pretty_string(&class.json_schema),
        Form::Mongodb => to_pretty_string(&class.document.to_validator()),
    }
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
