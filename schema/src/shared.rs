//! A value that was compiled in, or read at run time.

use std::{fmt, ops::Deref, sync::Arc};

/// A reference to a part of a schema: `'static` when the macros made it, counted when it was read
/// from a file. Both kinds compare by value and clone without copying what they point to.
pub enum Shared<T: ?Sized + 'static> {
    /// Compiled into the program.
    Static(&'static T),
    /// Made at run time.
    Counted(Arc<T>),
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Counted(value) => value,
        }
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(value) => Self::Static(value),
            Self::Counted(value) => Self::Counted(Arc::clone(value)),
        }
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Shared<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl From<String> for Shared<str> {
    fn from(value: String) -> Self {
        Self::Counted(value.into())
    }
}

impl<T> From<Vec<T>> for Shared<[T]> {
    fn from(value: Vec<T>) -> Self {
        Self::Counted(value.into())
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::Counted(Arc::new(value))
    }
}

/// Puts `value` in `place` in a `const`, where nothing may be dropped.
///
/// What it replaces is forgotten: the builders only ever replace parts that own nothing, as long
/// as they start from their `new`.
pub(crate) const fn set<T>(place: &mut T, value: T) {
    std::mem::forget(std::mem::replace(place, value));
}
