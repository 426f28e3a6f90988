//! JSON out of bytes: most of them stand for a piece that means something, so that few are wasted on
//! text that does not even parse.

use serde_json::{Map, Value, json};

/// Deepest nesting.
const MAX_DEPTH: usize = 12;

/// The next value that the bytes stand for, with these texts among it.
pub fn value(bytes: &mut &[u8], texts: &[&str]) -> Value {
    at(bytes, texts, 0)
}

fn at(bytes: &mut &[u8], texts: &[&str], depth: usize) -> Value {
    let choice = next(bytes);
    let length = usize::from(choice / 16 % 4);
    match choice % 16 {
        0..=5 if depth < MAX_DEPTH => {
            let fields = (0..length.max(1)).map(|_| (text(bytes, texts), at(bytes, texts, depth + 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        6 | 7 if depth < MAX_DEPTH => (0..length).map(|_| at(bytes, texts, depth + 1)).collect(),
        8 => Value::Null,
        9 => (choice >= 128).into(),
        10 => i64::from(next(bytes).cast_signed()).into(),
        11 => json!(f64::from(next(bytes)) / 4.0 - 16.0),
        12 => {
            let mut number = [0; 8];
            number.iter_mut().for_each(|byte| *byte = next(bytes));
            u64::from_le_bytes(number).into()
        }
        _ => text(bytes, texts).into(),
    }
}

fn text(bytes: &mut &[u8], texts: &[&str]) -> String {
    match texts.get(usize::from(next(bytes))) {
        Some(text) => (*text).to_owned(),
        None => {
            let length = usize::from(next(bytes) % 16).min(bytes.len());
            let (letters, rest) = bytes.split_at(length);
            *bytes = rest;
            String::from_utf8_lossy(letters).into_owned()
        }
    }
}

/// The next byte; zeros once there is none.
pub fn next(bytes: &mut &[u8]) -> u8 {
    match bytes.split_first() {
        Some((first, rest)) => {
            *bytes = rest;
            *first
        }
        None => 0,
    }
}
