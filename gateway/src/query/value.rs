//! Values in documents that are held decoded.

use bson::{Bson, Document};

/// The value at a path, as expressions see it: through an array it is the array of what its
/// documents have there.
pub(super) fn at(document: &Document, path: &[String]) -> Option<Bson> {
    let (first, rest) = path.split_first()?;
    below(document.get(first)?, rest)
}

fn below(value: &Bson, path: &[String]) -> Option<Bson> {
    if path.is_empty() {
        return Some(value.clone());
    }
    match value {
        Bson::Document(document) => at(document, path),
        Bson::Array(values) => {
            let documents = values.iter().filter_map(Bson::as_document);
            Some(Bson::Array(documents.filter_map(|document| at(document, path)).collect()))
        }
        _ => None,
    }
}

/// Puts a value at a path, or takes away what is there. Through an array it is put into each of its
/// elements; what stands in the way becomes a document.
pub(super) fn put(document: &mut Document, path: &[String], value: Option<Bson>) {
    let Some((first, rest)) = path.split_first() else { return };
    match (rest.is_empty(), value) {
        (true, Some(value)) => {
            document.insert(first, value);
        }
        (true, None) => {
            document.remove(first);
        }
        (false, value) => {
            if value.is_some() {
                put_below(document.entry(first.clone()).or_insert(Bson::Null), rest, value);
            } else if let Some(inner) = document.get_mut(first) {
                take_below(inner, rest);
            }
        }
    }
}

fn put_below(place: &mut Bson, path: &[String], value: Option<Bson>) {
    match place {
        Bson::Document(document) => put(document, path, value),
        Bson::Array(values) => {
            for element in values {
                put_below(element, path, value.clone());
            }
        }
        other => {
            let mut made = Document::new();
            put(&mut made, path, value);
            *other = made.into();
        }
    }
}

fn take_below(place: &mut Bson, path: &[String]) {
    match place {
        Bson::Document(document) => put(document, path, None),
        Bson::Array(values) => values.iter_mut().for_each(|element| take_below(element, path)),
        _ => {}
    }
}

/// What counts as true: everything but false, zero, null and what is not there.
pub(super) fn is_true(value: Option<&Bson>) -> bool {
    match value {
        None | Some(Bson::Null | Bson::Undefined | Bson::Boolean(false)) => false,
        Some(Bson::Int32(number)) => *number != 0,
        Some(Bson::Int64(number)) => *number != 0,
        Some(Bson::Double(number)) => *number != 0.0,
        Some(_) => true,
    }
}

/// A number without a fraction.
pub(super) fn whole(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(value) => Some((*value).into()),
        Bson::Int64(value) => Some(*value),
        #[expect(clippy::cast_possible_truncation, reason = "a number without a fraction")]
        Bson::Double(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(*value as i64),
        _ => None,
    }
}

/// How much memory a value takes, about.
pub(super) fn weight(value: &Bson) -> usize {
    let inner = match value {
        Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text) => text.len(),
        Bson::Binary(binary) => binary.bytes.len(),
        Bson::Array(values) => values.iter().map(weight).sum(),
        Bson::Document(document) => weight_of(document),
        _ => 0,
    };
    size_of::<Bson>() + inner
}

/// The same for a document.
pub(super) fn weight_of(document: &Document) -> usize {
    /// What a map keeps of an entry besides its name and value.
    const ENTRY: usize = 32;
    document.iter().map(|(name, value)| ENTRY + name.len() + weight(value)).sum()
}
