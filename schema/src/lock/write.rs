//! The lock as text.

use std::fmt::{self, Display};

use serde_json::Value;

use super::{Allowance, Entry, Lock};
use crate::{ClassDocument, TimeSeries, to_canonical_string};

const HEAD: &str = "\
# Every version of every class that was accepted, the oldest first. Programs of all of them may still
# be running: a change that refuses what they write needs an allowance. Builds extend this file; commit
# it. When a merge stops here, build: that keeps what both sides accepted.
format = 1
";

/// The text of a `schema.lock`.
impl Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for entry in &self.entries {
            f.write_str("\n[[class]]\n")?;
            line(f, "realm", &string(&entry.realm))?;
            line(f, "class", &string(&entry.class))?;
            match &entry.version {
                Some(version) => write_version(f, entry, version)?,
                None => line(f, "removed", "true")?,
            }
            if !entry.allowed.is_empty() {
                f.write_str("allowed = [\n")?;
                for allowance in &entry.allowed {
                    writeln!(f, "    {{ {} }},", fields(allowance))?;
                }
                f.write_str("]\n")?;
            }
        }
        for (realm, Allowance { rule, at, reason }) in &self.pending {
            f.write_str("\n[[pending]]\n")?;
            line(f, "realm", &string(realm))?;
            line(f, "rule", &string(rule))?;
            line(f, "at", &string(at))?;
            line(f, "reason", &string(reason))?;
        }
        Ok(())
    }
}

fn write_version(f: &mut fmt::Formatter<'_>, entry: &Entry, class: &ClassDocument) -> fmt::Result {
    line(f, "fingerprint", &string(&class.fingerprint().to_string()))?;
    let place = &class.place;
    let place = [&place.data_source, &place.database, &place.collection].map(|name| string(name));
    line(f, "place", &format!("[{}]", place.join(", ")))?;
    if !class.asymmetric {
        line(f, "asymmetric", "false")?;
    }
    if let Some(options) = &class.time_series {
        line(f, "time_series", &json(&TimeSeries::to_json(options)))?;
    }
    let Value::Object(mut keywords) = class.schema.to_json_without_descriptions() else {
        return Err(fmt::Error);
    };
    // Said by the block already.
    keywords.retain(|keyword, value| keyword != "title" || *value != *entry.class);
    let properties = match keywords.get("properties") {
        Some(Value::Object(properties)) if !properties.is_empty() => keywords.remove("properties"),
        _ => None,
    };
    lines(f, "schema", keywords)?;
    for part in [("properties", properties), ("links", Some(class.relationships_to_json()))] {
        if let (name, Some(Value::Object(values))) = part {
            lines(f, name, values)?;
        }
    }
    Ok(())
}

/// A line for each value, sorted.
fn lines(
    f: &mut fmt::Formatter<'_>,
    table: &str,
    values: serde_json::Map<String, Value>,
) -> fmt::Result {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(|(a, _), (b, _)| a.cmp(b));
    values
        .iter()
        .try_for_each(|(name, value)| line(f, &format!("{table}.{}", key(name)), &json(value)))
}

fn line(f: &mut fmt::Formatter<'_>, key: &str, value: &str) -> fmt::Result {
    writeln!(f, "{key} = {value}")
}

fn fields(Allowance { rule, at, reason }: &Allowance) -> String {
    format!("rule = {}, at = {}, reason = {}", string(rule), string(at), string(reason))
}

/// JSON as a literal string, which needs no escapes, where it can be one.
fn json(value: &Value) -> String {
    let text = to_canonical_string(value);
    let literal = !text.contains(|c: char| c == '\'' || c.is_control());
    if literal { format!("'{text}'") } else { string(&text) }
}

/// A key that needs no quotes, or one in quotes.
fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { string(name) }
}

/// A basic string of TOML. What JSON escapes is what TOML escapes, and in the same way, but for DEL.
fn string(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
