//! `asymmetric schema explain`.

use std::io::{self, Write};

use asymmetric_schema::{RULES, Rule, rule};
use clap::{Args, builder::PossibleValuesParser};

use crate::{exit::Exit, failure::Failure};

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The rule [default: list all]
    #[arg(value_name = "RULE", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(RULES.iter().map(|rule| rule.id)))]
    rule: Option<String>,
}

pub(super) fn run(args: &ExplainArgs) -> Result<Exit, Failure> {
    let mut out = anstream::stdout().lock();
    match args.rule.as_deref().and_then(rule) {
        Some(rule) => explain(rule, &mut out)?,
        None => {
            for Rule { id, verdict, .. } in RULES {
                writeln!(out, "{verdict:<11}  {id}")?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn explain(rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    let Rule { id, verdict, meaning, advice, .. } = rule;
    writeln!(out, "{id} ({verdict})\n")?;
    writeln!(out, "{meaning}\n")?;
    writeln!(out, "What to do: {advice}")?;
    if verdict.needs_allowance() {
        writeln!(out, "To allow it: asymmetric schema breaking --allow {id}@PLACE --reason \"…\"")?;
    }
    Ok(())
}
