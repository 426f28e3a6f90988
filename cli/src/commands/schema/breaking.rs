//! `asymmetric schema breaking`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use asymmetric_schema::{Allowance, rule};
use asymmetric_schema_gen::{merge_lock, write_lock};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Format},
};

#[derive(Debug, Args)]
pub(crate) struct BreakingArgs {
    /// What to allow: a rule, and where: `type_changed@Reading.celsius`
    #[arg(long, value_name = "RULE@PLACE", required = true)]
    allow: Vec<Change>,
    /// Why it is all right, for whoever reads the lock
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The schema lock [default: schema.lock, or app-services/schema.lock]
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    /// Realm schema to allow it for [default: each that has the class]
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
}

/// A change that is to be allowed.
#[derive(Clone, Debug)]
struct Change {
    rule: &'static str,
    at: String,
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, at) = text.split_once('@').ok_or("there is no `@`: write `RULE@PLACE`")?;
        let Some(rule) = rule(id) else {
            return Err(format!(
                "no rule is called `{id}`: `asymmetric schema explain` lists them"
            ));
        };
        if !rule.verdict.needs_allowance() {
            return Err(format!("`{id}` is additive and needs no allowance"));
        }
        if at.is_empty() {
            return Err(
                "nothing stands after the `@`: write a class or `Class.property`".to_owned()
            );
        }
        Ok(Self { rule: rule.id, at: at.to_owned() })
    }
}

pub(super) fn run(args: &BreakingArgs, format: Format) -> Result<Exit, Failure> {
    if args.reason.trim().is_empty() {
        return Err("the reason is empty: say why the change is all right".into());
    }
    let path = args.lock.as_deref().unwrap_or_else(|| usual_lock());
    if !path.exists() {
        let failure = Failure::from(format!("there is no `{}`", path.display()));
        return Err(failure.hint("name it by --lock; a build with `.locked_by(…)` creates one"));
    }
    let mut lock = merge_lock(path)?;
    let mut allowed = Vec::new();
    for Change { rule, at } in &args.allow {
        let class = at.split('.').next().unwrap_or(at);
        let known = lock.realms().into_iter().filter(|realm| {
            args.realm.as_deref().is_none_or(|wanted| wanted == *realm)
                && lock.newest(realm).any(|known| known.title() == class)
        });
        let realms: Vec<String> = known.map(str::to_owned).collect();
        if realms.is_empty() {
            return Err(format!("`{}` has no class `{class}`", path.display()).into());
        }
        for realm in realms {
            lock.allow(&realm, Allowance::new(rule, at, args.reason.trim()));
            allowed.push((*rule, at, realm));
        }
    }
    write_lock(path, &lock)?;
    print(&allowed, path, format)
}

fn usual_lock() -> &'static Path {
    let found = output::USUAL_LOCKS.into_iter().map(Path::new).find(|path| path.exists());
    found.unwrap_or(Path::new(output::USUAL_LOCKS[0]))
}

fn print(
    allowed: &[(&str, &String, String)],
    lock: &Path,
    format: Format,
) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    if format == Format::Json {
        let allowed = allowed.iter();
        let allowed =
            allowed.map(|(rule, at, realm)| json!({"rule": rule, "at": at, "realm": realm}));
        writeln!(out, "{:#}", json!({ "allowed": allowed.collect::<Value>() }))?;
    } else {
        for (rule, at, realm) in allowed {
            let text = format!("allowed {rule} at {at} in {realm}");
            match format {
                Format::Github => {
                    let lock = lock.display().to_string();
                    output::annotation("notice", Some(&lock), rule, &text, &mut out)?;
                }
                _ => writeln!(out, "{text}")?,
            }
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}
