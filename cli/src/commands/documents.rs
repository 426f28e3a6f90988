//! `asymmetric documents`: looking into a store.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use asymmetric_gateway::{Namespace, Store};
use bson::{Bson, RawDocumentBuf};
use clap::{Args, Subcommand};
use futures_util::TryStreamExt as _;

use crate::{commands::on_runtime, exit::Exit, failure::Failure, store::StoreArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Count the documents of collections
    Count(CountArgs),
    /// Print documents of a collection, one a line, as relaxed extended JSON
    List(ListArgs),
    /// Write all documents of a collection to a file, one a line, as canonical extended JSON
    ///
    /// The file is what `mongoimport` reads.
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Collections to count [default: all]
    #[arg(value_name = "DATABASE.COLLECTION")]
    namespaces: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Collection to print
    #[arg(value_name = "DATABASE.COLLECTION")]
    namespace: String,
    /// How many documents to print at most
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Collection to export
    #[arg(value_name = "DATABASE.COLLECTION")]
    namespace: String,
    /// File to write; must not exist
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Runs a command on documents.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    on_runtime(async {
        match command {
            Command::Count(args) => count(args).await,
            Command::List(args) => list(args).await,
            Command::Export(args) => export(args).await,
        }
    })
}

async fn count(args: CountArgs) -> Result<(), Failure> {
    let store = args.store.store.open_existing().await?;
    let namespaces = if args.namespaces.is_empty() {
        store.namespaces().await?
    } else {
        args.namespaces.iter().map(|text| namespace(text)).collect::<Result<_, _>>()?
    };
    let mut out = anstream::stdout();
    for namespace in namespaces {
        let count = store.count(&namespace).await?;
        writeln!(out, "{count:>12}  {namespace}")?;
    }
    Ok(())
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let store = args.store.store.open_existing().await?;
    let namespace = namespace(&args.namespace)?;
    let mut documents = store.find(&namespace);
    let mut out = anstream::stdout();
    for _ in 0..args.limit {
        let Some(document) = documents.try_next().await? else { break };
        writeln!(out, "{}", Bson::Document(decoded(document)?).into_relaxed_extjson())?;
    }
    Ok(())
}

async fn export(args: ExportArgs) -> Result<(), Failure> {
    let store = args.store.store.open_existing().await?;
    let namespace = namespace(&args.namespace)?;
    let cannot_write =
        |error: io::Error| Failure::from(format!("cannot write `{}`: {error}", args.to.display()));
    let file = File::create_new(&args.to).map_err(cannot_write)?;
    match write_all(store, &namespace, file).await {
        Ok(count) => {
            writeln!(anstream::stdout(), "{count} documents in {}", args.to.display())?;
            Ok(())
        }
        Err(failure) => {
            discard(&args.to)?;
            Err(failure)
        }
    }
}

/// A part that looks like the whole would mislead.
fn discard(file: &Path) -> io::Result<()> {
    std::fs::remove_file(file)
}

async fn write_all(
    store: Arc<dyn Store>,
    namespace: &Namespace,
    file: File,
) -> Result<u64, Failure> {
    let mut out = BufWriter::new(file);
    let mut documents = store.find(namespace);
    let mut count = 0;
    while let Some(document) = documents.try_next().await? {
        writeln!(out, "{}", Bson::Document(decoded(document)?).into_canonical_extjson())?;
        count += 1;
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(count)
}

fn decoded(document: RawDocumentBuf) -> Result<bson::Document, Failure> {
    Ok(bson::Document::try_from(document)?)
}

/// `database.collection`; only the collection may hold further dots.
fn namespace(text: &str) -> Result<Namespace, Failure> {
    let parts = text.split_once('.').filter(|(_, collection)| !collection.is_empty());
    let (database, collection) = parts.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{text}` is no collection"))
            .hint("write it like `telemetry.WeatherSensor`")
    })?;
    Namespace::new(database, collection).map_err(|error| Failure::new(Exit::Usage, error))
}
