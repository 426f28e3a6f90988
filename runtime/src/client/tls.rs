//! TLS by rustls and ring, with the certificates that the operating system trusts.

use std::sync::Arc;

use rustls::{ClientConfig, ConfigBuilder, RootCertStore, client::WantsClientCert, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// A configuration of our own, because the process-wide default belongs to the application.
pub(super) fn config() -> Result<ClientConfig, rustls::Error> {
    Ok(builder()?.with_platform_verifier()?.with_no_client_auth())
}

/// A configuration that trusts nobody, for systems without certificates that speak plain HTTP.
pub(super) fn config_without_roots() -> Result<ClientConfig, rustls::Error> {
    let builder: ConfigBuilder<_, WantsClientCert> =
        builder()?.with_root_certificates(RootCertStore::empty());
    Ok(builder.with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, rustls::WantsVerifier>, rustls::Error> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
}
