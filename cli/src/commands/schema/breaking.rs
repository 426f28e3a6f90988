//! `asymmetric schema breaking`.

use std::{io::Write as _, path::PathBuf, str::FromStr};

use asymmetric_schema::{Allowance, rule};
use asymmetric_schema_gen::{merge_lock, write_lock};
use clap::Args;

use crate::{exit::Exit, failure::Failure};

#[derive(Debug, Args)]
pub(crate) struct BreakingArgs {
    /// What to allow: a rule, and where: `type_changed@Reading.celsius`
    #[arg(long, value_name = "RULE@PLACE", required = true)]
    allow: Vec<Change>,
    /// Why it is all right, for whoever reads the lock
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The schema lock
    #[arg(long, value_name = "FILE", default_value = "schema.lock")]
    lock: PathBuf,
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

pub(super) fn run(args: &BreakingArgs) -> Result<Exit, Failure> {
    if args.reason.trim().is_empty() {
        return Err("the reason is empty: say why the change is all right".into());
    }
    if !args.lock.exists() {
        let failure = Failure::from(format!("there is no `{}`", args.lock.display()));
        return Err(failure.hint("name it by --lock; a build with `.locked_by(…)` creates one"));
    }
    let mut lock = merge_lock(&args.lock)?;
    let mut out = anstream::stdout().lock();
    for Change { rule, at } in &args.allow {
        let class = at.split('.').next().unwrap_or(at);
        let known = lock.realms().into_iter().filter(|realm| {
            args.realm.as_deref().is_none_or(|wanted| wanted == *realm)
                && lock.newest(realm).any(|known| known.title() == class)
        });
        let realms: Vec<String> = known.map(str::to_owned).collect();
        if realms.is_empty() {
            let message = format!("`{}` has no class `{class}`", args.lock.display());
            return Err(message.into());
        }
        for realm in realms {
            lock.allow(&realm, Allowance::new(rule, at, args.reason.trim()));
            writeln!(out, "allowed {rule} at {at} in {realm}")?;
        }
    }
    write_lock(&args.lock, &lock)?;
    out.flush()?;
    Ok(Exit::Success)
}
