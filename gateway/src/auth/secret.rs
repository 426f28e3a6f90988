//! Random secrets, of which only a hash is kept.
//!
//! They hold far more randomness than could be tried, so a fast hash is enough.

use bson::{Binary, spec::BinarySubtype};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::AuthError;

/// The letters of secrets: 64, so that six bits make one without a remainder.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A new secret of so many letters, six bits each.
pub(crate) fn random(letters: usize) -> Result<String, AuthError> {
    let mut bytes = vec![0; letters];
    getrandom::fill(&mut bytes)?;
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 64)).copied().map_or('A', char::from);
    Ok(bytes.into_iter().map(letter).collect())
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> Binary {
    let bytes = Sha256::digest(secret.as_bytes()).to_vec();
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// Whether `secret` is the one that was hashed. Takes as long for every wrong one.
pub(crate) fn matches(secret: &str, kept: &Binary) -> bool {
    Sha256::digest(secret.as_bytes()).as_slice().ct_eq(&kept.bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_its_own_hash_only() {
        let secret = random(40).unwrap();
        assert_eq!(secret.len(), 40);
        assert!(secret.bytes().all(|byte| LETTERS.contains(&byte)));
        assert_ne!(secret, random(40).unwrap());
        assert!(matches(&secret, &hash(&secret)));
        assert!(!matches(&secret[1..], &hash(&secret)));
        assert!(!matches("", &Binary { subtype: BinarySubtype::Generic, bytes: Vec::new() }));
    }
}
