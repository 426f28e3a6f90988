//! Passwords, of which only a slow hash is kept.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task};

use super::AuthError;

/// Shortest and longest password, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=128;
const SALT_BYTES: usize = 16;
/// Hashes computed at once. Each takes 19 MiB and a core.
const MAX_PARALLEL: usize = 4;

/// In the place of a hash: no password has it.
pub(super) const UNUSABLE: &str = "*";

/// What is compared with when there is no account, so that it takes as long as when there is one.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| hash_blocking("nobody has this password").ok());

/// Hashes and verifies passwords off the async threads, a few at a time.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_PARALLEL)) }
    }

    /// Refuses passwords that are too short or too long.
    pub(super) fn check(password: &str) -> Result<(), AuthError> {
        if LENGTH.contains(&password.chars().count()) {
            return Ok(());
        }
        Err(AuthError::Invalid("password must be between 6 and 128 characters".to_owned()))
    }

    /// The hash of a password: argon2id with a salt, in the form of a PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AuthError> {
        Self::check(password)?;
        let password = password.to_owned();
        self.run(move || hash_blocking(&password)).await?
    }

    /// Whether `password` has this hash. Without one, or with one that nothing has, it takes as
    /// long, and is not so.
    pub(super) async fn verify(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, AuthError> {
        let hash = hash.filter(|hash| hash != UNUSABLE);
        let known = hash.is_some();
        // A longer one has no hash, and would only take time.
        if password.chars().count() > *LENGTH.end() {
            return Ok(false);
        }
        let password = password.to_owned();
        let matches = self.run(move || {
            let Some(hash) = hash.as_deref().or(NOBODY.as_deref()) else { return false };
            PasswordHash::new(hash).is_ok_and(|hash| {
                Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
            })
        });
        Ok(matches.await? && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AuthError> {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| AuthError::ShuttingDown)?;
        let work = move || {
            let result = work();
            drop(permit);
            result
        };
        task::spawn_blocking(work).await.map_err(|_| AuthError::ShuttingDown)
    }
}

fn hash_blocking(password: &str) -> Result<String, AuthError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt)?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| AuthError::Hash(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap(), "the salt is new");
        let hash = Some(hash);
        assert!(passwords.verify("correct horse", hash.clone()).await.unwrap());
        assert!(!passwords.verify("correct hors", hash).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
        assert!(!passwords.verify("x", Some("no hash".to_owned())).await.unwrap());
        let unusable = Some(UNUSABLE.to_owned());
        assert!(!passwords.verify("nobody has this password", unusable).await.unwrap());
    }

    #[test]
    fn passwords_have_six_to_128_characters() {
        for (password, good) in [
            ("12345", false),
            ("123456", true),
            ("äöüäöü", true),
            (&*"x".repeat(128), true),
            (&*"x".repeat(129), false),
        ] {
            assert_eq!(Passwords::check(password).is_ok(), good, "{password}");
        }
    }
}
