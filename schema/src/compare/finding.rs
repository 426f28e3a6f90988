//! What a rule is and what it finds.

use std::fmt;

use super::pair::{ClassPair, PropertyPair};

/// What a change does to programs in the field, from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Whatever programs built before write is still accepted and still means the same.
    Additive,
    /// Programs built before write objects that are refused now, or that mean something else.
    Breaking,
    /// Breaking, and what is stored already stays behind: the collection or the synchronisation
    /// starts anew.
    Destructive,
}

impl Verdict {
    /// The verdict in one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Breaking => "breaking",
            Self::Destructive => "destructive",
        }
    }

    /// Whether the change needs an allowance.
    #[must_use]
    pub const fn needs_allowance(self) -> bool {
        !matches!(self, Self::Additive)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One kind of change, and what it does.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, which allowances and messages use and which never changes.
    pub id: &'static str,
    /// What the change does to programs in the field.
    pub verdict: Verdict,
    /// What the change is and why it has its verdict, in whole sentences.
    pub meaning: &'static str,
    /// What to do instead, or what to do first.
    pub advice: &'static str,
    pub(super) find: Find,
}

/// How a rule looks at two versions: what it returns says what changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Find {
    Class(fn(&ClassPair<'_>) -> Option<String>),
    Property(fn(&PropertyPair<'_>) -> Option<String>),
}

/// A change that a rule found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Title of the class, or the path of the property below it: `Reading.wind.speed`. `[]` steps
    /// into a list, set or map.
    pub at: String,
    /// What changed.
    pub message: String,
}

impl Finding {
    /// Title of the class that the finding is about.
    #[must_use]
    pub fn class(&self) -> &str {
        self.at.split_once('.').map_or(&self.at, |(class, _)| class)
    }
}

impl PartialEq for Finding {
    fn eq(&self, other: &Self) -> bool {
        let key = |finding: &Self| (finding.rule.id, finding.at.clone(), finding.message.clone());
        key(self) == key(other)
    }
}

/// `type_changed at Reading.count: int became string`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.rule.id, self.at, self.message)
    }
}
