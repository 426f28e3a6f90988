//! `asymmetric app create`.

use std::{io::Write as _, path::PathBuf};

use asymmetric_schema::to_pretty_string;
use asymmetric_schema_gen::AppFiles;
use clap::Args;
use serde_json::{Map, Value};

use super::{
    known::OtherSources,
    layout, pull,
    template::{Source, Template},
};
use crate::{
    exit::Exit,
    failure::Failure,
    server::{ServerArgs, Session, block_on},
};

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Name of the app: a letter, then letters, digits, `-` and `_`
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Directory to write to [default: the name of the app]
    #[arg(long, value_name = "DIR")]
    local: Option<PathBuf>,
    /// What the app has from the start
    #[arg(long, value_enum, default_value_t, conflicts_with = "remote")]
    template: Template,
    /// App to copy: its client app id or name
    #[arg(long, value_name = "APP")]
    remote: Option<String>,
    /// `GLOBAL` or `LOCAL`
    #[arg(long, short, value_name = "MODEL")]
    deployment_model: Option<String>,
    /// Region of the provider
    #[arg(long, value_name = "REGION")]
    provider_region: Option<String>,
    /// `development`, `testing`, `qa` or `production`
    #[arg(long, short, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Cluster to make a data source of; may be given again
    #[arg(long, value_name = "CLUSTER")]
    cluster: Vec<String>,
    /// Name of the data source, for each cluster in turn [default: that of the cluster]
    #[arg(long, value_name = "NAME", requires = "cluster")]
    cluster_service_name: Vec<String>,
    /// Only show what would be made; ends with 2
    #[arg(long, short = 'x')]
    dry_run: bool,
    /// Write into a directory that is not empty as well
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    others: OtherSources,
}

impl CreateArgs {
    /// What the Admin API takes beside the name.
    fn options(&self) -> Vec<(&str, &str)> {
        let options = [
            ("deployment_model", &self.deployment_model),
            ("provider_region", &self.provider_region),
            ("environment", &self.environment),
        ];
        options.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))).collect()
    }

    fn sources(&self) -> Vec<Source> {
        if self.cluster.is_empty() {
            return self.template.sources();
        }
        let names = self.cluster_service_name.iter().map(Some).chain(std::iter::repeat(None));
        let sources = self.cluster.iter().zip(names).map(|(cluster, name)| Source {
            name: name.unwrap_or(cluster).clone(),
            cluster: cluster.clone(),
        });
        sources.collect()
    }
}

pub(super) fn run(args: &CreateArgs) -> Result<Exit, Failure> {
    args.others.check()?;
    let directory = args.local.clone().unwrap_or_else(|| args.name.clone().into());
    // Before anything is made on the server.
    pull::place(&directory, args.yes)?;
    block_on(async {
        let mut session = args.server.log_in().await?;
        let mut files = copied(&mut session, args).await?;
        for (path, content) in args.template.files(&args.sources()).iter() {
            files.insert(path, content);
        }
        if args.dry_run {
            let mut out = anstream::stdout().lock();
            writeln!(out, "{} would be created in {}", args.name, directory.display())?;
            files.iter().try_for_each(|(path, _)| writeln!(out, "  {path}"))?;
            return Ok(Exit::Differs);
        }
        let project = session.project.clone();
        let app = session.client.create_app(&project, &args.name, &args.options()).await?;
        if !files.is_empty() {
            let mut all = match args.remote {
                // A copy has all that an app has.
                Some(_) => AppFiles::default(),
                None => session.client.export(&app).await?,
            };
            for (path, content) in files.iter() {
                all.insert(path, content);
            }
            session.client.import(&app, &all).await?;
        }
        let files = session.client.export(&app).await?;
        pull::write(&app, &files, &directory, false, args.yes)
    })
}

/// The files of the app that is copied, under the new name and with the options that are given.
async fn copied(session: &mut Session, args: &CreateArgs) -> Result<AppFiles, Failure> {
    let Some(remote) = &args.remote else { return Ok(AppFiles::default()) };
    let app = session.app(remote).await?;
    let mut files = session.client.export(&app).await?.without_identity();
    if let Some(path) = layout::root_file(&files) {
        let mut root: Map<String, Value> =
            serde_json::from_slice(files.get(path).unwrap_or_default())?;
        root.remove("app_id");
        root.insert("name".to_owned(), args.name.clone().into());
        for (key, value) in args.options() {
            root.insert(key.to_owned(), value.into());
        }
        files.insert(path, to_pretty_string(&root.into()));
    }
    Ok(files)
}
