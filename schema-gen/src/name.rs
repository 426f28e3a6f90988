//! Names that are safe as a folder on every system.

use crate::NameProblem;

/// What keeps `name` from being the name of a folder.
///
/// A name that came from elsewhere must not lead out of the app directory. Names that are only
/// inconvenient on some system are left to that system.
pub(crate) fn problem(name: &str) -> Option<NameProblem> {
    if name.is_empty() {
        return Some(NameProblem::Empty);
    }
    if name == "." || name == ".." {
        return Some(NameProblem::Relative);
    }
    name.chars().find(|&c| matches!(c, '/' | '\\') || c.is_control()).map(NameProblem::Character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_found() {
        assert_eq!(problem(""), Some(NameProblem::Empty));
        assert_eq!(problem("."), Some(NameProblem::Relative));
        assert_eq!(problem(".."), Some(NameProblem::Relative));
        assert_eq!(problem("a/b"), Some(NameProblem::Character('/')));
        assert_eq!(problem("..\\b"), Some(NameProblem::Character('\\')));
        assert_eq!(problem("a\0"), Some(NameProblem::Character('\0')));
        assert_eq!(problem("a\nb"), Some(NameProblem::Character('\n')));
    }

    #[test]
    fn what_mongodb_allows_otherwise_is_allowed() {
        for name in ["readings", "events.v1", "system of 2013", "Größe", "..."] {
            assert_eq!(problem(name), None, "{name}");
        }
    }
}
