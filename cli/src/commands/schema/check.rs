//! `asymmetric schema check`.

use std::io::Write as _;

use asymmetric_schema::{ClassDocument, Lock, Review};
use asymmetric_schema_gen::{Outcome, Report};
use clap::Args;

use crate::{
    exit::Exit,
    failure::{self, Failure},
    output::{self, Findings, Format, Found},
    package::PackageArgs,
    versions,
};

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    package: PackageArgs,
}

pub(super) fn run(args: &CheckArgs, format: Format) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for report in args.package.reports()? {
        let mut findings = match &report.lock {
            None => Findings { about: report.realm.clone(), ..Findings::default() },
            Some(path) => {
                let lock = versions::lock(&report)?;
                let mut findings = judge(&lock, &report);
                if !path.exists() || (findings.found.is_empty() && !is_locked(&lock, &report)) {
                    findings.outdated.push(path.display().to_string());
                }
                findings
            }
        };
        findings.outdated.extend(outdated_files(&report));
        all.push(findings);
    }
    let mut out = anstream::stdout().lock();
    output::print(&all, format, &mut out)?;
    out.flush()?;
    if all.iter().any(Findings::is_refused) {
        let failure = Failure::from("the schema lock refuses what changed");
        return Err(failure.hint(output::how_to_allow(&all)));
    }
    if all.iter().all(Findings::is_same) {
        return Ok(Exit::Success);
    }
    failure::hint(&how_to_mend(&all));
    Ok(Exit::Differs)
}

/// The commands that bring up to date what is out of date.
fn how_to_mend(all: &[Findings]) -> String {
    let is_lock = |findings: &Findings, path: &String| findings.file.as_ref() == Some(path);
    let lock = all.iter().any(|findings| {
        !findings.found.is_empty() || findings.outdated.iter().any(|path| is_lock(findings, path))
    });
    let files = all.iter().any(|findings| findings.outdated.iter().any(|p| !is_lock(findings, p)));
    let commands = [(lock, "`asymmetric schema lock`"), (files, "`asymmetric schema export`")];
    let commands = commands.into_iter().filter_map(|(needed, command)| needed.then_some(command));
    let commands: Vec<&str> = commands.collect();
    format!("run {} and commit what is written", commands.join(" and "))
}

/// What a lock says about the models.
pub(super) fn judge(lock: &Lock, report: &Report) -> Findings {
    let Review { additive, allowed, refused, .. } = review(lock, report);
    let refused = refused.into_iter().map(|finding| (finding, None, true));
    let allowed = allowed.into_iter().map(|(finding, reason)| (finding, Some(reason), false));
    let additive = additive.into_iter().map(|finding| (finding, None, false));
    let shown = report.lock.as_deref().map_or_else(|| "no lock".to_owned(), output::shown);
    Findings {
        about: format!("{} against {shown}", report.realm),
        file: report.lock.as_ref().map(|path| path.display().to_string()),
        found: refused
            .chain(allowed)
            .chain(additive)
            .map(|(finding, reason, is_refused)| Found { finding, reason, is_refused })
            .collect(),
        outdated: Vec::new(),
    }
}

fn is_locked(lock: &Lock, report: &Report) -> bool {
    review(lock, report).is_locked
}

fn review(lock: &Lock, report: &Report) -> Review {
    lock.review(&report.realm, &classes(report))
}

pub(super) fn classes(report: &Report) -> Vec<ClassDocument> {
    report.classes.iter().map(|class| class.document.clone()).collect()
}

/// Files that are not what the models say. An app directory that is not there at all is not kept in
/// the sources.
fn outdated_files(report: &Report) -> Vec<String> {
    if !report.directory.exists() {
        return Vec::new();
    }
    let differing = report.files.iter().filter(|file| file.outcome == Outcome::Differs);
    differing.map(|file| report.directory.join(&file.path).display().to_string()).collect()
}
