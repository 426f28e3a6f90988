//! `asymmetric app …` and the commands of `asymmetric schema` that speak to a server, against a
//! gateway.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod apps;
mod development;
mod schemas;
mod support;
mod users;
mod workflow;
