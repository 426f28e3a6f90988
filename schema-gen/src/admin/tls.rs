//! TLS by rustls and ring, with the certificates that the operating system trusts.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// A configuration of our own, because the process-wide default belongs to the program. A system
/// without certificates can still speak plain HTTP.
pub(super) fn config(is_plain: bool) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    match builder.clone().with_platform_verifier() {
        Err(_) if is_plain => {
            Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
        }
        verified => Ok(verified?.with_no_client_auth()),
    }
}
