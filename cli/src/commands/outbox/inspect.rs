//! `asymmetric outbox inspect`.

use std::{
    io::{self, Write},
    path::Path,
};

use asymmetric::outbox::{ClassSummary, OutboxFile, Summary};

use super::{
    not_opened,
    show::{count, grouped, moment, size},
};
use crate::failure::Failure;

pub(super) fn run(path: &Path) -> Result<(), Failure> {
    let summary = OutboxFile::open(path).and_then(|file| file.summary()).map_err(not_opened)?;
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", path.display())?;
    facts(&summary, &mut out)?;
    classes(&summary.classes, &mut out)?;
    Ok(out.flush()?)
}

fn facts(summary: &Summary, out: &mut impl Write) -> io::Result<()> {
    let compressed = match summary.compressed_chunks {
        0 => String::new(),
        some => format!(", {} compressed", grouped(some)),
    };
    let pending = format!(
        "{}, {} of BSON, in {} of {}{compressed}",
        count(summary.pending, "object"),
        size(summary.pending_bytes),
        count(summary.chunks, "chunk"),
        size(summary.chunk_bytes),
    );
    let dropped = format!(
        "{} when full, {} too old",
        count(summary.overflowed, "object"),
        grouped(summary.expired)
    );
    let since = |written: Option<_>| written.map_or_else(|| "none".to_owned(), moment);
    for (name, value) in [
        ("format", summary.format.to_string()),
        ("app", summary.app.clone()),
        ("user", summary.user.clone().unwrap_or_else(|| "not logged in yet".to_owned())),
        ("client file", summary.client_file.to_string()),
        ("length", size(summary.file_bytes)),
        ("pending", pending),
        ("oldest", since(summary.oldest)),
        ("newest", since(summary.newest)),
        ("next number", grouped(summary.end.get())),
        ("rejected", count(summary.rejected, "object")),
        ("damaged", format!("{} kept aside", count(summary.damaged_chunks, "chunk"))),
        ("dropped", dropped),
    ] {
        writeln!(out, "  {name:<12} {value}")?;
    }
    Ok(())
}

fn classes(classes: &[ClassSummary], out: &mut impl Write) -> io::Result<()> {
    let lines: Vec<[String; 4]> = classes
        .iter()
        .map(|class| {
            [
                class.class.clone(),
                format!("{}.{}", class.database, class.collection),
                grouped(class.pending),
                grouped(class.rejected),
            ]
        })
        .collect();
    let head = ["class", "collection", "pending", "rejected"].map(str::to_owned);
    let width = |column: fn(&[String; 4]) -> &String| {
        lines.iter().chain([&head]).map(|line| column(line).chars().count()).max().unwrap_or(0)
    };
    let widths = [width(|line| &line[0]), width(|line| &line[1]), width(|line| &line[2])];
    let [title, collection, pending] = widths;
    writeln!(out)?;
    for [a, b, c, d] in [&head].into_iter().chain(&lines) {
        writeln!(out, "  {a:<title$}  {b:<collection$}  {c:>pending$}  {d:>8}")?;
    }
    Ok(())
}
