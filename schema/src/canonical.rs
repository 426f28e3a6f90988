//! JSON text that is the same for equal values.
//!
//! Keys are sorted here rather than left to `serde_json`, whose map keeps insertion order as soon
//! as any crate of the program asks for that.

use serde_json::Value;

/// The canonical form: sorted keys, no white space. The bytes that fingerprints are taken of.
#[must_use]
pub fn to_canonical_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

/// Sorted keys and four spaces of indentation, ending in a newline: what the App Services CLI
/// writes into an app directory.
#[must_use]
pub fn to_pretty_string(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, depth: Option<usize>, out: &mut String) {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| (None, item));
            container('[', items, ']', depth, out);
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (Some(k.as_str()), v)).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            container('{', entries.into_iter(), '}', depth, out);
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn container<'a>(
    open: char,
    entries: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    close: char,
    depth: Option<usize>,
    out: &mut String,
) {
    let inner = depth.map(|depth| depth + 1);
    let mut empty = true;
    out.push(open);
    for (key, value) in entries {
        if !std::mem::replace(&mut empty, false) {
            out.push(',');
        }
        new_line(inner, out);
        if let Some(key) = key {
            out.push_str(&Value::from(key).to_string());
            out.push_str(if inner.is_some() { ": " } else { ":" });
        }
        write(value, inner, out);
    }
    if !empty {
        new_line(depth, out);
    }
    out.push(close);
}

fn new_line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_form_sorts_keys_and_drops_white_space() {
        let value = json!({"b": [1, {"z": null, "a": "x\"y"}], "a": {}});
        assert_eq!(to_canonical_string(&value), r#"{"a":{},"b":[1,{"a":"x\"y","z":null}]}"#);
    }

    #[test]
    fn pretty_form_is_what_the_app_services_cli_writes() {
        let value = json!({"title": "T", "required": ["_id"], "properties": {}});
        assert_eq!(
            to_pretty_string(&value),
            "{\n    \"properties\": {},\n    \"required\": [\n        \"_id\"\n    ],\n    \"title\": \"T\"\n}\n"
        );
    }
}
