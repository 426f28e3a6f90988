//! Names of databases and collections, checked by MongoDB's rules.

use std::fmt;

/// Database in which a gateway keeps what it must not forget: users, sessions, settings.
pub(crate) const SYSTEM_DATABASE: &str = "__asymmetric";

/// Longest database name, in bytes.
const MAX_DATABASE_BYTES: usize = 63;
/// Longest database and collection name together with the dot between them, in bytes.
const MAX_NAMESPACE_BYTES: usize = 255;
/// Bytes that no platform allows in the name of a database, and the dot, which ends it.
const FORBIDDEN_IN_DATABASE: &[char] =
    &['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?', '\0'];
/// Databases of the server itself.
const SERVER_DATABASES: [&str; 3] = ["admin", "local", "config"];

/// A collection: the name of its database and its own.
///
/// Both names are such that MongoDB accepts them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace {
    database: Box<str>,
    collection: Box<str>,
}

impl Namespace {
    /// The collection of this name, if MongoDB allows such names.
    pub fn new(database: &str, collection: &str) -> Result<Self, NamespaceError> {
        let invalid_database = database.is_empty()
            || database.len() > MAX_DATABASE_BYTES
            || database.contains(FORBIDDEN_IN_DATABASE);
        if invalid_database {
            return Err(NamespaceError::Database(database.to_owned()));
        }
        let invalid_collection = collection.is_empty()
            || collection.starts_with('.')
            || collection.ends_with('.')
            || collection.contains(['$', '\0'])
            || database.len() + 1 + collection.len() > MAX_NAMESPACE_BYTES;
        if invalid_collection {
            return Err(NamespaceError::Collection(collection.to_owned()));
        }
        Ok(Self { database: database.into(), collection: collection.into() })
    }

    /// The collection of this name, if clients may write there: neither into a database or
    /// collection of the server, nor into the gateway's own.
    ///
    /// Names of databases that differ only in case cannot exist side by side, so case does not
    /// matter here.
    pub fn for_clients(database: &str, collection: &str) -> Result<Self, NamespaceError> {
        let namespace = Self::new(database, collection)?;
        let reserved = SERVER_DATABASES
            .into_iter()
            .chain([SYSTEM_DATABASE])
            .any(|name| database.eq_ignore_ascii_case(name))
            || collection.starts_with("system.");
        if reserved { Err(NamespaceError::Reserved(namespace)) } else { Ok(namespace) }
    }

    /// A collection of the gateway itself.
    pub(crate) fn system(collection: &'static str) -> Self {
        Self { database: SYSTEM_DATABASE.into(), collection: collection.into() }
    }

    /// Name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Name of the collection in its database.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }
}

/// `database.collection`, as MongoDB writes it.
impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database, self.collection)
    }
}

/// Names that are no place for objects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NamespaceError {
    /// MongoDB does not allow a database of this name.
    #[error("`{0}` is not a name that MongoDB allows for a database")]
    Database(String),
    /// MongoDB does not allow a collection of this name.
    #[error("`{0}` is not a name that MongoDB allows for a collection")]
    Collection(String),
    /// The names are valid, but belong to the server or to the gateway.
    #[error("`{0}` is a system collection")]
    Reserved(Namespace),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mongodb_refuses_are_refused() {
        for database in ["", "a.b", "a b", "a$", "a/b", "a\\b", "a\"", "a\0", &"x".repeat(64)] {
            let refused = NamespaceError::Database(database.to_owned());
            assert_eq!(Namespace::new(database, "c"), Err(refused), "{database:?}");
        }
        for collection in ["", ".a", "a.", "a$b", "a\0", &"x".repeat(254)] {
            let refused = NamespaceError::Collection(collection.to_owned());
            assert_eq!(Namespace::new("d", collection), Err(refused), "{collection:?}");
        }
        let longest = Namespace::new(&"d".repeat(63), &"c".repeat(191)).unwrap();
        assert_eq!(longest.to_string().len(), 255);
    }

    #[test]
    fn clients_cannot_reach_system_collections() {
        for (database, collection) in [
            ("admin", "c"),
            ("Local", "c"),
            ("CONFIG", "c"),
            ("__asymmetric", "users"),
            ("__Asymmetric", "users"),
            ("plant", "system.users"),
            ("plant", "system.buckets.readings"),
        ] {
            assert!(
                matches!(
                    Namespace::for_clients(database, collection),
                    Err(NamespaceError::Reserved(_))
                ),
                "{database}.{collection}"
            );
        }
        let ordinary = Namespace::for_clients("plant", "subsystem.readings").unwrap();
        assert_eq!(ordinary.to_string(), "plant.subsystem.readings");
    }
}
