//! No device at all: the driver writes into the store, as durably as the gateway does.

use anyhow::Result;
use bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::{
    Client,
    options::{InsertManyOptions, WriteConcern},
};

use crate::device::{COLLECTION, DATABASE};

/// As many as the gateway puts into one insert.
const BATCH: usize = 1000;

fn reading() -> Document {
    doc! {
        "_id": ObjectId::new(),
        "device": "station-0042",
        "taken_at": DateTime::now(),
        "celsius": 21.5,
        "pressure": 1013.25,
    }
}

/// Inserts objects, one batch after the other.
pub(crate) fn prepare(uri: &str, objects: usize) -> Result<Box<dyn FnMut() -> Result<()>>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let client = runtime.block_on(Client::with_uri_str(uri))?;
    let collection = client.database(DATABASE).collection::<Document>(COLLECTION);
    let mut concern = WriteConcern::majority();
    concern.journal = Some(true);
    let options = InsertManyOptions::builder().write_concern(concern).ordered(false).build();
    Ok(Box::new(move || {
        runtime.block_on(async {
            let mut left = objects;
            while left > 0 {
                let count = left.min(BATCH);
                let readings: Vec<_> = (0..count).map(|_| reading()).collect();
                collection.insert_many(readings).with_options(options.clone()).await?;
                left -= count;
            }
            Ok(())
        })
    }))
}
