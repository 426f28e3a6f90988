//! HTTP in and out, and nothing else.

mod bearer;
mod call;
mod health;
mod ingest;
mod location;
mod login;
mod request_id;
mod router;
mod session;

pub(crate) use self::router::router;

#[cfg(test)]
mod tests;
