//! The macros report what they refuse; they never panic, whatever tokens they are given.
//!
//! A procedural macro can be called by the compiler alone, so its modules are included here, all but
//! the root. Most bytes stand for a piece that the macros look at, so that few are wasted on text
//! that does not even lex.

#![no_main]

#[path = "../../macros/src/attr/mod.rs"]
mod attr;
#[path = "../../macros/src/case.rs"]
mod case;
#[path = "../../macros/src/checked/mod.rs"]
mod checked;
#[path = "../../macros/src/crate_path.rs"]
mod crate_path;
#[path = "../../macros/src/derive/mod.rs"]
mod derive;
#[path = "../../macros/src/expand/mod.rs"]
mod expand;
#[path = "../../macros/src/fallback.rs"]
mod fallback;
#[path = "../../macros/src/input.rs"]
mod input;
#[path = "../../macros/src/names.rs"]
mod names;
#[path = "../../macros/src/tests/pieces.rs"]
mod pieces;
#[path = "../../macros/src/realm.rs"]
mod realm;
#[path = "../../macros/src/sink.rs"]
mod sink;
#[path = "../../macros/src/suggest.rs"]
mod suggest;
#[path = "../../macros/src/types.rs"]
mod types;

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

use self::{input::Kind, pieces::PIECES};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, rest)) = bytes.split_first() else { return };
    // A byte that is the end of one text and the start of the next.
    let mut texts = rest.split(|byte| *byte == u8::MAX).map(text);
    let mut next = || texts.next().unwrap_or_default();
    match choice % 6 {
        0 => class(Kind::Asymmetric, &next(), &in_a_struct(&next(), &next(), &next())),
        1 => class(Kind::Embedded, &next(), &in_a_struct(&next(), &next(), &next())),
        2 => class(Kind::Asymmetric, &next(), &next()),
        3 => emit(&next(), realm::expand),
        4 => emit(&next(), derive::newtype::expand),
        _ => emit(&next(), derive::property_enum::expand),
    }
});

/// The pieces that the bytes stand for. Bytes that stand for none are characters.
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match PIECES.get(usize::from(*byte)) {
            Some(piece) => {
                text.push_str(piece);
                text.push(' ');
            }
            None => text.push(char::from(byte & 0x7F)),
        }
    }
    text
}

/// A struct whose attributes and types are these texts.
fn in_a_struct(first: &str, second: &str, ty: &str) -> String {
    format!(
        "/// A reading.\npub struct Reading<'a> {{ #[asymmetric(primary_key, {first})] id: ObjectId, \
         #[asymmetric({second})] value: {ty}, other: &'a str }}"
    )
}

fn class(kind: Kind, attribute: &str, item: &str) {
    let (Ok(attribute), Ok(item)) = (attribute.parse(), item.parse::<TokenStream>()) else {
        return;
    };
    let expansion = expand::class(kind, attribute, &item);
    assert!(item.is_empty() || !expansion.is_empty(), "the item at least is emitted");
}

fn emit(text: &str, expand: fn(TokenStream) -> TokenStream) {
    if let Ok(tokens) = text.parse() {
        assert!(!expand(tokens).is_empty(), "nothing was reported, and nothing generated");
    }
}
