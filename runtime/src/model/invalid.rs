//! Values that cannot be stored: where, which, and the rule they break.

use std::fmt::{self, Write};

use asymmetric_schema::Shared;

/// Longest piece of a value that an error repeats, in characters.
///
/// Errors end up in logs: a megabyte of text that broke `max_length` must not.
const MAX_VALUE_CHARS: usize = 80;

/// A value that cannot be stored, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue(Box<Details>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    /// Names from the outermost property in, joined by dots; empty for the value itself.
    path: String,
    value: String,
    rule: String,
}

impl InvalidValue {
    /// A `value` that breaks `rule`.
    ///
    /// Long values are cut: errors go into logs.
    #[cold]
    pub fn new(value: impl fmt::Display, rule: impl fmt::Display) -> Self {
        let mut excerpt = Excerpt { text: String::new(), room: MAX_VALUE_CHARS };
        if write!(excerpt, "{value}").is_err() {
            excerpt.text.push('…');
        }
        Self(Box::new(Details { path: String::new(), value: excerpt.text, rule: rule.to_string() }))
    }

    /// The same value as a part of `step`: a property, or the position in a list.
    #[cold]
    #[must_use]
    pub fn within(mut self, step: &str) -> Self {
        let path = &mut self.0.path;
        if !path.is_empty() {
            path.insert(0, '.');
        }
        path.insert_str(0, step);
        self
    }

    /// Where the value is: persisted names and list positions joined by dots. Empty for the value
    /// that was encoded itself.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The value as text, cut if it is long.
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// The rule, as the attribute states it where there is one: `maximum = 150`.
    pub fn rule(&self) -> &str {
        &self.0.rule
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path().is_empty() {
            write!(f, "`{}`: ", self.path())?;
        }
        write!(f, "value `{}` breaks the rule `{}`", self.value(), self.rule())
    }
}

impl std::error::Error for InvalidValue {}

/// An object that cannot be stored: which class and property, which value, which rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{class}.{}`: value `{}` breaks the rule `{}`", .reason.path(), .reason.value(), .reason.rule())]
pub struct InvalidObject {
    class: Shared<str>,
    reason: InvalidValue,
}

impl InvalidObject {
    /// An object of the class with the title `class`, one of whose values is invalid.
    #[cold]
    pub fn new(class: Shared<str>, reason: InvalidValue) -> Self {
        Self { class, reason }
    }

    /// Title of the class.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Persisted name of the property; with dots where the value is inside of it.
    pub fn property(&self) -> &str {
        self.reason.path()
    }

    /// The value as text, cut if it is long.
    pub fn value(&self) -> &str {
        self.reason.value()
    }

    /// The rule, as the attribute states it where there is one: `maximum = 150`.
    pub fn rule(&self) -> &str {
        self.reason.rule()
    }
}

/// Text that takes no more than a number of characters.
struct Excerpt {
    text: String,
    room: usize,
}

impl Write for Excerpt {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        for character in piece.chars() {
            self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(character);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_class_path_value_and_rule() {
        let value = InvalidValue::new(-3.5, "minimum = 0").within("speed").within("gusts.2");
        assert_eq!(
            value.to_string(),
            "`gusts.2.speed`: value `-3.5` breaks the rule `minimum = 0`"
        );
        let object = InvalidObject::new(Shared::Static("Storm"), value);
        assert_eq!(
            object.to_string(),
            "`Storm.gusts.2.speed`: value `-3.5` breaks the rule `minimum = 0`"
        );
        assert_eq!(
            (object.class(), object.property(), object.value(), object.rule()),
            ("Storm", "gusts.2.speed", "-3.5", "minimum = 0")
        );
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let value = InvalidValue::new("ä".repeat(1_000), "max_length = 3");
        assert_eq!(value.value(), format!("{}…", "ä".repeat(MAX_VALUE_CHARS)));
        let value = InvalidValue::new("ä".repeat(MAX_VALUE_CHARS), "max_length = 3");
        assert_eq!(value.value(), "ä".repeat(MAX_VALUE_CHARS));
    }
}
