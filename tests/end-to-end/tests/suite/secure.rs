//! TLS with an authority of one's own, and proxies.

use std::{error::Error as _, net::SocketAddr};

use asymmetric::{App, AppBuilder, Credentials, RequestError, SyncEvent, UploadState, User};
use asymmetric_gateway::{Audience, Server, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::support::{APP_ID, Backend, PATIENCE, assert_counted, development, realm, write};

/// The name that the certificate is for. No machine has it.
const NAME: &str = "gateway.test";

/// A gateway that speaks TLS with a certificate that `authority` has signed.
struct Secure {
    backend: Backend,
    server: Server,
    /// PEM.
    authority: String,
    directory: TempDir,
}

/// An authority of this name.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Secure {
    async fn start() -> Self {
        let authority = authority("our own");
        let key = KeyPair::generate().unwrap();
        let names = [NAME, "127.0.0.1"].map(str::to_owned);
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &authority);
        let directory = TempDir::new().unwrap();
        let files = ["cert.pem", "key.pem"].map(|name| directory.path().join(name));
        let [certificate_file, key_file] = &files;
        std::fs::write(certificate_file, certificate.unwrap().pem()).unwrap();
        std::fs::write(key_file, key.serialize_pem()).unwrap();
        let tls = Tls::load(certificate_file, key_file).unwrap();

        let backend = Backend::embedded().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = development(&backend).await;
        let server = gateway.serve_to(Audience::Clients, listener, Some(tls)).unwrap();
        Self { backend, server, authority: authority.pem(), directory }
    }

    fn app(&self) -> AppBuilder {
        App::builder(APP_ID).base_url(format!("https://{}", self.server.local_addr()))
    }

    /// Writes as a user, and asserts that it arrives.
    async fn assert_reached(&self, app: AppBuilder, round: i64) {
        let user = app.build().unwrap().log_in(Credentials::anonymous()).await.unwrap();
        self.assert_uploads(&user, round).await;
    }

    async fn assert_uploads(&self, user: &User, round: i64) {
        let realm = realm(user, self.directory.path().join(format!("{round}.realm")));
        write(&realm, round * 10..round * 10 + 10, 10).await;
        realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
        assert_counted(&self.backend, 0..round * 10 + 10).await;
    }
}

/// The error and its causes.
fn told(error: &RequestError) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_of_ones_own_is_trusted_beside_those_of_the_system_or_alone() {
    let secure = Secure::start().await;
    secure.assert_reached(secure.app().add_tls_roots(&secure.authority), 0).await;
    secure.assert_reached(secure.app().only_tls_roots(&secure.authority), 1).await;
    // One of several.
    let several =
        secure.app().add_tls_roots(authority("a stranger").pem()).add_tls_roots(&secure.authority);
    secure.assert_reached(several, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusted_has_signed_is_refused_and_the_remedy_told() {
    let secure = Secure::start().await;
    let stranger = authority("a stranger").pem();
    for app in [secure.app().add_tls_roots(&stranger), secure.app().only_tls_roots(&stranger)] {
        let app = app.build().unwrap();
        let error = app.log_in(Credentials::anonymous()).await.unwrap_err();
        assert!(matches!(error, RequestError::Certificate(_)), "{error:?}");
        let told = told(&error);
        assert!(told.contains("`AppBuilder::add_tls_roots`"), "{told}");
        assert!(told.contains("UnknownIssuer"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_wait_until_the_server_can_prove_who_it_is() {
    let secure = Secure::start().await;
    let app = secure.app().only_tls_roots(authority("a stranger").pem()).build().unwrap();
    let user = app.log_in_later(Credentials::anonymous());
    let realm = realm(&user, secure.directory.path().join("0.realm"));
    let mut events = realm.sync_session().events();
    write(&realm, 0..10, 10).await;
    loop {
        match events.next().await.unwrap() {
            SyncEvent::Failed { error } => {
                assert!(matches!(*error, RequestError::Certificate(_)), "{error:?}");
            }
            SyncEvent::StateChanged(UploadState::Offline { .. }) => break,
            _ => {}
        }
    }
    assert_eq!(realm.sync_session().progress().pending_objects(), 10);
    realm.close().unwrap();

    // The application is mended, and started again.
    let app = secure.app().only_tls_roots(&secure.authority).build().unwrap();
    let realm = crate::support::realm(
        &app.log_in_later(Credentials::anonymous()),
        secure.directory.path().join("0.realm"),
    );
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&secure.backend, 0..10).await;
}

/// A proxy that makes connections (`CONNECT`) for whoever knows the password, all to one server:
/// it alone knows where the names lead. Answers its address.
async fn proxy(target: SocketAddr, connections: &mut JoinSet<()>) -> SocketAddr {
    /// `user:secret` in base64.
    const ALLOWED: &str = "proxy-authorization: Basic dXNlcjpzZWNyZXQ=";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    connections.spawn(async move {
        let mut open = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            open.spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    stream.read_line(&mut head).await.unwrap();
                }
                let head = head.to_lowercase();
                let is_allowed = head.contains(&ALLOWED.to_lowercase());
                if !is_allowed || !head.starts_with(&format!("connect {NAME}:443 http/1.1\r\n")) {
                    let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                    return stream.write_all(refusal).await.unwrap_or_default();
                }
                let mut server = TcpStream::connect(target).await.unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                copy_bidirectional(&mut stream, &mut server).await.map(drop).unwrap_or_default();
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_asked_for_connections_and_sees_nothing_of_what_they_carry() {
    let secure = Secure::start().await;
    let mut connections = JoinSet::new();
    let proxy = proxy(secure.server.local_addr(), &mut connections).await;
    let app = |user: &str| {
        let app = App::builder(APP_ID).base_url(format!("https://{NAME}"));
        app.only_tls_roots(&secure.authority).proxy(format!("http://{user}@{proxy}"))
    };
    secure.assert_reached(app("user:secret"), 0).await;

    let stranger = app("user:guess").build().unwrap();
    let error = stranger.log_in(Credentials::anonymous()).await.unwrap_err();
    assert!(matches!(error, RequestError::Network(_)), "{error:?}");
    let told = told(&error);
    assert!(told.contains("proxy"), "{told}");
}
