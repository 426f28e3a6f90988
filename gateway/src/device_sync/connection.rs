//! The life of one web socket.

use std::{collections::VecDeque, time::Duration};

use asymmetric_device_sync::message::{ErrorCode, Ident, ServerError};
use futures_util::{
    SinkExt as _, StreamExt as _,
    future::{BoxFuture, OptionFuture},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use super::{
    multiplexer::{Binding, Job, Multiplexer},
    outcome::Outcome,
    session::Outbox,
};
use crate::server::Stopping;

/// A healthy client pings every minute.
const SILENCE: Duration = Duration::from_secs(180);
/// How long a client may take to read what it is sent.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// Uploads that wait while one is worked on. A client sends 128 KiB at a time, and does not wait
/// for answers.
const QUEUED_BYTES: usize = 4 * 1024 * 1024;
/// From where the numbers of new files are drawn. Clients make keys of local objects from them, in
/// which there is room for 30 bits; what makes an identity unique, and hard to guess, is its salt.
const FILES: std::ops::Range<u64> = 2..1 << 30;
/// How a client is told that its access token has expired; it gets a new one and comes back.
const UNAUTHORIZED: u16 = 4001;

/// Works on uploads.
pub(super) trait Work: Send + Sync {
    /// Answers when everything in the upload is durable, or was refused, or nothing is claimed. An
    /// error ends the connection.
    fn work(&self, job: &Job) -> impl Future<Output = Result<Outcome, ServerError>> + Send;
}

/// Why a connection ended.
#[derive(Debug)]
enum End {
    /// The client left, or the network did.
    Gone,
    /// The client is told why.
    Told(ServerError),
    /// The access token has expired.
    Expired,
}

/// Serves a web socket to its end.
pub(super) async fn serve<S>(
    mut socket: WebSocketStream<S>,
    mut multiplexer: Multiplexer,
    expires: Instant,
    work: &impl Work,
    mut stopping: Stopping,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let end = tokio::select! {
        end = converse(&mut socket, &mut multiplexer, work) => end,
        () = sleep_until(expires) => End::Expired,
        () = stopping.stops() => End::Told(ServerError::new(
            ErrorCode::OtherConnectionError,
            "the server stops; another one, or the next, takes over",
        )),
    };
    let last = match end {
        End::Gone => return,
        End::Told(error) => {
            tracing::debug!(code = error.code.number(), error.message, "device told to go");
            Message::Binary(multiplexer.connection_error(&error).into())
        }
        // A client that knows no close codes sees an abnormal end, and gets a new token too.
        End::Expired => expired(),
    };
    send_away(&mut socket, last, SEND_TIMEOUT).await;
}

/// Sends a last message and closes; gives up on a client that does not read it in time.
pub(super) async fn send_away<S>(socket: &mut WebSocketStream<S>, last: Message, patience: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let farewell = async {
        socket.send(last).await?;
        socket.close(None).await
    };
    match timeout(patience, farewell).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "device left before it was told why"),
        Err(_) => tracing::debug!("device does not read why it is sent away"),
    }
}

/// Sends a client for another access token; then it comes back.
pub(super) fn expired() -> Message {
    Message::Close(Some(CloseFrame {
        code: CloseCode::from(UNAUTHORIZED),
        reason: "the access token has expired, or is not valid".into(),
    }))
}

/// Reads, works and answers until something ends the connection.
async fn converse<S>(
    socket: &mut WebSocketStream<S>,
    multiplexer: &mut Multiplexer,
    work: &impl Work,
) -> End
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    let mut queue = Queue::default();
    let mut current: Option<BoxFuture<'_, (Binding, Result<Outcome, ServerError>)>> = None;
    let mut heard = Instant::now();
    loop {
        if current.is_none()
            && let Some(job) = queue.pop_wanted(multiplexer)
        {
            current = Some(Box::pin(async move { (job.binding, work.work(&job).await) }));
        }
        let reads = queue.bytes < QUEUED_BYTES;
        if !reads {
            // Nobody listens, so nobody is silent.
            heard = Instant::now();
        }
        let outbox = tokio::select! {
            Some((binding, outcome)) = OptionFuture::from(current.as_mut()) => {
                current = None;
                match outcome {
                    Ok(outcome) => multiplexer.finished(binding, outcome),
                    Err(error) => return End::Told(error),
                }
            }
            message = socket.next(), if reads => {
                heard = Instant::now();
                let message = match message {
                    Some(Ok(Message::Binary(message))) => message,
                    // Clients speak binary; the socket answers control frames itself.
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                    Some(Ok(_)) => continue,
                };
                match multiplexer.receive(&message, &mut random_ident) {
                    Ok(reaction) => {
                        queue.push(reaction.job);
                        reaction.outbox
                    }
                    Err(error) => return End::Told(error),
                }
            }
            () = sleep_until(heard + SILENCE), if reads => return End::Gone,
        };
        match timeout(SEND_TIMEOUT, send(socket, outbox)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return End::Gone,
        }
    }
}

async fn send<S>(
    socket: &mut WebSocketStream<S>,
    outbox: Outbox,
) -> Result<(), tokio_tungstenite::tungstenite::Error>
where
    S: AsyncRead + AsyncWrite + Send + Unpin,
{
    if outbox.is_empty() {
        return Ok(());
    }
    for message in outbox {
        socket.feed(Message::Binary(message.into())).await?;
    }
    socket.flush().await
}

/// Uploads that wait, bounded in bytes by whoever fills it.
#[derive(Debug, Default)]
struct Queue {
    jobs: VecDeque<Job>,
    bytes: usize,
}

impl Queue {
    fn push(&mut self, job: Option<Job>) {
        if let Some(job) = job {
            self.bytes += job.message.len();
            self.jobs.push_back(job);
        }
    }

    /// The next upload whose outcome anybody wants to hear. The others are let go: they belong to
    /// sessions that have failed, whose clients send them again.
    fn pop_wanted(&mut self, multiplexer: &Multiplexer) -> Option<Job> {
        while let Some(job) = self.jobs.pop_front() {
            self.bytes -= job.message.len();
            if multiplexer.wants(job.binding) {
                return Some(job);
            }
        }
        None
    }
}

/// An identity for a new file.
fn random_ident() -> Result<Ident, ServerError> {
    let draw = || -> Result<u64, ServerError> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|error| {
            ServerError::new(ErrorCode::OtherConnectionError, format!("no randomness: {error}"))
        })?;
        Ok(u64::from_le_bytes(bytes))
    };
    let file = FILES.start + draw()? % (FILES.end - FILES.start);
    let salt = 1 + draw()? % (i64::MAX as u64 - 1);
    Ok(Ident { file, salt })
}

#[cfg(test)]
#[path = "tests/connection.rs"]
mod tests;
