//! `asymmetric schema explain`.

use std::io::{self, Write};

use asymmetric_schema::{RULES, Rule, rule};
use clap::{Args, builder::PossibleValuesParser};
use serde_json::{Value, json};

use crate::{exit::Exit, failure::Failure, output::Format};

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The rule [default: list all]
    #[arg(value_name = "RULE", hide_possible_values = true)]
    #[arg(value_parser = PossibleValuesParser::new(RULES.iter().map(|rule| rule.id)))]
    rule: Option<String>,
}

/// Characters of a line.
const WIDTH: usize = 100;

pub(super) fn run(args: &ExplainArgs, format: Format) -> Result<Exit, Failure> {
    let asked = args.rule.as_deref().and_then(rule);
    let mut out = anstream::stdout().lock();
    match (format, asked) {
        (Format::Json, asked) => {
            let rules = RULES.iter().filter(|rule| asked.is_none_or(|asked| asked.id == rule.id));
            let rules: Value = rules.map(|rule| to_json(rule)).collect();
            writeln!(out, "{rules:#}")?;
        }
        (_, Some(rule)) => explain(rule, &mut out)?,
        (_, None) => {
            for Rule { id, verdict, .. } in RULES {
                writeln!(out, "{verdict:<11}  {id}")?;
            }
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

fn to_json(rule: &Rule) -> Value {
    json!({
        "rule": rule.id,
        "verdict": rule.verdict.as_str(),
        "meaning": rule.meaning,
        "advice": rule.advice,
    })
}

fn explain(rule: &Rule, out: &mut impl Write) -> io::Result<()> {
    let Rule { id, verdict, meaning, advice, .. } = rule;
    writeln!(out, "{id} ({verdict})\n")?;
    writeln!(out, "{}\n", textwrap::fill(meaning, WIDTH))?;
    writeln!(out, "{}", textwrap::fill(&format!("What to do: {advice}"), WIDTH))?;
    if verdict.needs_allowance() {
        writeln!(out, "To allow it: asymmetric schema breaking --allow {id}@PLACE --reason \"…\"")?;
    }
    Ok(())
}
