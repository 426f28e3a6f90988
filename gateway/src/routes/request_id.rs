//! A correlation id for every request, in its answer and in the log.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use bson::oid::ObjectId;
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-appservices-request-id");

pub(super) async fn attach(request: Request, next: Next) -> Response {
    let id = ObjectId::new().to_hex();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // The query stays out of the log: some clients put their token there.
    let span = tracing::info_span!("request", id, %method, path);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, id);
    }
    response
}
