//! Regular expressions, the same ones on the device and in the gateway.

use std::fmt;

/// The compiled form of [`Constraints::pattern`](crate::Constraints::pattern).
///
/// A pattern matches anywhere in a string unless it is anchored. `\d`, `\s`, `\w` and `(?i)` are
/// about ASCII, as they are to MongoDB; there are neither look-around nor back-references, so that
/// matching takes time in proportion to the text.
///
/// ```
/// let pattern = asymmetric_schema::Pattern::new("^K[A-Z]{3}$")?;
/// assert!(pattern.is_match("KJFK"));
/// assert!(!pattern.is_match("KJFK "));
/// # Ok::<(), asymmetric_schema::InvalidPattern>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pattern(regex_lite::Regex);

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// The text is no regular expression, or one that needs look-around or back-references.
    pub fn new(pattern: &str) -> Result<Self, InvalidPattern> {
        match regex_lite::Regex::new(pattern) {
            Ok(regex) => Ok(Self(regex)),
            Err(error) => Err(InvalidPattern { reason: error.to_string() }),
        }
    }

    /// Whether the pattern matches somewhere in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The text is no regular expression that a [`Pattern`] can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPattern {
    reason: String,
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for InvalidPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_ascii_and_anchors_are_strict() {
        let digits = Pattern::new(r"^\d+$").unwrap();
        assert!(digits.is_match("123"));
        assert!(!digits.is_match("\u{661}\u{662}"), "Arabic digits are no ASCII digits");
        assert!(!digits.is_match("123\n"));
        assert!(Pattern::new("b").unwrap().is_match("abc"), "matches anywhere");
    }

    #[test]
    fn what_cannot_be_matched_in_linear_time_is_refused() {
        for pattern in ["(", r"(a)\1", "(?=a)", "a{2,1}"] {
            let error = Pattern::new(pattern).expect_err(pattern);
            assert!(!error.to_string().is_empty());
        }
    }
}
