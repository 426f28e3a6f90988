//! One file of a device on a connection: what it may say, and what it is answered.
//!
//! ```text
//!            BIND, needs an identity                 IDENT
//!  (none) ────────────────────────────▶ Bound ──────────────────▶ Active
//!    │      send IDENT                    ▲                          │ UPLOAD, MARK, QUERY
//!    └────── BIND, has an identity ───────┘                          │
//!                                                                    │ an error is sent
//!  any: UNBIND ─▶ when its uploads have ended: UNBOUND, (none)       ▼
//!                                                               Failed: everything but UNBIND
//!                                        UNBIND ─▶ (none) ◀──── is ignored, and that unanswered
//! ```
//!
//! Nothing about a file is kept between connections. What a client must be told follows from what
//! it says of itself: a *new* file has integrated nothing of the server and gets a bootstrap; any
//! other is *returning*, maybe from another server, and is told nothing before its first upload,
//! whose header says what was acknowledged before.

use asymmetric_device_sync::{
    message::{BatchState, Cursors, Download, Ident, NoOperation, ServerError, ServerMessage},
    negotiation::ProtocolVersion,
};

use super::outcome::{Outcome, Stored};

/// Most refused objects that one message names.
const MAX_REFUSED_PER_MESSAGE: usize = 100;

/// A file on a connection.
#[derive(Debug)]
pub(super) struct Session {
    number: u64,
    version: ProtocolVersion,
    state: State,
    /// Uploads that are being worked on.
    pending: usize,
    /// Whether the client has left, and waits to hear that the work has ended.
    leaving: bool,
}

#[derive(Debug)]
enum State {
    Bound,
    Active(Active),
    Failed,
}

/// What the client has been told.
#[derive(Debug)]
struct Active {
    ident: Ident,
    server_version: u64,
    salt: u64,
    client_version: u64,
    upload_server: u64,
    query_version: u64,
    /// Set until the first upload of a returning file.
    returning: Option<Deferred>,
}

/// What a returning file asked before it could be answered.
#[derive(Debug, Default)]
struct Deferred {
    query_version: Option<u64>,
    marks: Vec<u64>,
}

/// A message came at a time when it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfOrder;

/// Messages for the client, encoded.
pub(super) type Outbox = Vec<Vec<u8>>;

impl Session {
    pub(super) const fn new(number: u64, version: ProtocolVersion) -> Self {
        Self { number, version, state: State::Bound, pending: 0, leaving: false }
    }

    /// Whether the client was told of an error, and has not left yet.
    pub(super) const fn has_failed(&self) -> bool {
        matches!(self.state, State::Failed)
    }

    /// Whether the client still listens to answers.
    pub(super) const fn listens(&self) -> bool {
        !self.leaving && !self.has_failed()
    }

    /// The identity of the file, once it is known.
    pub(super) const fn ident(&self) -> Option<Ident> {
        match &self.state {
            State::Active(active) => Some(active.ident),
            _ => None,
        }
    }

    /// The file says who it is. `salt` is for a file that has never heard of a server.
    pub(super) fn identify(
        &mut self,
        ident: Ident,
        cursors: Cursors,
        query_version: u64,
        salt: u64,
        outbox: &mut Outbox,
    ) -> Result<(), OutOfOrder> {
        match self.state {
            State::Bound => {}
            State::Active(_) => return Err(OutOfOrder),
            State::Failed => return Ok(()),
        }
        let new = cursors.download_server == 0;
        let active = Active {
            ident,
            server_version: cursors.latest_server.max(cursors.download_server),
            salt: if cursors.latest_salt == 0 { salt } else { cursors.latest_salt },
            client_version: 0,
            upload_server: 0,
            query_version,
            returning: (!new).then(Deferred::default),
        };
        self.state = State::Active(active);
        if new {
            self.bootstrap(query_version, outbox);
        }
        Ok(())
    }

    /// The file subscribes to something else.
    pub(super) fn query(&mut self, version: u64, outbox: &mut Outbox) -> Result<(), OutOfOrder> {
        let Some(active) = self.active()? else { return Ok(()) };
        match &mut active.returning {
            Some(deferred) => deferred.query_version = Some(version),
            None => self.bootstrap(version, outbox),
        }
        Ok(())
    }

    /// The client wants to know when everything before was answered.
    pub(super) fn mark(&mut self, request: u64, outbox: &mut Outbox) -> Result<(), OutOfOrder> {
        let number = self.number;
        let Some(active) = self.active()? else { return Ok(()) };
        match &mut active.returning {
            // Its answer says that the query was answered, and that one waits.
            Some(deferred) if deferred.query_version.is_some() => deferred.marks.push(request),
            _ => outbox.push(ServerMessage::Mark { session: number, request }.encode(self.version)),
        }
        Ok(())
    }

    /// Whether an upload is to be worked on. One without changesets only tells progress, and an
    /// answer would make the client send another, without end; but the first of a returning file
    /// tells how far the server before had come.
    pub(super) fn upload(&mut self, empty: bool) -> Result<bool, OutOfOrder> {
        let pending = self.pending;
        let Some(active) = self.active()? else { return Ok(false) };
        let wanted = !empty || active.returning.is_some() && pending == 0;
        self.pending += usize::from(wanted);
        Ok(wanted)
    }

    /// An upload was worked on.
    pub(super) fn finished(&mut self, outcome: Outcome, outbox: &mut Outbox) {
        self.pending = self.pending.saturating_sub(1);
        if !self.listens() {
            return;
        }
        match outcome {
            Outcome::Stored(stored) => self.acknowledge(&stored, outbox),
            Outcome::Failed(error) => self.fail(&error, outbox),
        }
    }

    /// Tells the client of an error. It unbinds the session, and may bind it again.
    pub(super) fn fail(&mut self, error: &ServerError, outbox: &mut Outbox) {
        self.state = State::Failed;
        self.send(&ServerMessage::Error { session: self.number, error }, outbox);
    }

    /// The client leaves. Answers whether the session is over.
    pub(super) fn unbind(&mut self, outbox: &mut Outbox) -> bool {
        if self.has_failed() {
            return true;
        }
        self.leaving = true;
        self.has_left(outbox)
    }

    /// Whether the client has left and all work has ended; then it is told so.
    pub(super) fn has_left(&mut self, outbox: &mut Outbox) -> bool {
        let left = self.leaving && self.pending == 0;
        if left {
            self.send(&ServerMessage::Unbound { session: self.number }, outbox);
        }
        left
    }

    fn active(&mut self) -> Result<Option<&mut Active>, OutOfOrder> {
        match &mut self.state {
            State::Bound => Err(OutOfOrder),
            State::Active(active) => Ok(Some(active)),
            State::Failed => Ok(None),
        }
    }

    fn acknowledge(&mut self, stored: &Stored, outbox: &mut Outbox) {
        let (session, version) = (self.number, self.version);
        let State::Active(active) = &mut self.state else { return };
        active.server_version += 1;
        active.client_version = active.client_version.max(stored.client_version);
        active.upload_server = active.upload_server.max(stored.server_version);
        let told = !stored.refused.is_empty();
        for error in stored.refused_messages(active.server_version, MAX_REFUSED_PER_MESSAGE) {
            outbox.push(ServerMessage::Error { session, error: &error }.encode(version));
        }
        let download = active.download(session, BatchState::Steady, told);
        outbox.push(ServerMessage::Download(download).encode(version));
        let Some(deferred) = active.returning.take() else { return };
        if let Some(query_version) = deferred.query_version {
            self.bootstrap(query_version, outbox);
        }
        for request in deferred.marks {
            self.send(&ServerMessage::Mark { session, request }, outbox);
        }
    }

    /// Answers a set of subscriptions: with nothing, since nothing is ever read.
    fn bootstrap(&mut self, query_version: u64, outbox: &mut Outbox) {
        let (session, version) = (self.number, self.version);
        let State::Active(active) = &mut self.state else { return };
        active.server_version += 1;
        active.query_version = query_version;
        let download = active.download(session, BatchState::Bootstrap, true);
        outbox.push(ServerMessage::Download(download).encode(version));
    }

    fn send(&self, message: &ServerMessage<'_>, outbox: &mut Outbox) {
        outbox.push(message.encode(self.version));
    }
}

impl Active {
    fn download(&self, session: u64, batch_state: BatchState, entry: bool) -> Download {
        Download {
            session,
            server_version: self.server_version,
            server_salt: self.salt,
            client_version: self.client_version,
            upload_server: self.upload_server,
            query_version: self.query_version,
            batch_state,
            entry: entry.then_some(NoOperation),
        }
    }
}
