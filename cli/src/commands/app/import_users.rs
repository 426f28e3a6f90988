//! `asymmetric app import-users`.

use std::{
    fs::File,
    io::{BufReader, Write as _},
    path::{Path, PathBuf},
};

use asymmetric_schema_gen::admin::AdminError;
use clap::Args;
use serde_json::Value;

use super::AppArgs;
use crate::{exit::Exit, failure::Failure, server::block_on};

#[derive(Debug, Args)]
pub(crate) struct ImportUsersArgs {
    #[command(flatten)]
    app: AppArgs,
    /// File with users as the Admin API of App Services lists them: objects of JSON one after the
    /// other, or lists of them
    file: PathBuf,
}

pub(super) fn run(args: &ImportUsersArgs) -> Result<Exit, Failure> {
    let users = read(&args.file)?;
    block_on(async {
        let mut session = args.app.server.log_in().await?;
        let app = session.app(&args.app.remote()?).await?;
        let mut out = anstream::stdout();
        let (mut there, mut anonymous, mut refused) = (0, 0, 0);
        for user in &users {
            if is_anonymous(user) {
                anonymous += 1;
                continue;
            }
            match session.client.bring_user(&app, user).await {
                Ok(_) => there += 1,
                Err(AdminError::Refused { status: 400 | 409, message, .. }) => {
                    refused += 1;
                    let id = user.get("_id").and_then(Value::as_str).unwrap_or("without an `_id`");
                    writeln!(out, "user {id} is refused: {message}")?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        writeln!(out, "{there} users are in `{}` with their ids", app.client_app_id)?;
        if anonymous > 0 {
            writeln!(out, "{anonymous} anonymous users are left out: nothing logs them in again")?;
        }
        if refused == 0 {
            return Ok(Exit::Success);
        }
        Err(Failure::from(format!("{refused} users were refused")))
    })
}

/// Whether the user has no other identity than an anonymous one.
fn is_anonymous(user: &Value) -> bool {
    let identities = user.get("identities").and_then(Value::as_array);
    identities.is_some_and(|identities| {
        let mut kinds = identities.iter().map(|identity| identity.get("provider_type"));
        kinds.all(|kind| kind.and_then(Value::as_str) == Some("anon-user"))
    })
}

fn read(path: &Path) -> Result<Vec<Value>, Failure> {
    let usage = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
    };
    let file = File::open(path).map_err(|error| usage(&error))?;
    let mut users = Vec::new();
    for value in serde_json::Deserializer::from_reader(BufReader::new(file)).into_iter() {
        match value.map_err(|error| usage(&error))? {
            Value::Array(list) => users.extend(list),
            user => users.push(user),
        }
    }
    if let Some(other) = users.iter().find(|user| !user.is_object()) {
        return Err(usage(&format!("`{other}` is no user")));
    }
    Ok(users)
}
