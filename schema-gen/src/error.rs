//! Why an export failed.

use std::{fmt, io, path::PathBuf};

/// The result of an export.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An export that failed.
///
/// `Debug` prints the message and its causes: it is what Rust prints of an error that the `main` of
/// a build script returns.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program was not started by cargo as a build script.
    #[error("the variable `{variable}` is not set: schemas are exported by a build script")]
    NotABuildScript {
        /// What cargo would have set.
        variable: &'static str,
    },
    /// A name that cannot be a folder of the app directory.
    #[error("class `{class}`: the {part} `{name}` cannot be the name of a folder: {problem}")]
    UnsafeName {
        /// Title of the class.
        class: String,
        /// What is named.
        part: NamePart,
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// Two classes whose objects land in one collection.
    #[error(
        "the classes `{first}` and `{second}` both land in `{collection}`: give one of them \
         another `collection`"
    )]
    SameCollection {
        /// Title of the class declared first.
        first: String,
        /// Title of the other.
        second: String,
        /// Data source, database and collection.
        collection: String,
    },
    /// Two folders that are one where names of files ignore case, as on Windows and macOS.
    #[error(
        "the classes `{first}` and `{second}`: `{first_path}` and `{second_path}` differ only in \
         case, and are one folder on some systems"
    )]
    SameButForCase {
        /// Title of the class declared first.
        first: String,
        /// Its folder.
        first_path: String,
        /// Title of the other.
        second: String,
        /// Its folder.
        second_path: String,
    },
    /// A file could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The variable that says what an export does says nothing known.
    #[error("the variable `{variable}` is `{value}`: it can be `check` or `report`")]
    UnknownMode {
        /// The variable.
        variable: &'static str,
        /// What it says.
        value: String,
    },
    /// Files of the app directory are not what the models say, and may not be written now.
    #[error(
        "{count} exported file(s) in `{}` are not what the models say: run `{command}` and commit \
         what it writes", directory.display()
    )]
    Outdated {
        /// The app directory.
        directory: PathBuf,
        /// How many files.
        count: usize,
        /// What brings them up to date.
        command: String,
    },
    /// The schema lock lacks the models as they are, and may not be written now.
    #[error(
        "`{}` does not know the models as they are: run `{command}` and commit what it writes",
        path.display()
    )]
    LockOutdated {
        /// The lock.
        path: PathBuf,
        /// What brings it up to date.
        command: String,
    },
    /// The models changed in a way that is neither additive nor allowed.
    #[error(
        "`{}` refuses {count} change(s): undo them, or allow each with a reason: `asymmetric schema \
         breaking --allow {example} --reason \"…\"`; `asymmetric schema explain RULE` says more",
        path.display()
    )]
    Refused {
        /// The lock.
        path: PathBuf,
        /// How many changes.
        count: usize,
        /// The first of them, as it is allowed.
        example: String,
    },
    /// A path in an app that would be written outside its directory.
    #[error("`{path}` cannot be written: {problem}")]
    UnsafePath {
        /// The path.
        path: String,
        /// What is wrong with a part of it.
        problem: NameProblem,
    },
    /// A file of an app is no JSON.
    #[error("`{path}` is no JSON: {reason}")]
    InvalidJson {
        /// Path in the app directory.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A file of an app is no schema.
    #[error("`{path}` is no schema")]
    InvalidSchema {
        /// Path in the app directory.
        path: String,
        /// Why not.
        source: asymmetric_schema::DocumentError,
    },
    /// A file is no schema lock.
    #[error("`{}`", path.display())]
    InvalidLock {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: asymmetric_schema::LockError,
    },
    /// What was to be read as the report of an export is none.
    #[error("`{}` is not the report of an export; build the package again", path.display())]
    InvalidReport {
        /// The file.
        path: PathBuf,
    },
    /// Cargo does not listen to the build script.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// A part of the address of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NamePart {
    /// The App Services data source.
    DataSource,
    /// The MongoDB database.
    Database,
    /// The MongoDB collection.
    Collection,
    /// The class.
    Title,
}

impl fmt::Display for NamePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataSource => "data source",
            Self::Database => "database",
            Self::Collection => "collection",
            Self::Title => "title",
        })
    }
}

/// Why a name cannot be the name of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameProblem {
    /// It has no characters.
    Empty,
    /// It is `.` or `..`, which name other folders.
    Relative,
    /// It holds a character that separates folders, or a control character.
    Character(char),
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Relative => f.write_str("it means another folder"),
            Self::Character(character) => write!(f, "it holds {character:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_the_message_and_its_causes() {
        let error = Error::Write { path: "a/b".into(), source: io::Error::other("disk on fire") };
        assert_eq!(format!("{error:?}"), "cannot write `a/b`: disk on fire");
    }
}
