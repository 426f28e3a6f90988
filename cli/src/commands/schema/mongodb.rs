//! `asymmetric schema push --mongodb`: collections without a gateway.

use std::io::{self, Write as _};

use asymmetric_gateway::{
    MongoStore,
    provision::{self, Action},
};
use asymmetric_schema::ClassDocument;
use asymmetric_schema_gen::Report;
use serde_json::{Value, json};

use super::check::classes;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{self, Format},
};

/// Makes what the collections of the classes need, or tells what that would be.
pub(super) async fn push(
    uri: &str,
    reports: &[Report],
    dry_run: bool,
    format: Format,
) -> Result<Exit, Failure> {
    let all: Vec<ClassDocument> = reports.iter().flat_map(classes).collect();
    let store = MongoStore::connect(uri).await?;
    let mut options = provision::Options::default();
    (options.validators, options.dry_run) = (true, dry_run);
    let steps = provision::provision(&store, &all, options).await?;
    let mut out = anstream::stdout().lock();
    print(&steps, format, &mut out)?;
    out.flush()?;
    if steps.iter().any(|step| matches!(step.action, Action::Conflict(_))) {
        return Err("collections are not what the classes need, and are left as they are".into());
    }
    let is_same = steps.iter().all(|step| step.action == Action::Nothing);
    Ok(if dry_run && !is_same { Exit::Differs } else { Exit::Success })
}

/// What was done in a MongoDB, or would be.
fn print(steps: &[provision::Step], format: Format, out: &mut impl io::Write) -> io::Result<()> {
    match format {
        Format::Text => steps.iter().try_for_each(|step| writeln!(out, "  {step}")),
        Format::Github => steps.iter().try_for_each(|step| {
            let command = match step.action {
                Action::Nothing => return Ok(()),
                Action::Conflict(_) => "error",
                _ => "notice",
            };
            output::annotation(command, None, &step.class, &step.to_string(), out)
        }),
        Format::Json => {
            let shown = steps.iter().map(|step| {
                json!({
                    "class": step.class,
                    "namespace": step.namespace.to_string(),
                    "same": step.action == Action::Nothing,
                    "refused": matches!(step.action, Action::Conflict(_)),
                    "message": step.to_string(),
                })
            });
            let same = steps.iter().all(|step| step.action == Action::Nothing);
            let document = json!({ "same": same, "steps": shown.collect::<Value>() });
            writeln!(out, "{document:#}")
        }
    }
}
