//! The Data API, version 1: documents by plain HTTP requests.
//!
//! Requests bring their credential along instead of a session. Rules, filters and schemas apply as
//! they do to the remote MongoDB service; the operations are the same ones.

mod credential;
mod format;
mod signature;

pub(crate) use self::{
    credential::Credential,
    format::{Format, accepted},
    signature::check_secret,
};

/// The operation of an action, and the key that its answer stands under; nothing, if the answer is
/// an object already.
pub(crate) fn operation(action: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match action {
        "findOne" => ("findOne", Some("document")),
        "find" => ("find", Some("documents")),
        "aggregate" => ("aggregate", Some("documents")),
        "insertOne" => ("insertOne", None),
        "insertMany" => ("insertMany", None),
        "updateOne" => ("updateOne", None),
        "updateMany" => ("updateMany", None),
        "replaceOne" => ("replaceOne", None),
        "deleteOne" => ("deleteOne", None),
        "deleteMany" => ("deleteMany", None),
        _ => return None,
    })
}
