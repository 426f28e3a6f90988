//! `asymmetric app diff`.

use std::io::{self, Write};

use asymmetric_schema::compare;
use asymmetric_schema_gen::{AppFiles, admin::App};
use clap::Args;

use super::{AppArgs, known::Inclusions};
use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Findings, Format, Found},
    server::{Session, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    app: AppArgs,
    #[command(flatten)]
    inclusions: Inclusions,
}

pub(super) fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    block_on(async {
        args.inclusions.check()?;
        let (files, remote) = args.app.read()?;
        let mut session = args.app.server.log_in().await?;
        let app = session.app(&remote).await?;
        let mut out = anstream::stdout().lock();
        let is_same = show(&mut session, &app, &files, &mut out).await?;
        Ok(if is_same { Exit::Success } else { Exit::Differs })
    })
}

/// Prints what would change in the app, file by file, and what that does to those who write to it.
/// Returns whether nothing would.
pub(super) async fn show(
    session: &mut Session,
    app: &App,
    files: &AppFiles,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let diffs = session.client.import_diff(app, files).await?;
    if diffs.is_empty() {
        writeln!(out, "{} is the same", app.client_app_id)?;
        return Ok(true);
    }
    diffs.iter().try_for_each(|diff| print_diff(diff, out))?;
    let old = session.client.export(app).await?.classes()?;
    let found = compare(&old, &files.classes()?).into_iter();
    let found: Vec<Found> =
        found.map(|finding| Found { finding, reason: None, is_refused: false }).collect();
    if !found.is_empty() {
        let about = "Schemas".to_owned();
        output::print(&[Findings { about, found, ..Findings::default() }], Format::Text, out)?;
    }
    out.flush()?;
    Ok(false)
}

fn print_diff(diff: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", diff.trim_end())
}
