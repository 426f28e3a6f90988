//! How findings are printed.

use std::{
    env,
    io::{self, Write},
    path::Path,
};

use anstyle::{AnsiColor, Style};
use asymmetric_schema::{Finding, Verdict};
use clap::ValueEnum;
use serde_json::{Map, Value, json};

/// For whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// People
    #[default]
    Text,
    /// Programs: one JSON document
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// What was found out, and about what.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// What was compared, as a heading.
    pub(crate) about: String,
    /// The file that an annotation points to.
    pub(crate) file: Option<String>,
    pub(crate) found: Vec<Found>,
    /// Files that are not what the models say.
    pub(crate) outdated: Vec<String>,
}

/// A finding, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) finding: Finding,
    /// Why it is allowed.
    pub(crate) reason: Option<String>,
    /// Whether it is refused.
    pub(crate) is_refused: bool,
}

impl Findings {
    pub(crate) fn is_same(&self) -> bool {
        self.found.is_empty() && self.outdated.is_empty()
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.found.iter().any(|found| found.is_refused)
    }
}

/// Where a schema lock usually is: beside the build script, or in the app directory.
pub(crate) const USUAL_LOCKS: [&str; 2] = ["schema.lock", "app-services/schema.lock"];

/// What to do about changes that are refused: the command that allows them, ready to be run once a
/// reason is known.
pub(crate) fn how_to_allow(all: &[Findings]) -> String {
    let mut command = "asymmetric schema breaking".to_owned();
    let mut rule = "RULE";
    for findings in all.iter().filter(|findings| findings.is_refused()) {
        for Found { finding, .. } in findings.found.iter().filter(|found| found.is_refused) {
            command.extend([" --allow ", finding.rule.id, "@", &finding.at]);
            rule = finding.rule.id;
        }
        let lock = findings.file.as_deref().map(|path| shown(Path::new(path)));
        if let Some(lock) = lock.filter(|lock| !USUAL_LOCKS.contains(&lock.as_str())) {
            command.extend([" --lock ", &lock]);
        }
    }
    format!(
        "undo it, or allow it with a reason: `{command} --reason \"…\"`; \
         `asymmetric schema explain {rule}` says what it means"
    )
}

/// Prints everything that was found out.
pub(crate) fn print(all: &[Findings], format: Format, out: &mut impl Write) -> io::Result<()> {
    print_with(all, &[], format, out)
}

/// The same, with more keys in the document for programs.
pub(crate) fn print_with(
    all: &[Findings],
    more: &[(&str, Value)],
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Text => all.iter().try_for_each(|findings| text(findings, out)),
        Format::Github => all.iter().try_for_each(|findings| github(findings, out)),
        Format::Json => {
            let mut document = Map::new();
            document.insert("same".to_owned(), all.iter().all(Findings::is_same).into());
            document.insert("compared".to_owned(), all.iter().map(to_json).collect());
            document.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
            writeln!(out, "{:#}", Value::from(document))
        }
    }
}

/// A path as people write it: from where they are.
pub(crate) fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let from_here = here.as_ref().and_then(|here| path.strip_prefix(here).ok());
    from_here.unwrap_or(path).display().to_string()
}

/// A path as a workflow knows it: from the root of the repository.
fn in_repository(path: &str) -> String {
    let root = env::var_os("GITHUB_WORKSPACE").filter(|root| !root.is_empty());
    let from_root = root.as_ref().and_then(|root| Path::new(path).strip_prefix(root).ok());
    from_root.map_or_else(|| shown(Path::new(path)), |path| path.display().to_string())
}

/// Prints an annotation of a GitHub workflow: `::error title=…::…`, in which line breaks and `%` are
/// escaped.
pub(crate) fn annotation(
    command: &str,
    file: Option<&str>,
    title: &str,
    text: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let file =
        file.map_or_else(String::new, |path| format!("file={},", property(&in_repository(path))));
    writeln!(out, "::{command} {file}title={}::{}", property(title), escape(text))
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Additive => AnsiColor::Green.on_default(),
        Verdict::Breaking => AnsiColor::Red.on_default(),
        Verdict::Destructive => AnsiColor::Red.on_default().bold(),
    }
}

fn text(findings: &Findings, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", findings.about)?;
    for Found { finding, reason, .. } in &findings.found {
        let verdict = finding.rule.verdict;
        let style = style(verdict);
        writeln!(out, "  {style}{verdict:<11}{style:#}  {}: {}", finding.at, finding.message)?;
        writeln!(out, "               {}", finding.rule.id)?;
        if let Some(reason) = reason {
            writeln!(out, "               allowed: {reason}")?;
        }
    }
    for file in &findings.outdated {
        writeln!(out, "  out of date  {}", shown(Path::new(file)))?;
    }
    if findings.is_same() {
        writeln!(out, "  same")?;
    }
    Ok(())
}

fn github(findings: &Findings, out: &mut impl Write) -> io::Result<()> {
    let file = findings.file.as_deref();
    for Found { finding, reason, is_refused } in &findings.found {
        let command = match (finding.rule.verdict, is_refused) {
            (_, true) => "error",
            (Verdict::Additive, false) => "notice",
            (_, false) => "warning",
        };
        let because = reason.as_ref().map_or_else(String::new, |why| format!(" (allowed: {why})"));
        let text =
            format!("{}: {}: {}{because}", finding.rule.verdict, finding.at, finding.message);
        annotation(command, file, finding.rule.id, &text, out)?;
    }
    findings.outdated.iter().try_for_each(|path| {
        let text = format!("{} is not what the models say", shown(Path::new(path)));
        annotation("error", Some(path), "out of date", &text, out)
    })
}

fn to_json(findings: &Findings) -> Value {
    let found = findings.found.iter().map(|Found { finding, reason, is_refused }| {
        json!({
            "rule": finding.rule.id,
            "verdict": finding.rule.verdict.as_str(),
            "at": finding.at,
            "message": finding.message,
            "allowed": reason,
            "refused": is_refused,
        })
    });
    json!({
        "about": findings.about,
        "same": findings.is_same(),
        "findings": found.collect::<Value>(),
        "outdated": findings.outdated,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use asymmetric_schema::{ClassDocument, ObjectSchema, PropertySchema, PropertyType, compare};

    fn findings() -> Findings {
        const OLD: &[PropertySchema] = &[
            PropertySchema::new("_id", PropertyType::ObjectId),
            PropertySchema::new("count", PropertyType::Int),
        ];
        const NEW: &[PropertySchema] = &[
            PropertySchema::new("_id", PropertyType::ObjectId),
            PropertySchema::new("count", PropertyType::Double),
            PropertySchema::new("note", PropertyType::String).optional(),
        ];
        let class = |properties| [ClassDocument::from(&ObjectSchema::new("Reading", properties))];
        let found = compare(&class(OLD), &class(NEW)).into_iter().map(|finding| Found {
            reason: finding.rule.verdict.needs_allowance().then(|| "100%\nsure".to_owned()),
            is_refused: false,
            finding,
        });
        Findings {
            about: "Telemetry against schema.lock".to_owned(),
            file: Some("a,b.lock".to_owned()),
            found: found.collect(),
            outdated: vec!["app/schema.json".to_owned()],
        }
    }

    fn printed(format: Format) -> String {
        let mut out = Vec::new();
        print(&[findings(), Findings::default()], format, &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn people_read_lines() {
        expect_test::expect![[r"
            Telemetry against schema.lock
              breaking     Reading.count: int became double
                           type_changed
                           allowed: 100%
            sure
              additive     Reading.note: a new property: string
                           property_added
              out of date  app/schema.json

              same
        "]]
        .assert_eq(&printed(Format::Text));
    }

    #[test]
    fn command_that_allows_what_is_refused_is_ready_to_be_run() {
        let mut refused = findings();
        refused.found.iter_mut().for_each(|found| found.is_refused = true);
        let told = how_to_allow(&[findings(), refused]);
        let command = "`asymmetric schema breaking --allow type_changed@Reading.count --allow \
                       property_added@Reading.note --lock a,b.lock --reason \"…\"`";
        assert!(told.contains(command), "{told}");
    }

    #[test]
    fn annotations_escape_what_would_end_them() {
        expect_test::expect![[r"
            ::warning file=a%2Cb.lock,title=type_changed::breaking: Reading.count: int became double (allowed: 100%25%0Asure)
            ::notice file=a%2Cb.lock,title=property_added::additive: Reading.note: a new property: string
            ::error file=app/schema.json,title=out of date::app/schema.json is not what the models say
        "]]
        .assert_eq(&printed(Format::Github));
    }

    #[test]
    fn programs_read_one_document() {
        let value: Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(value["same"], false);
        assert_eq!(value["compared"][0]["findings"][0]["rule"], "type_changed");
        assert_eq!(value["compared"][1]["same"], true);
    }
}
