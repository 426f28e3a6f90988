//! `asymmetric outbox salvage`.

use std::{io::Write as _, path::PathBuf};

use asymmetric::outbox;

use super::{not_opened, show::count};
use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of a realm that no process has open
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Client app id, where the file no longer tells it
    #[arg(long, value_name = "ID")]
    app: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let path = &args.path;
    let salvaged = outbox::salvage(path, args.app.as_deref()).map_err(not_opened)?;
    let mut out = anstream::stdout().lock();
    let Some(moved_to) = &salvaged.moved_to else {
        writeln!(out, "{} is whole; nothing was changed", path.display())?;
        return Ok(out.flush()?);
    };
    writeln!(
        out,
        "{}: a new file, with {} and {}",
        path.display(),
        count(salvaged.objects, "object"),
        count(salvaged.rejected, "rejected object"),
    )?;
    writeln!(out, "{}: the damaged file", moved_to.display())?;
    for gap in &salvaged.gaps {
        let missing = gap.end.get() - gap.start.get();
        let missing = count(missing, "object");
        writeln!(out, "{missing} missing: sequence numbers {} to {}", gap.start, gap.end)?;
    }
    if salvaged.of_unknown_classes > 0 {
        let objects = count(salvaged.of_unknown_classes, "object");
        writeln!(out, "{objects} left behind: the file no longer tells their class")?;
    }
    if !salvaged.has_session {
        writeln!(out, "the session is lost: the user has to log in again")?;
    }
    Ok(out.flush()?)
}
