//! Why the program failed, as a person reads it.

use std::{borrow::Cow, error::Error, fmt};

use anstyle::{AnsiColor, Style};

use crate::exit::Exit;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// An error, the exit status that goes with it, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: Box<dyn Error + Send + Sync>,
    hint: Option<Cow<'static, str>>,
}

/// Any error is a failure; those that own an exit status say so by [`Failure::new`].
impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(Exit::Failure, error)
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit, error: error.into(), hint: None }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Tells the person, on standard error.
    pub(crate) fn print(&self) {
        anstream::eprint!("{self}");
    }
}

/// In colour; `anstream` takes it out where nobody can see it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{ERROR}error:{ERROR:#} {}", self.error)?;
        let mut cause = self.error.source();
        while let Some(error) = cause {
            writeln!(f, "  caused by: {error}")?;
            cause = error.source();
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "{HINT}hint:{HINT:#} {hint}")?;
        }
        Ok(())
    }
}

/// Tells the person what to do about something that is no error.
pub(crate) fn hint(hint: &str) {
    anstream::eprintln!("{HINT}hint:{HINT:#} {hint}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn causes_and_hint_follow_the_message() {
        let error = asymmetric_schema_gen::Error::Output(io::Error::other("disk on fire"));
        let failure = Failure::from(error).hint("put it out");
        assert_eq!(failure.exit(), Exit::Failure);
        let plain = anstream::adapter::strip_str(&failure.to_string()).to_string();
        assert_eq!(
            plain,
            "error: cannot write to standard output\n  caused by: disk on fire\nhint: put it out\n"
        );
    }
}
