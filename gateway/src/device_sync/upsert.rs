//! Ordinary objects that asymmetric ones link to, where the app says that devices may write them.

use asymmetric_device_sync::message::RejectedUpdate;
use asymmetric_protocol::{SequenceNumber, ack::RejectionCode};
use asymmetric_schema::Place;
use bson::{Bson, Document, doc};

use crate::{
    documents::{Argument, Collection, DocumentsError},
    error::ApiError,
    gateway::Gateway,
    ingest::Sender,
};

/// What a device set of an ordinary object.
#[derive(Debug)]
pub(super) struct Upsert {
    pub(super) sequence: SequenceNumber,
    pub(super) place: Place,
    pub(super) document: Document,
    /// Properties that were set to nothing.
    pub(super) unset: Vec<String>,
    pub(super) bytes: Vec<u8>,
    pub(super) told: RejectedUpdate,
}

impl Upsert {
    /// Puts it into the document of its `_id`, as far as rules and schema allow; answers why not
    /// otherwise. Doing it again changes nothing, so it needs no ledger.
    pub(super) async fn write(
        &self,
        gateway: &Gateway,
        sender: &Sender,
    ) -> Result<Result<(), (RejectionCode, String)>, ApiError> {
        match self.merge(gateway, sender).await {
            Ok(()) => Ok(Ok(())),
            Err(error) => match code_of(&error) {
                Some(code) => Ok(Err((code, error.to_string()))),
                None => Err(error.into()),
            },
        }
    }

    async fn merge(&self, gateway: &Gateway, sender: &Sender) -> Result<(), DocumentsError> {
        let Place { data_source, database, collection } = &self.place;
        let argument = doc! { "database": database, "collection": collection };
        let argument = Argument::new(Bson::Document(argument))?;
        let caller = sender.caller();
        let (store, functions) = (gateway.store(), gateway.functions());
        let collection =
            Collection::open(store, functions, &sender.app, &caller, data_source, &argument)
                .await?;
        collection.merge(&self.document, &self.unset).await
    }
}

/// The code of an error that will be the same the next time; `None` if it may be another.
const fn code_of(error: &DocumentsError) -> Option<RejectionCode> {
    match error {
        DocumentsError::Denied(_) | DocumentsError::NoRule(_) | DocumentsError::Asymmetric(_) => {
            Some(RejectionCode::WriteNotAllowed)
        }
        DocumentsError::Schema(_) => Some(RejectionCode::SchemaValidationFailed),
        DocumentsError::Refused(_) | DocumentsError::MongoDb(_) => {
            Some(RejectionCode::StoreRefused)
        }
        DocumentsError::NoService(_) | DocumentsError::Namespace(_) => {
            Some(RejectionCode::UnknownClass)
        }
        DocumentsError::Argument(_)
        | DocumentsError::Query(_)
        | DocumentsError::TooMuch(_)
        | DocumentsError::Stage { .. }
        | DocumentsError::Watch
        | DocumentsError::NoOperation(_) => Some(RejectionCode::MalformedDocument),
        DocumentsError::Conflict
        | DocumentsError::ShuttingDown
        | DocumentsError::Function(_)
        | DocumentsError::Call(_)
        | DocumentsError::Store(_) => None,
    }
}
