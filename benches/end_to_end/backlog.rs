//! The memory of a device that drains a large backlog.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use asymmetric::{Realm, UploadState};

use crate::{
    device::{self, Readings, reading},
    gateway::{GatewayProcess, StoreAt},
    process::resident,
};

const TRANSACTION: usize = 10_000;

/// Fills a file with so many GiB while the upload is paused, and drains it.
pub(crate) fn run(gib: f64, directory: &Path) -> Result<()> {
    let directory = tempfile::tempdir_in(directory)?;
    let gateway = GatewayProcess::start(directory.path(), &StoreAt::Embedded)?;
    let realm = device::realm(&gateway, directory.path())?;
    realm.sync_session().pause();
    let wanted = gib * 1024.0 * 1024.0 * 1024.0;
    let start = Instant::now();
    while (realm.sync_session().progress().pending_bytes() as f64) < wanted {
        realm.create_all((0..TRANSACTION).map(|_| reading()))?;
    }
    let progress = realm.sync_session().progress();
    let (now, most) = resident()?;
    println!(
        "filled {} objects, {} bytes in {:.0?}: {now} kB resident, {most} kB at most",
        progress.pending_objects(),
        progress.pending_bytes(),
        start.elapsed(),
    );
    drain(&realm)
}

fn drain(realm: &Realm<Readings>) -> Result<()> {
    let start = Instant::now();
    let session = realm.sync_session();
    session.resume();
    let mut most = 0;
    while session.wait_for_upload_blocking(Duration::from_millis(100)).is_err() {
        most = most.max(resident()?.0);
        anyhow::ensure!(session.state() != UploadState::Stopped, "the upload has stopped");
    }
    let objects = session.progress().acknowledged;
    let took = start.elapsed();
    println!(
        "drained {objects} objects in {took:.0?}, {:.0}/s: {most} kB resident at most",
        objects as f64 / took.as_secs_f64(),
    );
    Ok(())
}
