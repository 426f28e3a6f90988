//! Apps: what a client names in its URL, and what belongs to it.

use bson::oid::ObjectId;
use sha2::{Digest, Sha256};

/// Longest client app id, in bytes.
const MAX_CLIENT_APP_ID_BYTES: usize = 128;

/// An app that the gateway serves.
///
/// It has two identities: the *client app id*, which clients are built with (`telemetry-abcde`),
/// and the *domain id*, an ObjectId that users, sessions and tokens belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) client_app_id: String,
    pub(crate) domain_id: ObjectId,
}

impl App {
    /// ObjectId of the provider of anonymous users in this app.
    pub(crate) fn anonymous_provider_id(&self) -> ObjectId {
        derive_id("anonymous provider", &self.domain_id.bytes())
    }

    fn development(client_app_id: &str) -> Self {
        Self {
            client_app_id: client_app_id.to_owned(),
            domain_id: derive_id("development app", client_app_id.as_bytes()),
        }
    }
}

/// The apps of a gateway.
#[derive(Clone, Debug)]
pub(crate) enum Apps {
    /// Every client app id is an app that accepts every class.
    Development,
}

impl Apps {
    /// The app with this client app id.
    pub(crate) fn find(&self, client_app_id: &str) -> Option<App> {
        match self {
            Self::Development => {
                is_client_app_id(client_app_id).then(|| App::development(client_app_id))
            }
        }
    }
}

fn is_client_app_id(text: &str) -> bool {
    (1..=MAX_CLIENT_APP_ID_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// An id that every gateway derives alike, so that replicas agree without asking each other.
fn derive_id(purpose: &str, of: &[u8]) -> ObjectId {
    let digest = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(of).finalize();
    let bytes = digest.first_chunk().expect("a digest has more than 12 bytes");
    ObjectId::from_bytes(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_apps_have_a_stable_domain_id_of_their_own() {
        let app = Apps::Development.find("weather-abcde").unwrap();
        // Computed once and committed: users of development stores belong to it.
        assert_eq!(app.domain_id.to_hex(), "46b04d7343a1f1115bdf88b4");
        assert_ne!(app.domain_id, Apps::Development.find("weather-abcdf").unwrap().domain_id);
        assert_ne!(app.domain_id, app.anonymous_provider_id());
    }

    #[test]
    fn what_is_no_client_app_id_is_no_app() {
        for id in ["", "a/b", "a b", "..", "a\0", "ä", &"x".repeat(129)] {
            assert_eq!(Apps::Development.find(id), None, "{id:?}");
        }
    }
}
