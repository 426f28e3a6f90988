//! The steps of an upload, one after the other.

use asymmetric_protocol::{ack::Acknowledgement, batch::ClassEntry};
use asymmetric_schema::{ClassDocument, Fingerprint, Place};
use axum::{body::Body, http::HeaderMap};
use bytes::Bytes;
use tokio::task;

use std::sync::Arc;

use super::{
    Sender,
    body::{self, Encoding},
    inflight::Reservation,
    plan::{Plan, Planning},
};
use crate::{Counters, Gateway, error::ApiError};

/// Size up to which a body is worked on without leaving the async thread: below a millisecond.
const INLINE_BYTES: usize = 128 * 1024;

/// Takes an upload whose sender was checked.
pub(crate) async fn ingest(
    headers: &HeaderMap,
    mut body: Body,
    sender: Sender,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let mut reservation = gateway.in_flight().reservation(sender.app.domain_id, sender.user);
    let received = match Encoding::of(headers) {
        Ok(encoding) => body::receive(&mut body, encoding, &mut reservation)
            .await
            .map(|received| (encoding, received)),
        Err(error) => Err(error),
    };
    let (encoding, received) = match received {
        Ok(received) => received,
        Err(error) => {
            refuse(body).await;
            return Err(error);
        }
    };

    write(received, encoding, reservation, Arc::new(sender), gateway).await
}

/// Takes a batch that did not come as the body of a request.
pub(crate) async fn integrate(
    batch: Bytes,
    sender: Arc<Sender>,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let mut reservation = gateway.in_flight().reservation(sender.app.domain_id, sender.user);
    reservation.grow_to(batch.len())?;
    write(batch, Encoding::Identity, reservation, sender, gateway).await
}

/// Works on a body. Classes that it announces are learnt first.
async fn write(
    received: Bytes,
    encoding: Encoding,
    reservation: Reservation,
    mut sender: Arc<Sender>,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let (mut received, mut encoding, mut reservation) = (received, encoding, reservation);
    loop {
        match plan(received, encoding, reservation, Arc::clone(&sender)).await? {
            Planned::Plan(plan) => return write_plan(plan, &sender, gateway).await,
            Planned::Ask(announce) => {
                let answer = Acknowledgement { announce, ..Acknowledgement::default() };
                return Ok((answer, Counters::default()));
            }
            Planned::Learn { announced, body, reservation: back } => {
                sender = Arc::new(learn(announced, Sender::clone(&sender), gateway).await?);
                (received, encoding, reservation) = (body, Encoding::Identity, back);
            }
        }
    }
}

/// Learns what was announced: afterwards each class is known, or is among those refused.
async fn learn(
    announced: Vec<(ClassEntry, Vec<u8>)>,
    mut sender: Sender,
    gateway: &Gateway,
) -> Result<Sender, ApiError> {
    let mut classes = Vec::new();
    for (entry, json) in &announced {
        match class_of(entry, json) {
            Ok(class) => classes.push(class),
            Err(reason) => drop(sender.refused.insert(entry.fingerprint, reason)),
        }
    }
    let learnt = gateway.learn(&sender.app, classes).await?;
    sender.app = learnt.app;
    for (ClassEntry { title, fingerprint, .. }, _) in &announced {
        if let Some(reason) = learnt.refused.get(title) {
            sender.refused.insert(*fingerprint, reason.clone());
        }
    }
    // Somebody else may have changed the app meanwhile: the client asks again.
    if announced.iter().any(|(entry, _)| sender.would_teach(entry)) {
        Err(ApiError::Busy)
    } else {
        Ok(sender)
    }
}

/// The announced class, if it is the one that the batch names.
fn class_of(entry: &ClassEntry, json: &[u8]) -> Result<ClassDocument, String> {
    let json = serde_json::from_slice(json).map_err(|error| error.to_string());
    let class = json
        .and_then(|json| ClassDocument::from_announcement(json).map_err(|error| error.to_string()));
    let class = class.map_err(|why| format!("the announced schema cannot be read: {why}"))?;
    let Place { data_source, database, collection } = &class.place;
    let same = class.fingerprint() == entry.fingerprint
        && (class.title(), data_source, database, collection)
            == (&*entry.title, &entry.data_source, &entry.database, &entry.collection);
    if same {
        Ok(class)
    } else {
        Err("another class was announced than the batch names".to_owned())
    }
}

async fn write_plan(
    plan: Plan,
    sender: &Sender,
    gateway: &Gateway,
) -> Result<(Acknowledgement, Counters), ApiError> {
    let Plan { client_file, writes, objects } = plan;
    let inserted = gateway.integration().write(client_file, writes, objects.rejected()).await?;
    let conclusion = objects.conclude(inserted)?;
    if conclusion.rejected.is_empty() {
        return Ok(conclusion.with_rejections());
    }
    let keep: Vec<_> =
        conclusion.rejected.iter().map(|object| sender.rejected(client_file, object)).collect();
    match gateway.rejected().keep(&keep).await {
        Ok(()) => Ok(conclusion.with_rejections()),
        // An object is never rejected without a trace; the device sends it again.
        Err(error) if conclusion.counters.acknowledged == 0 => Err(ApiError::Store(error)),
        Err(error) => {
            tracing::warn!(error = %crate::error::chain(&error), "rejected objects were not kept");
            Ok(conclusion.without_rejections())
        }
    }
}

/// What to do about a body.
enum Planned {
    Plan(Plan),
    Ask(Vec<Fingerprint>),
    Learn { announced: Vec<(ClassEntry, Vec<u8>)>, body: Bytes, reservation: Reservation },
}

/// Works on a body: here if that takes less than a millisecond, its compressed chunks included.
async fn plan(
    received: Bytes,
    encoding: Encoding,
    mut reservation: Reservation,
    sender: Arc<Sender>,
) -> Result<Planned, ApiError> {
    if encoding == Encoding::Identity && received.len() <= INLINE_BYTES && !sender.waits() {
        match Plan::of(&received, reservation, &sender, INLINE_BYTES as u64)? {
            Planning::Large(back) => reservation = back,
            planning => return planned(planning, received),
        }
    }
    let work = move || {
        let body = body::decode(received, encoding, &mut reservation)?;
        planned(Plan::of(&body, reservation, &sender, u64::MAX)?, body)
    };
    task::spawn_blocking(work).await.map_err(|_| ApiError::ShuttingDown)?
}

fn planned(planning: Planning, body: Bytes) -> Result<Planned, ApiError> {
    match planning {
        Planning::Plan(plan) => Ok(Planned::Plan(plan)),
        Planning::Ask(asked) => Ok(Planned::Ask(asked)),
        Planning::Learn(announced, reservation) => {
            Ok(Planned::Learn { announced, body, reservation })
        }
        // Without a limit there is always a plan.
        Planning::Large(_) => Err(ApiError::Busy),
    }
}

/// Lets a client that is refused finish sending, so that it reads why.
pub(crate) async fn refuse(body: Body) {
    body::discard(body).await;
}

#[cfg(test)]
mod tests {
    use asymmetric_protocol::chunk::Codec;

    use super::*;
    use crate::{
        ingest::InFlight,
        testing::{batch_in, class},
    };

    /// A batch of one object of this many bytes, all zeros behind its length.
    fn batch(bytes: usize) -> Bytes {
        let mut document = u32::try_from(bytes).unwrap().to_le_bytes().to_vec();
        document.resize(bytes, 0);
        let classes = [class(1, "plant", "readings")];
        batch_in(Codec::Zstd, &classes, 1, [(1, document.as_slice())]).into()
    }

    fn fits(body: &Bytes) -> bool {
        let sender = Sender::development();
        let planning = Plan::of(body, InFlight::only(usize::MAX), &sender, INLINE_BYTES as u64);
        matches!(planning, Ok(Planning::Plan(_)))
    }

    #[test]
    fn a_small_body_that_decompresses_to_much_is_not_small() {
        assert!(fits(&batch(1024)));
        let large = batch(1024 * 1024);
        assert!(large.len() < INLINE_BYTES, "{} bytes", large.len());
        assert!(!fits(&large));
    }
}
