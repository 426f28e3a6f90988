//! `asymmetric outbox check`.

use std::{io::Write as _, path::Path};

use asymmetric::outbox::OutboxFile;

use super::{not_opened, show::count};
use crate::{exit::Exit, failure::Failure};

pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let check = OutboxFile::open(path).and_then(|file| file.check()).map_err(not_opened)?;
    let mut out = anstream::stdout().lock();
    for fault in &check.faults {
        writeln!(out, "{fault}")?;
    }
    writeln!(
        out,
        "read {} with {}, and {} of other tables",
        count(check.chunks, "chunk"),
        count(check.objects, "whole object"),
        count(check.rows, "row"),
    )?;
    out.flush()?;
    if check.faults.is_empty() {
        return Ok(());
    }
    let path = path.display();
    let faults = count(check.faults.len() as u64, "fault");
    Err(Failure::new(Exit::Damaged, format!("`{path}` has {faults}"))
        .hint(format!("`asymmetric outbox salvage {path}` saves what is left")))
}
