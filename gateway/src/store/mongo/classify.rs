//! What an error of MongoDB says about documents, and what only about the deployment.
//!
//! A rejection is for good, so it needs the server's word that the document, or the place it should
//! go to, is at fault. Everything else is trouble that passes.

use mongodb::error::{Error, ErrorKind};

use crate::Namespace;

/// The server refused one document of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteError {
    /// Its `_id` is there already.
    DuplicateId,
    /// A unique index has its key; which one is not certain.
    DuplicateKey,
    /// The document itself is at fault.
    Document,
    /// Something else is.
    Deployment,
}

/// A whole insert failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// One of its documents is at fault.
    Documents,
    /// Nothing can ever be inserted there.
    Namespace,
    /// Something else is at fault.
    Deployment,
}

const DUPLICATE_KEY: [i32; 3] = [11000, 11001, 12582];

/// Codes of write errors that are not about the document: internal errors, permissions, timeouts,
/// elections, shutdown, sharding on the move, conflicts, full disks and quotas.
const DEPLOYMENT: [i32; 33] = [
    1, 6, 7, 11, 13, 18, 24, 46, 50, 63, 64, 79, 84, 88, 89, 91, 100, 112, 117, 133, 134, 150, 189,
    249, 262, 8000, 9001, 10058, 10107, 11600, 11602, 13435, 14031,
];

pub(super) fn write_error(namespace: &Namespace, code: i32, message: &str) -> WriteError {
    if DUPLICATE_KEY.contains(&code) {
        if names_id_index(namespace, message) {
            WriteError::DuplicateId
        } else {
            WriteError::DuplicateKey
        }
    } else if DEPLOYMENT.contains(&code) {
        WriteError::Deployment
    } else {
        WriteError::Document
    }
}

/// Whether a message like `E11000 duplicate key error collection: db.readings index: _id_ dup key:
/// { _id: 1 }` is about the index of `_id`.
///
/// Clients choose the names and values in there, so nothing is searched for behind them.
fn names_id_index(namespace: &Namespace, message: &str) -> bool {
    let expected =
        format!("E11000 duplicate key error collection: {namespace} index: _id_ dup key:");
    message.starts_with(&expected)
}

pub(super) fn failure(error: &Error) -> Failure {
    // InvalidNamespace, CommandNotSupportedOnView
    const NAMESPACE: [i32; 2] = [73, 166];
    // BadValue, FailedToParse, TypeMismatch, Overflow, InvalidBSON, DollarPrefixedFieldName,
    // InvalidIdField, EmptyFieldName, DottedFieldName, BSONObjectTooLarge
    const DOCUMENTS: [i32; 10] = [2, 9, 14, 15, 22, 52, 53, 56, 57, 10334];
    match error.kind.as_ref() {
        ErrorKind::Command(error) if NAMESPACE.contains(&error.code) => Failure::Namespace,
        ErrorKind::Command(error) if DOCUMENTS.contains(&error.code) => Failure::Documents,
        // The driver itself refuses to send something.
        ErrorKind::InvalidArgument { .. }
        | ErrorKind::Bson(_)
        | ErrorKind::BsonSerialization(_) => Failure::Documents,
        _ => Failure::Deployment,
    }
}

/// What the server says of a request that can never be done, unless the deployment is at fault.
pub(in crate::store) fn refused_request(error: &Error) -> Option<&str> {
    match error.kind.as_ref() {
        ErrorKind::Command(error) if !DEPLOYMENT.contains(&error.code) => Some(&error.message),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(collection: &str, code: i32, message: &str) -> WriteError {
        write_error(&Namespace::new("p", collection).unwrap(), code, message)
    }

    #[test]
    fn only_the_index_of_the_id_means_already_there() {
        let id = "E11000 duplicate key error collection: p.r index: _id_ dup key: { _id: 1 }";
        assert_eq!(of("r", 11000, id), WriteError::DuplicateId);
        for (collection, other) in [
            ("r", "E11000 duplicate key error collection: p.r index: s_1 dup key: { s: 1 }"),
            ("r", "E11000 duplicate key error collection: p.r index: x_id_ dup key: { x: 1 }"),
            ("r index: _id_", "E11000 duplicate key error collection: p.r index: _id_ index: s_1"),
            (
                "r",
                "E11000 duplicate key error collection: p.r index: s_1 dup key: { s: \" index: _id_ \" }",
            ),
            ("r", "E11000"),
        ] {
            assert_eq!(of(collection, 11000, other), WriteError::DuplicateKey, "{other}");
        }
    }

    #[test]
    fn trouble_of_the_deployment_is_not_blamed_on_a_document() {
        for code in [10107, 14031, 13, 50] {
            assert_eq!(of("r", code, "no"), WriteError::Deployment, "{code}");
        }
        for code in [2, 121, 16755] {
            assert_eq!(of("r", code, "no"), WriteError::Document, "{code}");
        }
    }
}
