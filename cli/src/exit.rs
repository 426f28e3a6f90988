//! What the exit status means. A number keeps its meaning for ever: scripts depend on it.

use std::process::ExitCode;

/// The outcome of the program.
///
/// | status | meaning |
/// |---|---|
/// | 0 | it worked |
/// | 1 | it failed |
/// | 2 | what was compared differs |
/// | 3 | the package of the user does not build |
/// | 4 | the package of the user exports no schemas |
/// | 5 | the file of a realm is damaged |
/// | 6 | the file of a realm is in use |
/// | 64 | the arguments are wrong |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Success = 0,
    Failure = 1,
    Differs = 2,
    DoesNotBuild = 3,
    NothingExported = 4,
    Damaged = 5,
    InUse = 6,
    Usage = 64,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}
