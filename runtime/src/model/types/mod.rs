//! The types that can be properties without further ado.

mod binary;
mod collection;
mod date;
mod identifier;
mod map;
mod mixed;
mod number;
mod option;
mod text;

pub use text::encode as encode_text;
