//! What is wrong with a document.

use std::fmt;

/// Most violations that are told of one document.
const MAX_VIOLATIONS: usize = 10;

/// All that was found wrong with one document; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// The violations in the order of the document, at most ten.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }
}

/// All of them in one line.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where: names and positions of elements with dots in between; empty for the document itself.
    pub path: String,
    /// Which rule is broken, in the word of App Services.
    pub code: ViolationCode,
    /// What the value must be, for people: a fragment that fits behind the path.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, code, message } = self;
        if path.is_empty() {
            write!(f, "the document {message} ({code})")
        } else {
            write!(f, "`{path}` {message} ({code})")
        }
    }
}

macro_rules! codes {
    ($($(#[$docs:meta])* $variant:ident = $word:literal),+ $(,)?) => {
        /// Which rule is broken. The words are those of App Services.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ViolationCode { $($(#[$docs])* $variant),+ }

        impl ViolationCode {
            /// The word of App Services.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

codes! {
    /// Nothing is allowed there.
    False = "false",
    /// A property is missing.
    Required = "required",
    /// The value is of another type.
    InvalidType = "invalid_type",
    /// Two elements are equal.
    Unique = "unique",
    /// A property calls for another one, which is missing.
    MissingDependency = "missing_dependency",
    /// The bytes cannot be read.
    Internal = "internal",
    /// The value is not the only one that is allowed.
    Const = "const",
    /// The value is none of those that are allowed.
    Enum = "enum",
    /// None of the alternatives fits.
    AnyOf = "number_any_of",
    /// Not exactly one of the alternatives fits.
    OneOf = "number_one_of",
    /// Not all of the schemas fit.
    AllOf = "number_all_of",
    /// A schema fits that must not.
    Not = "number_not",
    /// Below `minimum`.
    Minimum = "number_gte",
    /// Not above an exclusive `minimum`.
    ExclusiveMinimum = "number_gt",
    /// Above `maximum`.
    Maximum = "number_lte",
    /// Not below an exclusive `maximum`.
    ExclusiveMaximum = "number_lt",
    /// No multiple of `multipleOf`.
    MultipleOf = "multiple_of",
    /// More elements than `items` describes.
    AdditionalItems = "array_no_additional_items",
    /// Fewer elements than `minItems`.
    MinItems = "array_min_items",
    /// More elements than `maxItems`.
    MaxItems = "array_max_items",
    /// No element is what `contains` asks for.
    Contains = "contains",
    /// Fewer properties than `minProperties`.
    MinProperties = "array_min_properties",
    /// More properties than `maxProperties`.
    MaxProperties = "array_max_properties",
    /// A property that the schema does not know and does not allow.
    AdditionalProperty = "additional_property_not_allowed",
    /// A property whose name is not what `propertyNames` asks for.
    PropertyName = "invalid_property_name",
    /// Shorter than `minLength`.
    MinLength = "string_gte",
    /// Longer than `maxLength`.
    MaxLength = "string_lte",
    /// `pattern` matches nowhere.
    Pattern = "pattern",
    /// `if` fits and `then` does not.
    Then = "condition_then",
    /// Neither `if` nor `else` fits.
    Else = "condition_else",
}

impl fmt::Display for ViolationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The way to a value, on the stack. Written out only for a violation.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Name(&'a Path<'a>, &'a str),
    Position(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = match self {
            Self::Root => return Ok(()),
            Self::Name(parent, _) | Self::Position(parent, _) => *parent,
        };
        if !matches!(parent, Self::Root) {
            write!(f, "{parent}.")?;
        }
        match self {
            Self::Root => Ok(()),
            Self::Name(_, name) => f.write_str(name),
            Self::Position(_, position) => position.fmt(f),
        }
    }
}

/// Collects violations, or only whether there is one.
pub(super) enum Found {
    /// Every one, up to a limit.
    All(Vec<Violation>),
    /// Only whether there is one: for the alternatives of `anyOf` and the like.
    Any(bool),
}

impl Found {
    pub(super) const fn all() -> Self {
        Self::All(Vec::new())
    }

    pub(super) const fn any() -> Self {
        Self::Any(false)
    }

    pub(super) fn add(
        &mut self,
        at: &Path<'_>,
        code: ViolationCode,
        message: impl FnOnce() -> String,
    ) {
        match self {
            Self::All(violations) if violations.len() < MAX_VIOLATIONS => {
                violations.push(Violation { path: at.to_string(), code, message: message() });
            }
            Self::All(_) => {}
            Self::Any(found) => *found = true,
        }
    }

    /// Whether looking further would change nothing.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::All(violations) => violations.len() >= MAX_VIOLATIONS,
            Self::Any(found) => *found,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::All(violations) => violations.is_empty(),
            Self::Any(found) => !found,
        }
    }

    pub(super) fn into_result(self) -> Result<(), Violations> {
        match self {
            Self::All(violations) if !violations.is_empty() => Err(Violations(violations)),
            _ => Ok(()),
        }
    }
}
