//! What a server says, read as strictly as clients do.

use asymmetric_device_sync::message::BatchState;
use serde::Deserialize;

/// An answer that repeats what the client said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// A mark came back.
    Mark(u64),
    /// The session is over.
    Unbound,
    /// The connection lives.
    Pong(u64),
}

/// An object that a server refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Name of its class.
    pub table: String,
    /// Its primary key, in base64.
    pub pk: String,
    /// Why.
    pub reason: String,
}

/// A message of a server.
#[derive(Debug)]
pub(super) enum Read {
    Said(Said),
    Ident { file: u64, salt: u64 },
    Download(Cursors),
    Refused(Vec<Refusal>),
    Error { code: u64, action: String, message: String },
    Log,
}

/// Cursors of a download.
#[derive(Debug)]
pub(super) struct Cursors {
    pub(super) download_server: u64,
    pub(super) download_client: u64,
    pub(super) latest_server: u64,
    pub(super) latest_salt: u64,
    pub(super) upload_client: u64,
    pub(super) upload_server: u64,
    pub(super) query_version: u64,
    pub(super) batch_state: BatchState,
    pub(super) entries: usize,
}

/// The keys that clients insist on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they must be there, of the right type")]
struct ErrorBody {
    message: String,
    try_again: bool,
    action: String,
    should_client_reset: bool,
    is_recovery_mode_disabled: bool,
    #[serde(rename = "logURL")]
    log_url: String,
    rejected_updates: Option<Vec<Refusal>>,
    compensating_write_server_version: Option<i64>,
    rejected_client_version: Option<i64>,
}

impl Read {
    pub(super) fn parse(message: &[u8], version: u32) -> Result<Self, &'static str> {
        let end = message.iter().position(|byte| *byte == b'\n').ok_or("no end of the header")?;
        let (header, body) = message.split_at(end);
        let body = body.get(1..).unwrap_or_default();
        let header = str::from_utf8(header).map_err(|_| "a header that is not ASCII")?;
        let (name, words) = header.split_once(' ').ok_or("a header of one word")?;
        let words: Vec<u64> = words
            .split(' ')
            .map(|word| word.parse().map_err(|_| "a word that is no number"))
            .collect::<Result<_, _>>()?;
        let empty = || if body.is_empty() { Ok(()) } else { Err("a body where none belongs") };
        match (name, words.as_slice()) {
            ("mark", [_, request]) => empty().map(|()| Self::Said(Said::Mark(*request))),
            ("unbound", [_]) => empty().map(|()| Self::Said(Said::Unbound)),
            ("pong", [timestamp]) => empty().map(|()| Self::Said(Said::Pong(*timestamp))),
            ("ident", [_, file, salt]) => {
                empty().map(|()| Self::Ident { file: *file, salt: *salt })
            }
            ("download", words) => download(words, body, version).map(Self::Download),
            ("json_error", [code, size, session]) => {
                if *size != body.len() as u64 || (*code < 200) != (*session == 0) {
                    return Err("an error whose header is wrong");
                }
                error(*code, body)
            }
            ("log_message", [_, size]) if version >= 10 && *size == body.len() as u64 => {
                Ok(Self::Log)
            }
            _ => Err("an unknown message"),
        }
    }
}

fn error(code: u64, body: &[u8]) -> Result<Read, &'static str> {
    let body: ErrorBody =
        serde_json::from_slice(body).map_err(|_| "an error without all the keys")?;
    if code != 231 {
        return Ok(Read::Error { code, action: body.action, message: body.message });
    }
    let complete =
        body.compensating_write_server_version.is_some() && body.rejected_client_version.is_some();
    match body.rejected_updates {
        Some(refused) if complete => Ok(Read::Refused(refused)),
        // Clients end the process here.
        _ => Err("refused objects without the versions"),
    }
}

fn download(words: &[u64], body: &[u8], version: u32) -> Result<Cursors, &'static str> {
    let [
        _,
        download_server,
        download_client,
        latest_server,
        latest_salt,
        upload_client,
        upload_server,
        query_version,
        batch_state,
        progress,
        compressed,
        size,
        compressed_size,
    ] = *words
    else {
        return Err("a download with a header of another length");
    };
    if progress != u64::from(version >= 12) || compressed != 0 || compressed_size != 0 {
        return Err("a download with another progress, or compressed");
    }
    if size != body.len() as u64 {
        return Err("a download whose size is wrong");
    }
    let batch_state = match batch_state {
        1 => BatchState::Bootstrap,
        2 => BatchState::Steady,
        _ => return Err("a batch that goes on"),
    };
    let mut rest = body;
    let mut entries = 0;
    let mut last = 0;
    while !rest.is_empty() {
        let mut numbers = [0_u64; 6];
        for number in &mut numbers {
            let end = rest.iter().position(|byte| *byte == b' ').ok_or("a head without an end")?;
            let (word, tail) = rest.split_at(end);
            let word = str::from_utf8(word).ok().and_then(|word| word.parse().ok());
            *number = word.ok_or("a head that is no number")?;
            rest = tail.get(1..).unwrap_or_default();
        }
        let [server, client, _, origin, original, size] = numbers;
        if server == 0 || server < last || server > download_server || client > download_client {
            return Err("a changeset of a wrong version");
        }
        if origin == 0 || original != size {
            return Err("a changeset of a wrong origin or size");
        }
        let size = usize::try_from(size).map_err(|_| "a changeset without end")?;
        let changeset = rest.get(..size).ok_or("a changeset longer than the message")?;
        if changeset != b"\x3f\x00\x00" {
            return Err("a changeset that does something");
        }
        rest = rest.get(size..).unwrap_or_default();
        last = server;
        entries += 1;
    }
    Ok(Cursors {
        download_server,
        download_client,
        latest_server,
        latest_salt,
        upload_client,
        upload_server,
        query_version,
        batch_state,
        entries,
    })
}
