//! `asymmetric schema pull`.

use std::{io::Write as _, path::PathBuf};

use asymmetric_schema::to_pretty_string;
use asymmetric_schema_gen::AppFiles;
use clap::Args;

use crate::{
    exit::Exit,
    failure::Failure,
    server::{ServerArgs, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct PullArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// App to pull from: its client app id or name
    #[arg(long, value_name = "APP", env = "ASYMMETRIC_APP")]
    app: String,
    /// App directory to write to
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

pub(super) fn run(args: &PullArgs) -> Result<Exit, Failure> {
    let schemas = block_on(async {
        let mut session = args.server.log_in().await?;
        let app = session.app(&args.app).await?;
        Ok(session.client.schemas(&app).await?)
    })?;
    let files = schemas.classes.iter().flat_map(|(_, class)| {
        let place = &class.place;
        let folder =
            format!("data_sources/{}/{}/{}", place.data_source, place.database, place.collection);
        [
            ("schema.json", class.schema.to_json()),
            ("relationships.json", class.relationships_to_json()),
        ]
        .map(|(name, value)| (format!("{folder}/{name}"), to_pretty_string(&value).into_bytes()))
    });
    let files: AppFiles = files.collect();
    let mut out = anstream::stdout().lock();
    for path in files.write(&args.to)? {
        writeln!(out, "{path}")?;
    }
    out.flush()?;
    Ok(Exit::Success)
}
