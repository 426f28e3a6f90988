//! JSON or extended JSON, in and out.
//!
//! Extended JSON is understood in requests of both content types: clients write `$oid` under
//! `application/json`, too, and there is nothing else that it could mean.

use axum::http::{HeaderMap, header};
use bson::Bson;
use serde_json::{Map, Number, Value, json};

use crate::ejson;

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Types of BSON become the nearest of JSON.
    Json,
    /// Every type is told.
    Extended,
}

impl Format {
    /// What a request accepts; what the app says, if the request does not.
    pub(crate) fn of(headers: &HeaderMap, return_type: &str) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let accept = accept.unwrap_or_default();
        if accept.contains("application/ejson") {
            Self::Extended
        } else if accept.contains("application/json") {
            Self::Json
        } else if return_type.eq_ignore_ascii_case("EJSON") {
            Self::Extended
        } else {
            Self::Json
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Extended => "application/ejson",
        }
    }

    pub(crate) fn write(self, value: Bson) -> Value {
        match self {
            Self::Json => plain(value),
            Self::Extended => ejson::canonical(value),
        }
    }
}

/// Whether the content type of a request is one of these two. One that says nothing sends JSON.
pub(crate) fn accepted(headers: &HeaderMap) -> Result<(), String> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let value = value.to_str().unwrap_or_default();
    let kind = value.split(';').next().unwrap_or_default().trim();
    let known = ["application/json", "application/ejson"];
    if known.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        Ok(())
    } else {
        Err(value.to_owned())
    }
}

fn plain(value: Bson) -> Value {
    match value {
        Bson::Double(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        Bson::Int32(value) => value.into(),
        Bson::Int64(value) => value.into(),
        Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text) => text.into(),
        Bson::Boolean(value) => value.into(),
        Bson::Null | Bson::Undefined => Value::Null,
        Bson::ObjectId(id) => id.to_hex().into(),
        Bson::Decimal128(value) => value.to_string().into(),
        Bson::DateTime(time) => {
            time.try_to_rfc3339_string().map_or(Value::Null, |text| with_milliseconds(&text).into())
        }
        Bson::Array(values) => values.into_iter().map(plain).collect(),
        Bson::Document(document) => {
            let fields = document.into_iter().map(|(key, value)| (key, plain(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Bson::Binary(binary) => {
            // Extended JSON has the same Base64.
            let subtype = u8::from(binary.subtype);
            let extended = Bson::Binary(binary).into_canonical_extjson();
            let data = extended.pointer("/$binary/base64").cloned().unwrap_or_default();
            json!({ "Subtype": subtype, "Data": data })
        }
        Bson::RegularExpression(regex) => {
            json!({ "Pattern": regex.pattern.as_str(), "Options": regex.options.as_str() })
        }
        Bson::Timestamp(time) => json!({ "T": time.time, "I": time.increment }),
        Bson::MinKey | Bson::MaxKey => json!({}),
        other => other.into_relaxed_extjson(),
    }
}

/// Always with three digits behind the second.
fn with_milliseconds(text: &str) -> String {
    let Some(rest) = text.strip_suffix('Z') else { return text.to_owned() };
    let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    format!("{seconds}.{fraction:0<3}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, doc, oid::ObjectId};

    #[test]
    fn types_of_bson_become_the_nearest_of_json() {
        let id = ObjectId::parse_str("65f0c0ffee00000000000051").unwrap();
        let document = doc! {
            "id": id, "int": 1, "long": 2_i64, "double": 1.5, "nan": f64::NAN,
            "decimal": "1.10".parse::<bson::Decimal128>().unwrap(),
            "date": DateTime::from_millis(1_700_000_000_120),
            "whole": DateTime::from_millis(1_700_000_000_000),
            "binary": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] },
            "time": bson::Timestamp { time: 5, increment: 6 },
            "list": [null, true], "max": Bson::MaxKey,
        };
        let expected = json!({
            "id": "65f0c0ffee00000000000051", "int": 1, "long": 2, "double": 1.5, "nan": null,
            "decimal": "1.10", "date": "2023-11-14T22:13:20.120Z",
            "whole": "2023-11-14T22:13:20.000Z",
            "binary": { "Subtype": 0, "Data": "AQI=" }, "time": { "T": 5, "I": 6 },
            "list": [null, true], "max": {},
        });
        assert_eq!(Format::Json.write(document.into()), expected);
        let extended = Format::Extended.write(doc! { "n": 1 }.into());
        assert_eq!(extended, json!({ "n": { "$numberInt": "1" } }));
    }

    #[test]
    fn the_request_decides_and_the_app_where_it_does_not() {
        let of = |accept: Option<&str>, app: &str| {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            Format::of(&headers, app)
        };
        assert_eq!(of(Some("application/ejson"), "JSON"), Format::Extended);
        assert_eq!(of(Some("application/json, text/plain, */*"), "EJSON"), Format::Json);
        assert_eq!(of(Some("*/*"), "EJSON"), Format::Extended);
        assert_eq!(of(None, "JSON"), Format::Json);
    }
}
