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
use serde_json::{Value, json};

use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Format},
    package::PackageArgs,
};

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

pub(super) fn run(args: &ExportArgs, format: Format) -> Result<Exit, Failure> {
    let exports = match (args.form, &args.to) {
        (Form::AppServices, to) => {
            let start = SystemTime::now();
            let reports = match to {
                Some(directory) => {
                    args.package.build(&[(EXPORT_TO, &path::absolute(directory)?)])?
                }
                None => args.package.build(&[("CI", Path::new("false"))])?,
            };
            reports.iter().map(|report| Exported::by_the_build(report, start)).collect()
        }
        (form, Some(directory)) => {
            let reports = args.package.reports()?;
            let exports = reports.iter().map(|report| Exported::write(report, form, directory));
            exports.collect::<Result<Vec<_>, _>>()?
        }
        (_, None) => return Err("`--to` is missing".into()),
    };
    let mut out = anstream::stdout().lock();
    print(&exports, format, &mut out)?;
    out.flush()?;
    Ok(Exit::Success)
}

/// What was exported of one realm schema.
struct Exported {
    schema: String,
    directory: PathBuf,
    /// What was done about each file, by its path in the directory.
    files: Vec<(String, Outcome)>,
}

impl Exported {
    fn by_the_build(report: &Report, start: SystemTime) -> Self {
        let ran = report.is_since(start);
        let files = report.files.iter().map(|file| {
            // Cargo did not run the build script: nothing it depends on changed since the report.
            let outcome = match file.outcome {
                Outcome::Written if !ran => Outcome::Unchanged,
                outcome => outcome,
            };
            (file.path.clone(), outcome)
        });
        Self {
            schema: report.schema.clone(),
            directory: report.directory.clone(),
            files: files.collect(),
        }
    }

    /// Writes one file per class.
    fn write(report: &Report, form: Form, directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let mut files = Vec::with_capacity(report.classes.len());
        for class in &report.classes {
            let name = format!("{}.json", class.document.title());
            let (path, content) = (directory.join(&name), render(class, form));
            let same = fs::read(&path).is_ok_and(|present| present == content.as_bytes());
            if !same {
                fs::write(&path, content)?;
            }
            files.push((name, if same { Outcome::Unchanged } else { Outcome::Written }));
        }
        Ok(Self { schema: report.schema.clone(), directory: directory.to_owned(), files })
    }
}

fn render(class: &ReportedClass, form: Form) -> String {
    match form {
        Form::AppServices => to_pretty_string(&class.document.schema.to_json()),
        Form::JsonSchema => to_pretty_string(&class.json_schema),
        Form::Mongodb => to_pretty_string(&class.document.to_validator()),
    }
}

fn print(exports: &[Exported], format: Format, out: &mut impl io::Write) -> io::Result<()> {
    if format == Format::Json {
        let exports = exports.iter().map(|Exported { schema, directory, files }| {
            let files = files.iter();
            let files = files.map(|(path, done)| json!({"path": path, "outcome": done.as_str()}));
            json!({
                "schema": schema,
                "directory": directory.display().to_string(),
                "files": files.collect::<Value>(),
            })
        });
        return writeln!(out, "{:#}", json!({ "exported": exports.collect::<Value>() }));
    }
    for Exported { schema, directory, files } in exports {
        if format == Format::Text {
            writeln!(out, "{schema} in {}", output::shown(directory))?;
        }
        for (path, outcome) in files {
            match (format, outcome) {
                (Format::Github, Outcome::Unchanged | Outcome::Kept) => {}
                (Format::Github, _) => {
                    let file = directory.join(path).display().to_string();
                    output::annotation("notice", Some(&file), outcome.as_str(), path, out)?;
                }
                _ => writeln!(out, "  {:<9}  {path}", outcome.as_str())?,
            }
        }
    }
    Ok(())
}
