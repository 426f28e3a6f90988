//! TLS by rustls and ring.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::Verifier;

use super::BuildError;

/// Whom to trust.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots {
    /// Certificates besides those of the operating system.
    pub(super) pem: Vec<u8>,
    /// Nobody but these is trusted.
    pub(super) without_system: bool,
}

impl Roots {
    /// A configuration of our own, because the process-wide default belongs to the application.
    ///
    /// `needed`: the base URL is a secure one. An app behind an open one may live at a secure host
    /// all the same, but a system without certificates is no reason to refuse it.
    pub(super) fn config(&self, needed: bool) -> Result<ClientConfig, BuildError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(BuildError::Tls)?;
        let own = self.certificates()?;
        if !self.without_system {
            match Verifier::new_with_extra_roots(own.iter().cloned(), provider) {
                Ok(verifier) => {
                    let builder =
                        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
                    return Ok(builder.with_no_client_auth());
                }
                Err(error) if needed && own.is_empty() => return Err(BuildError::Tls(error)),
                Err(error) => tracing::debug!(%error, "no certificates of the system"),
            }
        }
        let mut roots = RootCertStore::empty();
        for certificate in own {
            roots.add(certificate).map_err(|error| BuildError::TlsRoots(error.to_string()))?;
        }
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, BuildError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.pem).collect();
        let certificates =
            certificates.map_err(|error| BuildError::TlsRoots(format!("{error:?}")))?;
        if certificates.is_empty() && (self.without_system || !self.pem.is_empty()) {
            return Err(BuildError::TlsRoots("there is none".to_owned()));
        }
        Ok(certificates)
    }
}
