//! TLS, with certificates that are read again when their files change.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const RELOAD: Duration = Duration::from_secs(30);

/// A certificate chain and its private key, and how to speak TLS with them.
///
/// Clones are the same: what is reloaded is reloaded for all.
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
    config: Arc<ServerConfig>,
}

struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Current>,
}

struct Current {
    key: Arc<CertifiedKey>,
    digest: [u8; 32],
}

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{}`", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// A file holds no certificates, or no key, in PEM.
    #[error("`{}` holds no {what} in PEM", .file.display())]
    Pem {
        /// The file.
        file: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// Why it is not.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not belong together, or are of a kind that is not supported.
    #[error("certificate and key cannot be used together")]
    Key(#[from] rustls::Error),
}

impl Tls {
    /// Reads a chain of certificates and the private key of its first, both in PEM.
    pub fn load(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let (certificate, key) = (certificate.into(), key.into());
        // The library that the driver of MongoDB brings, so that there is one.
        let provider = Arc::new(ring::default_provider());
        let current = read(&certificate, &key, &provider)?;
        let current = RwLock::new(current);
        let shared = Arc::new(Shared { certificate, key, provider, current });
        let config = ServerConfig::builder_with_provider(Arc::clone(&shared.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Resolver(Arc::clone(&shared))));
        Ok(Self { shared, config: Arc::new(config) })
    }

    /// Reads the files again. Connections that begin afterwards get what they hold by then. If it
    /// cannot be used, what was there before stays. Answers whether anything changed. Blocks.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Shared { certificate, key, provider, current } = &*self.shared;
        let new = read(certificate, key, provider)?;
        let mut current = current.write().unwrap_or_else(PoisonError::into_inner);
        let changed = current.digest != new.digest;
        if changed {
            *current = new;
        }
        Ok(changed)
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Reads the files again from time to time, for ever.
    pub(super) async fn watch(&self) {
        loop {
            tokio::time::sleep(RELOAD).await;
            let tls = self.clone();
            match tokio::task::spawn_blocking(move || tls.reload()).await {
                Ok(Ok(true)) => tracing::info!("the certificate was reloaded"),
                Ok(Ok(false)) => {}
                Ok(Err(error)) => {
                    let error = crate::error::chain(&error);
                    tracing::error!(error, "the certificate on the disk cannot be used");
                }
                Err(error) => tracing::error!(%error, "cannot reload the certificate"),
            }
        }
    }
}

fn read(certificate: &Path, key: &Path, provider: &CryptoProvider) -> Result<Current, TlsError> {
    let pem = |file: &Path, what| {
        let file = file.to_owned();
        move |source| TlsError::Pem { file, what, source }
    };
    let bytes = |path: &Path| std::fs::read(path).map_err(|e| TlsError::Read(path.to_owned(), e));
    let (chain_pem, key_pem) = (bytes(certificate)?, bytes(key)?);
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain_pem)
        .collect::<Result<_, _>>()
        .and_then(|chain: Vec<_>| {
            if chain.is_empty() {
                Err(rustls::pki_types::pem::Error::NoItemsFound)
            } else {
                Ok(chain)
            }
        })
        .map_err(pem(certificate, "certificate"))?;
    let private = PrivateKeyDer::from_pem_slice(&key_pem).map_err(pem(key, "private key"))?;
    let certified = CertifiedKey::from_der(chain, private, provider)?;
    let digest = Sha256::new().chain_update(&chain_pem).chain_update(&key_pem).finalize().into();
    Ok(Current { key: Arc::new(certified), digest })
}

struct Resolver(Arc<Shared>);

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current.key))
    }
}

// The key stays out of logs.
impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Resolver").finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.shared.certificate).finish_non_exhaustive()
    }
}
