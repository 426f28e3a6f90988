//! The device: realm, outbox, upload.

use std::{path::Path, time::Duration};

use anyhow::Result;
use asymmetric::{App, Credentials, DateTime, ObjectId, Realm, asymmetric, realm_schema};

use crate::gateway::GatewayProcess;

/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(crate) const APP_ID: &str = "bench";
pub(crate) const DATABASE: &str = "bench";
pub(crate) const COLLECTION: &str = "readings";

/// About 116 bytes of BSON.
#[asymmetric(database = "bench", collection = "readings")]
pub(crate) struct Reading {
    #[asymmetric(primary_key)]
    pub(crate) id: ObjectId,
    pub(crate) device: String,
    pub(crate) taken_at: DateTime,
    pub(crate) celsius: f64,
    pub(crate) pressure: Option<f64>,
}

realm_schema! { pub(crate) struct Readings = [Reading]; }

pub(crate) fn reading() -> Reading {
    Reading {
        id: ObjectId::new(),
        device: "station-0042".to_owned(),
        taken_at: DateTime::now(),
        celsius: 21.5,
        pressure: Some(1013.25),
    }
}

/// A realm whose user is logged in.
pub(crate) fn realm(gateway: &GatewayProcess, directory: &Path) -> Result<Realm<Readings>> {
    let app = App::builder(APP_ID).base_url(&gateway.url).build()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let user = runtime.block_on(app.log_in(Credentials::anonymous()))?;
    Ok(Realm::open(&user, directory.join("bench.realm"))?)
}

/// Writes objects and waits until all of them are acknowledged.
pub(crate) fn prepare(
    gateway: &GatewayProcess,
    directory: &Path,
    objects: usize,
    transaction: usize,
) -> Result<Box<dyn FnMut() -> Result<()>>> {
    let realm = realm(gateway, directory)?;
    Ok(Box::new(move || {
        let mut left = objects;
        while left > 0 {
            let count = left.min(transaction);
            realm.create_all((0..count).map(|_| reading()))?;
            left -= count;
        }
        realm.sync_session().wait_for_upload_blocking(PATIENCE)?;
        Ok(())
    }))
}
