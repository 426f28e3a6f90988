//! What is wrong with the configuration of an app.

use std::fmt;

/// One thing that is wrong: where it stands, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, by its path below the app directory.
    pub file: String,
    /// The key in the file, with dots between the levels; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, what, fix } = self;
        if key.is_empty() {
            write!(f, "{file}: {what}; {fix}")
        } else {
            write!(f, "{file}: `{key}`: {what}; {fix}")
        }
    }
}

/// An app that cannot be served. Tells everything that is wrong with it at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration of the app is not valid{}", listed(.0))]
pub struct ConfigError(pub Vec<Problem>);

fn listed(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
        text
    })
}

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn push(&mut self, file: &str, key: &str, what: String, fix: &str) {
        let (file, key, fix) = (file.to_owned(), key.to_owned(), fix.to_owned());
        self.0.push(Problem { file, key, what, fix });
    }

    /// `value`, if nothing was wrong.
    pub(super) fn none_or<T>(self, value: T) -> Result<T, ConfigError> {
        if self.0.is_empty() { Ok(value) } else { Err(ConfigError(self.0)) }
    }
}
