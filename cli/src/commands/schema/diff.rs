//! `asymmetric schema diff`.

use std::io::Write as _;

use asymmetric_schema::{ClassDocument, compare};
use asymmetric_schema_gen::AppFiles;
use clap::Args;

use super::check::classes;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Findings, Format, Found},
    package::PackageArgs,
    server::{ServerArgs, block_on},
    versions::{self, Against},
};

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    package: PackageArgs,
    /// What to compare the models with: `lock`, `git:REV`, an app directory, or the URL of a server
    #[arg(long, value_name = "WHAT", default_value = "lock")]
    against: Against,
    #[command(flatten)]
    server: ServerArgs,
    /// App to compare with, where that is on a server
    #[arg(long, value_name = "APP", env = "ASYMMETRIC_APP")]
    app: Option<String>,
}

pub(super) fn run(args: &DiffArgs, format: Format) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for report in args.package.reports()? {
        let new = classes(&report);
        let (name, mut old) = match &args.against {
            Against::Lock => ("schema.lock".to_owned(), versions::locked(&report)?),
            Against::Git(revision) => (revision.clone(), versions::committed(&report, revision)?),
            Against::Directory(path) => {
                (path.display().to_string(), AppFiles::read(path)?.classes()?)
            }
            Against::Url(url) => (url.clone(), on_server(args, url, &new)?),
        };
        // An app holds more than the models of one package: what is nobody's is not missing.
        if matches!(args.against, Against::Directory(_) | Against::Url(_)) {
            let ours = |class: &ClassDocument| {
                new.iter().any(|new| new.title() == class.title() || new.place == class.place)
            };
            old.retain(ours);
        }
        let found = compare(&old, &new).into_iter();
        all.push(Findings {
            about: format!("{} against {name}", report.realm),
            file: report.lock.as_ref().map(|path| path.display().to_string()),
            found: found
                .map(|finding| Found { finding, reason: None, is_refused: false })
                .collect(),
            outdated: Vec::new(),
        });
    }
    let mut out = anstream::stdout().lock();
    output::print(&all, format, &mut out)?;
    out.flush()?;
    Ok(if all.iter().all(Findings::is_same) { Exit::Success } else { Exit::Differs })
}

/// The classes of an app on a server. Where that cannot say which collections are time series, they
/// are taken to be what `ours` are.
fn on_server(
    args: &DiffArgs,
    url: &str,
    ours: &[ClassDocument],
) -> Result<Vec<ClassDocument>, Failure> {
    let Some(app) = &args.app else {
        return Err(Failure::from("the app on the server is not named").hint("give --app APP"));
    };
    let server = ServerArgs { url: Some(url.to_owned()), ..args.server.clone() };
    block_on(async {
        let mut session = server.log_in().await?;
        let app = session.app(app).await?;
        let schemas = session.client.schemas(&app).await?;
        let mut classes = schemas.documents();
        if !schemas.keeps_time_series() {
            for class in &mut classes {
                let same = ours.iter().find(|ours| ours.place == class.place);
                class.time_series = same.and_then(|ours| ours.time_series.clone());
            }
        }
        Ok(classes)
    })
}
