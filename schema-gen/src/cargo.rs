//! What a build script tells cargo, line by line on its standard output.

use std::{
    io::{self, Write},
    path::Path,
};

/// The conversation with cargo.
#[derive(Debug)]
pub(crate) struct Cargo<W> {
    out: W,
}

impl<W: Write> Cargo<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out }
    }

    /// Runs the build script again if the file changes or disappears.
    pub(crate) fn rerun_if_changed(&mut self, path: &Path) -> io::Result<()> {
        self.say("rerun-if-changed", &path.display().to_string())
    }

    /// Runs the build script again if the environment variable changes.
    pub(crate) fn rerun_if_env_changed(&mut self, variable: &str) -> io::Result<()> {
        self.say("rerun-if-env-changed", variable)
    }

    /// Sets an environment variable for the compiler, where it compiles the package itself.
    pub(crate) fn rustc_env(&mut self, variable: &str, value: &str) -> io::Result<()> {
        self.say("rustc-env", &format!("{variable}={value}"))
    }

    /// Shows a warning at every build, until the build script runs again.
    pub(crate) fn warning(&mut self, message: &str) -> io::Result<()> {
        self.say("warning", message)
    }

    /// Shows an error. The build fails.
    pub(crate) fn error(&mut self, message: &str) -> io::Result<()> {
        self.say("error", message)
    }

    /// A line break would end the instruction, and what follows could be another.
    fn say(&mut self, instruction: &str, value: &str) -> io::Result<()> {
        writeln!(self.out, "cargo::{instruction}={}", value.replace(['\n', '\r'], " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_instruction_whatever_it_holds() {
        let mut out = Vec::new();
        Cargo::new(&mut out).warning("one\ncargo::rustc-env=A=B").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "cargo::warning=one cargo::rustc-env=A=B\n");
    }
}
