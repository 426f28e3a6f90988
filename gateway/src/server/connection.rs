//! One connection: TLS if need be, then HTTP until one side ends.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Extension, Router};
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{Phase, Upgrade, leaves_serving};
use crate::routes::Peer;

/// How long the head of a request may take, counted from the end of the answer before it. Longer
/// than clients keep idle connections, so that it is they who close them.
const HEAD_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a client may take to begin with TLS.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection is encrypted. Requests have it among their extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Encrypted;

pub(super) async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    tls: Option<TlsAcceptor>,
    mut phase: watch::Receiver<Phase>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot switch off delays on a connection");
    }
    let Some(tls) = tls else { return http(stream, address, router, phase).await };
    let handshake = tokio::select! {
        handshake = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)) => handshake,
        () = leaves_serving(&mut phase) => return,
    };
    match handshake {
        Ok(Ok(stream)) => http(stream, address, router.layer(Extension(Encrypted)), phase).await,
        Ok(Err(error)) => tracing::debug!(%address, %error, "no TLS handshake"),
        Err(_) => tracing::debug!(%address, "the TLS handshake took too long"),
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    router: Router,
    mut phase: watch::Receiver<Phase>,
) {
    let upgrade = Upgrade::default();
    let router = TowerToHyperService::new(router);
    let service = service_fn(|mut request| {
        request.extensions_mut().insert(upgrade.clone());
        request.extensions_mut().insert(Peer(address));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = leaves_serving(&mut phase) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    match result {
        Ok(()) => upgrade.run(phase).await,
        Err(error) => tracing::debug!(%error, "connection ended early"),
    }
}
