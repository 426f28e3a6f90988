//! What the tests of several modules share: a gateway without a socket, and batches for it.

mod killing;
mod store;

use std::sync::Arc;

use asymmetric_protocol::{
    ClientFileId, SequenceNumber,
    ack::Acknowledgement,
    batch::{BatchWriter, CONTENT_TYPE, ClassEntry},
    chunk::{ClassId, Codec, Cutter, Objects},
};
use asymmetric_schema::Fingerprint;
use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use bson::RawDocumentBuf;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use self::{killing::KillingStore, store::FaultyStore};
use crate::{EmbeddedStore, Gateway, GatewayBuilder};

pub(crate) const APP: &str = "/api/client/v2.0/app/weather-abcde";

/// A gateway on an embedded store in a directory that is removed with it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) store: FaultyStore,
    _directory: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn acknowledgement(&self) -> Acknowledgement {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_value(self.json()).unwrap()
    }

    /// The status and the name of an error.
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        assert!(!body["error"].as_str().unwrap().is_empty());
        (self.status.as_u16(), body["error_code"].as_str().unwrap().to_owned())
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(configure: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = FaultyStore::new(EmbeddedStore::open(directory.path()).await.unwrap());
        let builder = Gateway::builder(Arc::new(store.clone())).dev(true);
        let gateway = configure(builder).build().await.unwrap();
        Self { gateway, store, _directory: directory }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.gateway, request).await
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(request("GET", path, token, Body::empty())).await
    }

    /// Logs in without a body, as the documentation of App Services shows it.
    pub(crate) async fn log_in(&self) -> Value {
        let path = format!("{APP}/auth/providers/anon-user/login");
        self.send(request("POST", &path, None, Body::empty())).await.json()
    }

    pub(crate) async fn access_token(&self) -> String {
        self.log_in().await["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn upload(&self, token: &str, batch: impl Into<Body>) -> Answer {
        self.send(upload(token, batch)).await
    }
}

/// Asks a gateway without a socket.
pub(crate) async fn send(gateway: &Gateway, request: Request<Body>) -> Answer {
    answer(gateway.full_router(), request).await
}

/// What these routes answer.
pub(crate) async fn answer(router: axum::Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// An access token of a new anonymous user.
pub(crate) async fn log_in(gateway: &Gateway) -> String {
    let path = format!("{APP}/auth/providers/anon-user/login");
    let answer = send(gateway, request("POST", &path, None, Body::empty())).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn request(
    method: &str,
    path: &str,
    token: Option<&str>,
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "gw:9090");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body.into()).unwrap()
}

pub(crate) fn upload(token: &str, batch: impl Into<Body>) -> Request<Body> {
    let mut request = request("POST", &format!("{APP}/ingest"), Some(token), batch);
    request.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE.parse().unwrap());
    request
}

/// A class that lands in this collection.
pub(crate) fn class(id: u32, database: &str, collection: &str) -> ClassEntry {
    ClassEntry {
        id: ClassId::new(id),
        fingerprint: Fingerprint::from_bytes([0; 32]),
        time_series: false,
        title: collection.to_owned(),
        data_source: "mongodb-atlas".to_owned(),
        database: database.to_owned(),
        collection: collection.to_owned(),
    }
}

/// A batch of these documents, numbered from `first` on.
pub(crate) fn batch(
    classes: &[ClassEntry],
    first: u64,
    documents: &[(u32, RawDocumentBuf)],
) -> Vec<u8> {
    let documents = documents.iter().map(|(class, document)| (*class, document.as_bytes()));
    batch_of_bytes(classes, first, documents)
}

pub(crate) fn batch_of_bytes<'a>(
    classes: &[ClassEntry],
    first: u64,
    documents: impl IntoIterator<Item = (u32, &'a [u8])>,
) -> Vec<u8> {
    batch_in(Codec::None, classes, first, documents)
}

/// The same with chunks that are kept in this way.
pub(crate) fn batch_in<'a>(
    codec: Codec,
    classes: &[ClassEntry],
    first: u64,
    documents: impl IntoIterator<Item = (u32, &'a [u8])>,
) -> Vec<u8> {
    batch_with(ClientFileId::from_bytes([7; 12]), codec, classes, first, documents)
}

/// A batch of these documents from another client file.
pub(crate) fn batch_of_client(
    client: [u8; 12],
    classes: &[ClassEntry],
    first: u64,
    documents: &[(u32, RawDocumentBuf)],
) -> Vec<u8> {
    let documents = documents.iter().map(|(class, document)| (*class, document.as_bytes()));
    batch_with(ClientFileId::from_bytes(client), Codec::None, classes, first, documents)
}

fn batch_with<'a>(
    client: ClientFileId,
    codec: Codec,
    classes: &[ClassEntry],
    first: u64,
    documents: impl IntoIterator<Item = (u32, &'a [u8])>,
) -> Vec<u8> {
    fill(BatchWriter::new(client, classes), codec, first, documents)
}

/// A batch with one chunk of these documents.
pub(crate) fn fill<'a>(
    mut writer: BatchWriter,
    codec: Codec,
    first: u64,
    documents: impl IntoIterator<Item = (u32, &'a [u8])>,
) -> Vec<u8> {
    let mut objects = Objects::new();
    for (class, document) in documents {
        let pushed = objects.push_with(ClassId::new(class), |out| {
            out.extend_from_slice(document);
            Ok::<_, ()>(())
        });
        pushed.unwrap();
    }
    let first = SequenceNumber::new(first);
    let cut = Cutter::new(codec).cut(&mut objects, 0, first, 0, |_, chunk| {
        writer.push(chunk);
        Ok::<_, ()>(())
    });
    cut.unwrap();
    writer.finish()
}

/// Sequence ranges of an acknowledgement as numbers.
pub(crate) fn ranges(answer: &Acknowledgement) -> Vec<(u64, u64)> {
    answer.acknowledged.iter().map(|(first, last)| (first.get(), last.get())).collect()
}
