//! Patterns of properties, compiled when the first object is created.

use std::sync::OnceLock;

use asymmetric_schema::Pattern as Compiled;

use super::InvalidValue;

/// A pattern that a macro found to be valid.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Compiled>>,
}

impl Pattern {
    /// A pattern that is not compiled yet.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Checks `pattern`.
    ///
    /// A pattern that does not compile matches nothing: the macros refuse it long before.
    pub fn check(&self, value: Option<&str>) -> Result<(), InvalidValue> {
        let Some(value) = value else { return Ok(()) };
        let compiled = self.compiled.get_or_init(|| Compiled::new(self.text).ok());
        if compiled.as_ref().is_some_and(|pattern| pattern.is_match(value)) {
            Ok(())
        } else {
            Err(InvalidValue::new(value, format_args!("pattern = {:?}", self.text)))
        }
    }
}
