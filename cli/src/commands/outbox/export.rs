//! `asymmetric outbox export`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use asymmetric::outbox::{Fault, OutboxFile};
use bson::{Bson, Document};
use clap::ValueEnum;

use super::{not_opened, show::count};
use crate::{exit::Exit, failure::Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of a realm that no process has open
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// How to write objects
    #[arg(long, value_enum)]
    format: Format,
    /// Directory to make DATABASE/COLLECTION.json or .bson in [default: standard output]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Only the objects of one collection
    #[arg(long, value_name = "DATABASE.COLLECTION", conflicts_with = "rejected")]
    collection: Option<String>,
    /// The objects that the server refused, by class, instead of those that wait
    #[arg(long)]
    rejected: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Canonical Extended JSON, one object a line, as mongoimport reads it
    Ejson,
    /// BSON documents back to back, as mongorestore reads them
    Bson,
}

/// Where an object goes: the collection it was meant for, or `rejected` and its class.
type Place = (String, String);

pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let file = OutboxFile::open(&args.path).map_err(not_opened)?;
    let mut places = BTreeSet::new();
    visit(args, &file, |place, _| {
        places.insert(place);
        Ok(())
    })?;
    let mut output = match &args.to {
        Some(directory) => Output::Directory(directory, BTreeMap::new()),
        None if places.len() > 1 => return Err(several(args, &places)),
        None => Output::Standard(BufWriter::new(io::stdout().lock())),
    };
    let mut objects = 0;
    let faults = visit(args, &file, |place, bson| {
        objects += 1;
        args.format.write(bson, output.of(&place, args.format)?)
    })?;
    output.finish()?;

    let mut err = anstream::stderr().lock();
    writeln!(err, "exported {}", count(objects, "object"))?;
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        writeln!(err, "{fault}")?;
    }
    let message = format!("not everything in `{}` could be read", args.path.display());
    Err(Failure::new(Exit::Damaged, message))
}

/// Hands every object that was asked for to `write`, with its place.
fn visit(
    args: &Args,
    file: &OutboxFile,
    mut write: impl FnMut(Place, &[u8]) -> io::Result<()>,
) -> Result<Vec<Fault>, Failure> {
    let mut failed = None;
    if args.rejected {
        for object in file.rejected().map_err(not_opened)? {
            write(("rejected".to_owned(), object.class), &object.bson)?;
        }
        return Ok(Vec::new());
    }
    let faults = file.objects(|object| {
        let place = (object.database.to_owned(), object.collection.to_owned());
        if args.collection.as_ref().is_some_and(|wanted| *wanted != name(&place)) {
            return ControlFlow::Continue(());
        }
        match write(place, object.bson) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    match failed {
        Some(error) => Err(error.into()),
        None => faults.map_err(not_opened),
    }
}

fn several(args: &Args, places: &BTreeSet<Place>) -> Failure {
    let names: Vec<String> = places.iter().map(name).collect();
    let message = format!("the objects belong to several collections: {}", names.join(", "));
    let hint = if args.rejected { "`--to DIR`" } else { "`--to DIR`, or `--collection` with one" };
    Failure::new(Exit::Usage, message).hint(format!("pass {hint}"))
}

fn name((database, collection): &Place) -> String {
    format!("{database}.{collection}")
}

impl Format {
    fn write(self, bson: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bson => out.write_all(bson),
            Self::Ejson => {
                let document = Document::from_reader(bson).map_err(io::Error::other)?;
                serde_json::to_writer(
                    &mut *out,
                    &Bson::Document(document).into_canonical_extjson(),
                )?;
                out.write_all(b"\n")
            }
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Ejson => "json",
            Self::Bson => "bson",
        }
    }
}

enum Output<'a> {
    Standard(BufWriter<io::StdoutLock<'static>>),
    Directory(&'a Path, BTreeMap<Place, BufWriter<File>>),
}

impl Output<'_> {
    fn of(&mut self, place: &Place, format: Format) -> io::Result<&mut dyn Write> {
        match self {
            Self::Standard(out) => Ok(out),
            Self::Directory(directory, files) => {
                if !files.contains_key(place) {
                    let directory = directory.join(file_name(&place.0));
                    fs::create_dir_all(&directory)?;
                    let name = format!("{}.{}", file_name(&place.1), format.extension());
                    let path = directory.join(name);
                    let file = File::create_new(&path).map_err(|error| {
                        io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
                    })?;
                    files.insert(place.clone(), BufWriter::new(file));
                }
                let file = files.get_mut(place);
                Ok(file.ok_or_else(|| io::Error::other("the file was opened above"))?)
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Standard(mut out) => out.flush(),
            Self::Directory(_, files) => files.into_values().try_for_each(|file| {
                file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
            }),
        }
    }
}

/// A name that stays inside its directory, whatever a collection is called.
fn file_name(name: &str) -> String {
    let escaped = name.replace('%', "%25").replace('/', "%2F").replace('\\', "%5C");
    match escaped.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_collections_do_not_leave_the_directory() {
        assert_eq!(file_name("readings"), "readings");
        assert_eq!(file_name("a.b"), "a.b");
        assert_eq!(file_name(".."), "%2E.");
        assert_eq!(file_name("../x"), "%2E.%2Fx");
        assert_eq!(file_name("100%"), "100%25");
    }
}
