use asymmetric_testkit::ReservedAddress;
use bson::rawdoc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;
use crate::testing::{APP, World, batch, class};

async fn serve(world: &World) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    world.gateway.serve(listener).unwrap()
}

async fn ask(server: &Server, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream
}

/// Everything until the server closes; nothing if it resets the connection.
async fn read(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        Ok(_) => String::from_utf8(answer).unwrap(),
        Err(_) => String::new(),
    }
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n";

async fn upload(world: &World) -> Vec<u8> {
    let token = world.access_token().await;
    let batch = batch(&[class(1, "plant", "readings")], 1, &[(1, rawdoc! { "_id": 1 })]);
    let mut request = format!(
        "POST {APP}/ingest HTTP/1.1\r\nhost: gw\r\nauthorization: Bearer {token}\r\n\
         content-type: application/vnd.asymmetric.batch\r\ncontent-length: {}\r\n\r\n",
        batch.len()
    )
    .into_bytes();
    request.extend(batch);
    request
}

#[tokio::test]
async fn it_can_be_served_again_on_the_same_address() {
    let world = World::new().await;
    let address = ReservedAddress::new().unwrap();
    let listen = || address.listen().unwrap();
    let address = address.get();

    let server = world.gateway.serve(listen()).unwrap();
    assert_eq!(server.url(), format!("http://{address}"));
    assert!(read(ask(&server, HEALTH).await).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.shutdown(Duration::from_secs(30)).await, Drained::Completely);
    assert!(TcpStream::connect(address).await.is_err());

    let server = world.gateway.serve(listen()).unwrap();
    assert!(read(ask(&server, HEALTH).await).await.starts_with("HTTP/1.1 200"));
    server.abort().await;

    let server = world.gateway.serve(listen()).unwrap();
    assert!(read(ask(&server, HEALTH).await).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn shutdown_answers_the_request_that_runs_and_closes_idle_connections() {
    let world = World::new().await;
    let request = upload(&world).await;
    let server = serve(&world).await;
    let idle = ask(&server, b"").await;
    world.store.close();
    let running = ask(&server, &request).await;
    world.store.arrival().await;

    let shutdown = server.shutdown(Duration::from_secs(30));
    let rest = async {
        assert_eq!(read(idle).await, "");
        world.store.open();
        read(running).await
    };
    let (drained, answer) = tokio::join!(shutdown, rest);

    assert_eq!(drained, Drained::Completely);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"{"acknowledged":[[1,1]]}"#), "{answer}");
}

#[tokio::test]
async fn shutdown_cuts_off_what_is_not_done_at_the_deadline() {
    let world = World::new().await;
    let request = upload(&world).await;
    let server = serve(&world).await;
    world.store.close();
    let running = ask(&server, &request).await;
    world.store.arrival().await;

    assert_eq!(server.shutdown(Duration::from_millis(10)).await, Drained::CutOff);
    assert_eq!(read(running).await, "");
}

#[tokio::test]
async fn aborting_and_dropping_cut_connections() {
    for abort in [true, false] {
        let world = World::new().await;
        let request = upload(&world).await;
        world.store.close();
        let server = serve(&world).await;
        let running = ask(&server, &request).await;
        world.store.arrival().await;
        if abort {
            server.abort().await;
        } else {
            drop(server);
        }
        assert_eq!(read(running).await, "");
    }
}

/// A certificate for `localhost` in files, and what a client needs to trust it.
fn write_certificate(directory: &std::path::Path) -> rustls::pki_types::CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(directory.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// What a client that trusts this certificate alone is answered; nothing, if it hangs up.
async fn ask_over_tls(
    server: &Server,
    trusted: &rustls::pki_types::CertificateDer<'static>,
    request: &[u8],
) -> Option<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.ok()?;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Some(String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn tls_is_spoken_and_a_new_certificate_served_without_a_restart() {
    let world = World::new().await;
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path();
    let first = write_certificate(files);
    let tls = Tls::load(files.join("cert.pem"), files.join("key.pem")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server =
        world.gateway.serve_to(crate::Audience::Clients, listener, Some(tls.clone())).unwrap();
    assert!(server.url().starts_with("https://"));
    let location = format!("GET {APP}/location HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n");
    let answer = ask_over_tls(&server, &first, location.as_bytes()).await.unwrap();
    assert!(answer.contains(r#""hostname":"https://gw""#), "{answer}");
    assert!(!tls.reload().unwrap());

    let second = write_certificate(files);
    assert!(ask_over_tls(&server, &second, HEALTH).await.is_none());
    assert!(tls.reload().unwrap());
    assert!(ask_over_tls(&server, &second, HEALTH).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask_over_tls(&server, &first, HEALTH).await.is_none());

    // What cannot be used changes nothing.
    std::fs::write(files.join("cert.pem"), "no PEM").unwrap();
    assert!(tls.reload().is_err());
    assert!(ask_over_tls(&server, &second, HEALTH).await.unwrap().starts_with("HTTP/1.1 200"));
    // Who does not speak TLS is not answered.
    assert!(!read(ask(&server, HEALTH).await).await.contains("HTTP"));
    assert_eq!(server.shutdown(Duration::from_secs(30)).await, Drained::Completely);
}

#[test]
fn a_certificate_that_cannot_be_used_says_which_file() {
    let directory = tempfile::tempdir().unwrap();
    let files = directory.path();
    let load = || Tls::load(files.join("cert.pem"), files.join("key.pem")).unwrap_err().to_string();
    assert!(load().contains("cert.pem"));
    write_certificate(files);
    let key = std::fs::read(files.join("key.pem")).unwrap();
    std::fs::write(files.join("key.pem"), "").unwrap();
    assert!(load().contains("key.pem` holds no private key"), "{}", load());
    write_certificate(files);
    std::fs::write(files.join("key.pem"), key).unwrap();
    assert!(load().contains("cannot be used together"));
}
