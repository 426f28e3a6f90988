//! `asymmetric schema pull`.

use std::{io::Write as _, path::PathBuf};

use asymmetric_schema_gen::AppFiles;
use clap::Args;
use serde_json::json;

use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Format},
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

pub(super) fn run(args: &PullArgs, format: Format) -> Result<Exit, Failure> {
    let schemas = block_on(async {
        let mut session = args.server.log_in().await?;
        let app = session.app(&args.app).await?;
        Ok(session.client.schemas(&app).await?)
    })?;
    let files = AppFiles::of_classes(schemas.classes.iter().map(|(_, class)| class));
    let mut out = anstream::stdout().lock();
    let written = files.write(&args.to)?;
    match format {
        Format::Text => written.iter().try_for_each(|path| writeln!(out, "{path}"))?,
        Format::Json => writeln!(out, "{:#}", json!({ "written": written }))?,
        Format::Github => written.iter().try_for_each(|path| {
            let file = args.to.join(path).display().to_string();
            output::annotation("notice", Some(&file), "written", path, &mut out)
        })?,
    }
    out.flush()?;
    Ok(Exit::Success)
}
