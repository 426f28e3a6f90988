//! Which store, as written on the command line.

use std::{path::PathBuf, str::FromStr, sync::Arc};

use asymmetric_gateway::{
    EmbeddedStore, MongoStore, Store,
    store::{ConnectError, OpenError},
};

use crate::{exit::Exit, failure::Failure};

/// The option that names a store.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// Where objects are: `embedded:DIR`, of which no gateway may be running, or a MongoDB
    /// connection string
    #[arg(long, value_name = "STORE", env = "ASYMMETRIC_STORE", hide_env_values = true)]
    pub(crate) store: StoreAt,
}

/// A directory or a connection string.
#[derive(Clone)]
pub(crate) enum StoreAt {
    Embedded(PathBuf),
    MongoDb(String),
}

impl StoreAt {
    /// Opens the store; makes an embedded one that is not there.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>, Failure> {
        match self {
            Self::Embedded(directory) => match EmbeddedStore::open(directory).await {
                Ok(store) => Ok(Arc::new(store)),
                Err(error @ OpenError::InUse { .. }) => Err(Failure::from(error).hint(
                    "one process at a time can use an embedded store; several can share a MongoDB \
                     deployment",
                )),
                Err(error) => Err(error.into()),
            },
            Self::MongoDb(uri) => {
                let store = MongoStore::connect(uri).await;
                let store =
                    store.map_err(|error: ConnectError| Failure::new(Exit::Usage, error))?;
                Ok(Arc::new(store))
            }
        }
    }

    /// Whether there may be something in the store.
    pub(crate) fn exists(&self) -> bool {
        match self {
            Self::Embedded(directory) => EmbeddedStore::exists(directory),
            Self::MongoDb(_) => true,
        }
    }

    /// Opens a store that is there.
    pub(crate) async fn open_existing(&self) -> Result<Arc<dyn Store>, Failure> {
        if let Self::Embedded(directory) = self
            && !self.exists()
        {
            let message = format!("`{}` holds no store", directory.display());
            return Err(Failure::new(Exit::Usage, message));
        }
        self.open().await
    }
}

/// What is no store.
#[derive(Debug)]
pub(crate) struct UnknownStore;

impl std::fmt::Display for UnknownStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("write `embedded:DIR`, `mongodb://HOST` or `mongodb+srv://HOST`")
    }
}

impl std::error::Error for UnknownStore {}

impl FromStr for StoreAt {
    type Err = UnknownStore;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(directory) = text.strip_prefix("embedded:").filter(|rest| !rest.is_empty()) {
            Ok(Self::Embedded(directory.into()))
        } else if text.starts_with("mongodb://") || text.starts_with("mongodb+srv://") {
            Ok(Self::MongoDb(text.to_owned()))
        } else {
            Err(UnknownStore)
        }
    }
}

// A connection string may hold a password.
impl std::fmt::Debug for StoreAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Embedded(directory) => f.debug_tuple("Embedded").field(directory).finish(),
            Self::MongoDb(_) => f.debug_tuple("MongoDb").finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_directory_or_a_connection_string() {
        assert!(
            matches!("embedded:./data".parse(), Ok(StoreAt::Embedded(d)) if d.as_os_str() == "./data")
        );
        for uri in ["mongodb://u:p@h/?w=1", "mongodb+srv://h"] {
            assert!(matches!(uri.parse(), Ok(StoreAt::MongoDb(found)) if found == uri));
        }
        for other in ["", "embedded:", "./data", "http://h"] {
            assert!(other.parse::<StoreAt>().is_err(), "{other}");
        }
    }

    #[test]
    fn passwords_are_not_printed() {
        let store: StoreAt = "mongodb://u:secret@h".parse().unwrap();
        assert!(!format!("{store:?}").contains("secret"));
    }
}
