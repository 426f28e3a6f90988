//! `asymmetric rejected`: objects that were rejected, and what to do about them.

use std::io::Write as _;

use asymmetric_gateway::rejected::{RejectedObject, RejectedObjects, ReplayError, Replayed};
use bson::{Bson, RawDocument};
use clap::{Args, Subcommand};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

use crate::{commands::on_runtime, exit::Exit, failure::Failure, store::StoreArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List rejected objects: id, time, class, code and reason
    List(ListArgs),
    /// Print a rejected object with all that is known of it, as JSON
    Show(ShowArgs),
    /// Put rejected objects into their collections after all
    ///
    /// Schemas and rules of the app are not asked again; what MongoDB itself checks is. An object
    /// that is refused stays among the rejected ones.
    Replay(ChosenArgs),
    /// Forget rejected objects for good
    Discard(ChosenArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    filter: Filter,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Id of the object, as `list` prints it
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct ChosenArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Ids of the objects, as `list` prints them
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with_all = ["all", "app", "class", "code"])]
    ids: Vec<String>,
    /// All of them, or all that the filters let through
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
}

#[derive(Debug, Args)]
struct Filter {
    /// Only those of this app
    #[arg(long, value_name = "APP_ID")]
    app: Option<String>,
    /// Only those of this class
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Only those that were rejected with this code
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
}

impl Filter {
    fn lets_through(&self, object: &RejectedObject) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        fits(&self.app, &object.app)
            && fits(&self.class, &object.class)
            && fits(&self.code, &object.code)
    }
}

/// Runs a command on rejected objects.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    on_runtime(async {
        match command {
            Command::List(args) => list(args).await,
            Command::Show(args) => show(args).await,
            Command::Replay(args) => replay(args).await,
            Command::Discard(args) => discard(args).await,
        }
    })
}

async fn list(args: ListArgs) -> Result<(), Failure> {
    let rejected = RejectedObjects::new(args.store.store.open_existing().await?);
    let mut objects = std::pin::pin!(rejected.list());
    let mut out = anstream::stdout();
    while let Some(object) = objects.try_next().await? {
        if args.filter.lets_through(&object) {
            let RejectedObject { id, at, class, code, reason, .. } = &object;
            let at = at.try_to_rfc3339_string().unwrap_or_default();
            writeln!(out, "{id}  {at}  {class}  {code}  {reason}")?;
        }
    }
    Ok(())
}

async fn show(args: ShowArgs) -> Result<(), Failure> {
    let rejected = RejectedObjects::new(args.store.store.open_existing().await?);
    let object = rejected.get(&args.id).await?.ok_or_else(|| not_found(&args.id))?;
    writeln!(anstream::stdout(), "{:#}", json_of(&object))?;
    Ok(())
}

fn json_of(object: &RejectedObject) -> Value {
    let bytes = object.document.as_ref().map(|document| document.bytes.as_slice());
    let decoded = bytes.and_then(|bytes| {
        let document = RawDocument::from_bytes(bytes).ok()?;
        Some(Bson::Document(bson::Document::try_from(document).ok()?).into_relaxed_extjson())
    });
    json!({
        "id": object.id,
        "at": object.at.try_to_rfc3339_string().unwrap_or_default(),
        "app": object.app,
        "user": object.user.to_hex(),
        "class": object.class,
        "database": object.database,
        "collection": object.collection,
        "code": object.code,
        "reason": object.reason,
        // What is no document is shown as the bytes it is.
        "bytes": if decoded.is_none() { bytes.map(hex) } else { None },
        "document": decoded,
    })
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

async fn replay(args: ChosenArgs) -> Result<(), Failure> {
    let rejected = RejectedObjects::new(args.store.store.open_existing().await?);
    let mut out = anstream::stdout();
    let mut refused = 0;
    for id in chosen(&rejected, args).await? {
        match rejected.replay(&id).await {
            Ok(Replayed::Inserted) => writeln!(out, "{id}  stored")?,
            Ok(Replayed::AlreadyThere) => writeln!(out, "{id}  was there already")?,
            Err(ReplayError::Store(error)) => return Err(error.into()),
            Err(error) => {
                refused += 1;
                writeln!(out, "{id}  {error}")?;
            }
        }
    }
    if refused == 0 {
        return Ok(());
    }
    Err(Failure::from(format!("{refused} objects could not be replayed")))
}

async fn discard(args: ChosenArgs) -> Result<(), Failure> {
    let rejected = RejectedObjects::new(args.store.store.open_existing().await?);
    let mut out = anstream::stdout();
    for id in chosen(&rejected, args).await? {
        if !rejected.discard(&id).await? {
            return Err(not_found(&id));
        }
        writeln!(out, "{id}  discarded")?;
    }
    Ok(())
}

/// The ids of the objects that are meant. Their documents need not all fit into memory.
async fn chosen(rejected: &RejectedObjects, args: ChosenArgs) -> Result<Vec<String>, Failure> {
    if !args.all {
        return Ok(args.ids);
    }
    let filter = &args.filter;
    let ids = rejected.list().try_filter_map(|object| async move {
        Ok(filter.lets_through(&object).then_some(object.id))
    });
    Ok(ids.try_collect().await?)
}

fn not_found(id: &str) -> Failure {
    Failure::new(Exit::Failure, format!("no rejected object has the id `{id}`"))
        .hint("`asymmetric rejected list` prints the ids")
}
