//! `asymmetric schema push`.

use std::io::Write as _;

use asymmetric_gateway::{
    MongoStore,
    provision::{self, Action},
};
use asymmetric_schema::{ClassDocument, Finding};
use asymmetric_schema_gen::{
    Report,
    admin::{AdminError, App, PushPlan},
};
use clap::Args;

use super::check::classes;
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
    /// How to print what changes
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(args: &PushArgs) -> Result<Exit, Failure> {
    let reports = args.package.reports()?;
    for report in &reports {
        judge(report)?;
    }
    match &args.mongodb {
        Some(uri) => block_on(to_mongodb(args, uri, &reports)),
        None => block_on(to_server(args, &reports)),
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

async fn to_server(args: &PushArgs, reports: &[Report]) -> Result<Exit, Failure> {
    let mut session = args.server.log_in().await?;
    let app = session.app(args.app.as_deref().unwrap_or_default()).await?;
    let server = session.client.schemas(&app).await?;
    let all: Vec<ClassDocument> = reports.iter().flat_map(classes).collect();
    let plan = PushPlan::new(&server, &all);
    let mut out = anstream::stdout().lock();
    let findings = allowed(&plan.findings, reports, &app)?;
    let is_refused = findings.is_refused();
    output::print(&[findings], args.format, &mut out)?;
    if args.format == Format::Text {
        plan.steps.iter().try_for_each(|step| writeln!(out, "  to do: {step}"))?;
    }
    out.flush()?;
    if is_refused {
        let failure = Failure::from("the app refuses what changed: nothing is pushed");
        return Err(failure.hint(
            "allow it with a reason: `asymmetric schema breaking --allow RULE@PLACE --reason …`",
        ));
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
        session.client.apply(app, step, confirmed).await?;
    }
    Ok(())
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

async fn to_mongodb(args: &PushArgs, uri: &str, reports: &[Report]) -> Result<Exit, Failure> {
    let all: Vec<ClassDocument> = reports.iter().flat_map(classes).collect();
    let store = MongoStore::connect(uri).await?;
    let mut options = provision::Options::default();
    (options.validators, options.dry_run) = (true, args.dry_run);
    let steps = provision::provision(&store, &all, options).await?;
    let mut out = anstream::stdout().lock();
    steps.iter().try_for_each(|step| writeln!(out, "  {step}"))?;
    out.flush()?;
    if steps.iter().any(|step| matches!(step.action, Action::Conflict(_))) {
        return Err("collections are not what the classes need, and are left as they are".into());
    }
    let is_same = steps.iter().all(|step| step.action == Action::Nothing);
    Ok(if args.dry_run && !is_same { Exit::Differs } else { Exit::Success })
}
