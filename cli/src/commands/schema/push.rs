//! `asymmetric schema push`.

use std::io::Write as _;

use asymmetric_schema::{ClassDocument, Finding, Lock, Place};
use asymmetric_schema_gen::{
    Report,
    admin::{AdminError, App, PushPlan, Step},
};
use clap::Args;
use serde_json::json;

use super::{check::classes, mongodb};
use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Findings, Format, Found},
    package::PackageArgs,
    server::{ServerArgs, Session, block_on},
    versions,
};

#[derive(Debug, Args)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    package: PackageArgs,
    #[command(flatten)]
    server: ServerArgs,
    /// App to push to: its client app id or name
    #[arg(long, value_name = "APP", env = "ASYMMETRIC_APP", required_unless_present = "mongodb")]
    app: Option<String>,
    /// Create collections, validators, time-series options and indexes in this MongoDB instead
    #[arg(long, value_name = "URI")]
    mongodb: Option<String>,
    /// Only show what would be done; ends with 2 if that is anything
    #[arg(long, short = 'x')]
    dry_run: bool,
    /// Confirm that sessions of clients end, where a collection becomes asymmetric while they sync
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(args: &PushArgs, format: Format) -> Result<Exit, Failure> {
    let reports = args.package.reports()?;
    for report in &reports {
        judge(report)?;
    }
    match &args.mongodb {
        Some(uri) => block_on(mongodb::push(uri, &reports, args.dry_run, format)),
        None => block_on(to_server(args, &reports, format)),
    }
}

/// Refuses models that their lock refuses or does not know: nothing is pushed that was not accepted.
fn judge(report: &Report) -> Result<(), Failure> {
    if report.lock.is_none() {
        return Ok(());
    }
    if !versions::lock(report)?.review(&report.realm, &classes(report)).is_locked {
        let failure = Failure::from("the schema lock does not know the models as they are");
        return Err(failure.hint("run `asymmetric schema lock` and commit what it writes"));
    }
    Ok(())
}

async fn to_server(args: &PushArgs, reports: &[Report], format: Format) -> Result<Exit, Failure> {
    let mut session = args.server.log_in().await?;
    let app = session.app(args.app.as_deref().unwrap_or_default()).await?;
    let server = session.client.schemas(&app).await?;
    let all: Vec<ClassDocument> = reports.iter().flat_map(classes).collect();
    let mut plan = PushPlan::new(&server, &all);
    let lock = all_locks(reports)?;
    if lock.versions().next().is_some()
        && let Some(known) = session.client.schema_lock(&app).await?
    {
        plan.add_lock(&known, lock);
    }
    let mut out = anstream::stdout().lock();
    let findings = allowed(&plan.findings, reports, &app)?;
    let hint = findings.is_refused().then(|| output::how_to_allow(std::slice::from_ref(&findings)));
    let steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    let notes: Vec<String> = plan.unsaid.iter().map(unsaid).collect();
    let same = findings.is_same() && steps.is_empty();
    let more = [("same", json!(same)), ("steps", json!(steps)), ("notes", json!(notes))];
    output::print_with(&[findings], &more, format, &mut out)?;
    match format {
        Format::Text => steps.iter().try_for_each(|step| writeln!(out, "  to do: {step}"))?,
        Format::Github => {
            let notices = steps.iter().map(|step| ("to do", step));
            let notices = notices.chain(notes.iter().map(|note| ("note", note)));
            for (title, text) in notices {
                output::annotation("notice", None, title, text, &mut out)?;
            }
        }
        Format::Json => {}
    }
    out.flush()?;
    for note in &notes {
        anstream::eprintln!("note: {note}");
    }
    if let Some(hint) = hint {
        return Err(Failure::from("the app refuses what changed: nothing is pushed").hint(hint));
    }
    if args.dry_run || plan.steps.is_empty() {
        return Ok(if plan.steps.is_empty() { Exit::Success } else { Exit::Differs });
    }
    drop(out);
    let draft = session.client.begin_draft(&app).await?;
    let changed = apply(&mut session, &app, &plan, args.yes).await;
    let hint = matches!(changed, Err(AdminError::Unconfirmed));
    let pushed = session.end_draft(&app, draft, "asymmetric schema push", changed).await;
    pushed.map_err(|failure| if hint { failure.hint("add --yes") } else { failure })?;
    Ok(Exit::Success)
}

/// What any of the packages ever accepted.
fn all_locks(reports: &[Report]) -> Result<Lock, Failure> {
    let mut all = Lock::default();
    for report in reports.iter().filter(|report| report.lock.is_some()) {
        all.merge(versions::lock(report)?);
    }
    Ok(all)
}

/// Does what is to be done, and tells about each step on standard error.
async fn apply(
    session: &mut Session,
    app: &App,
    plan: &PushPlan,
    confirmed: bool,
) -> Result<(), AdminError> {
    let steps = plan.steps.len();
    for (index, step) in plan.steps.iter().enumerate() {
        anstream::eprintln!("[{}/{steps}] {step}", index + 1);
        match (session.client.apply(app, step, confirmed).await, step) {
            (Err(AdminError::NoTimeSeries), Step::SetTimeSeries { place, .. }) => {
                anstream::eprintln!("note: {}", unsaid(place));
            }
            (done, _) => done?,
        }
    }
    Ok(())
}

/// What is left to do where a server cannot be told of a time series.
fn unsaid(place: &Place) -> String {
    format!(
        "the server has no place to say that {place} is a time series: make the collection, \
         before its first object, by `asymmetric schema push --mongodb URI`"
    )
}

/// What changes on the server, and whether the locks allow it.
fn allowed(findings: &[Finding], reports: &[Report], app: &App) -> Result<Findings, Failure> {
    let mut found = Vec::new();
    for finding in findings {
        let mut reason = None;
        for report in reports.iter().filter(|report| report.lock.is_some()) {
            let lock = versions::lock(report)?;
            reason = reason.or(lock.reason(&report.realm, finding).map(str::to_owned));
        }
        let is_refused = finding.rule.verdict.needs_allowance() && reason.is_none();
        found.push(Found { finding: finding.clone(), reason, is_refused });
    }
    let about = format!("{} (changes for those who write to it)", app.client_app_id);
    Ok(Findings { about, found, ..Findings::default() })
}
