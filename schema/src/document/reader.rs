//! Taking a JSON object apart, keyword by keyword.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};

use super::{DocumentError, DocumentProblem};

/// A JSON object some of whose keywords were taken out, and where it stands in the document.
pub(super) struct Reader {
    pointer: String,
    left: Map<String, Value>,
}

impl Reader {
    pub(super) fn new(pointer: &str, value: Value) -> Result<Self, DocumentError> {
        match value {
            Value::Object(left) => Ok(Self { pointer: pointer.to_owned(), left }),
            other => Err(expected(pointer, "an object", &other)),
        }
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What nobody took.
    pub(super) fn rest(self) -> BTreeMap<String, Value> {
        self.left.into_iter().collect()
    }

    pub(super) fn take(&mut self, keyword: &str) -> Option<Value> {
        self.left.remove(keyword)
    }

    pub(super) fn string(
        &mut self,
        keyword: &'static str,
    ) -> Result<Option<String>, DocumentError> {
        self.taken(keyword, "a string", |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    pub(super) fn bool(&mut self, keyword: &'static str) -> Result<Option<bool>, DocumentError> {
        self.taken(keyword, "true or false", |value| value.as_bool().ok_or(value))
    }

    pub(super) fn number(
        &mut self,
        keyword: &'static str,
    ) -> Result<Option<Number>, DocumentError> {
        self.taken(keyword, "a number", |value| match value {
            Value::Number(number) => Ok(number),
            other => Err(other),
        })
    }

    pub(super) fn array(
        &mut self,
        keyword: &'static str,
    ) -> Result<Option<Vec<Value>>, DocumentError> {
        self.taken(keyword, "an array", |value| match value {
            Value::Array(values) => Ok(values),
            other => Err(other),
        })
    }

    pub(super) fn strings(
        &mut self,
        keyword: &'static str,
    ) -> Result<Option<Vec<String>>, DocumentError> {
        let Some(values) = self.array(keyword)? else { return Ok(None) };
        let strings = values.into_iter().enumerate().map(|(index, value)| match value {
            Value::String(text) => Ok(text),
            other => Err(expected(&self.below(&format!("{keyword}/{index}")), "a string", &other)),
        });
        strings.collect::<Result<_, _>>().map(Some)
    }

    /// An object whose values are read one by one.
    pub(super) fn objects<T>(
        &mut self,
        keyword: &'static str,
        read: impl Fn(&str, Value) -> Result<T, DocumentError>,
    ) -> Result<Option<BTreeMap<String, T>>, DocumentError> {
        let Some(value) = self.take(keyword) else { return Ok(None) };
        read_map(&self.below(keyword), value, read).map(Some)
    }

    pub(super) fn below(&self, keyword: &str) -> String {
        format!("{}/{keyword}", self.pointer)
    }

    fn taken<T>(
        &mut self,
        keyword: &'static str,
        wanted: &'static str,
        convert: impl Fn(Value) -> Result<T, Value>,
    ) -> Result<Option<T>, DocumentError> {
        let Some(value) = self.take(keyword) else { return Ok(None) };
        convert(value).map(Some).map_err(|other| expected(&self.below(keyword), wanted, &other))
    }
}

/// Reads every value of an object.
pub(super) fn read_map<T>(
    pointer: &str,
    value: Value,
    read: impl Fn(&str, Value) -> Result<T, DocumentError>,
) -> Result<BTreeMap<String, T>, DocumentError> {
    let Value::Object(entries) = value else { return Err(expected(pointer, "an object", &value)) };
    entries
        .into_iter()
        .map(|(key, value)| {
            let escaped = key.replace('~', "~0").replace('/', "~1");
            let value = read(&format!("{pointer}/{escaped}"), value)?;
            Ok((key, value))
        })
        .collect()
}

pub(super) fn expected(pointer: &str, wanted: &'static str, found: &Value) -> DocumentError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    DocumentError { pointer: pointer.to_owned(), problem: DocumentProblem::Expected(wanted, found) }
}
