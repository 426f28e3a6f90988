//! `asymmetric outbox compact`.

use std::{io::Write as _, path::Path};

use asymmetric::outbox;

use super::{not_opened, show::size};
use crate::failure::Failure;

pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let compacted = outbox::compact(path).map_err(not_opened)?;
    let mut out = anstream::stdout().lock();
    let (before, after) = (size(compacted.before), size(compacted.after));
    writeln!(out, "{}: {before} before, {after} now", path.display())?;
    Ok(out.flush()?)
}
