//! All files of one connection. Pure: messages in, messages and work out.

use std::collections::HashMap;

use asymmetric_device_sync::{
    message::{ClientMessage, ErrorCode, Ident, LogLevel, ServerError, ServerMessage},
    negotiation::ProtocolVersion,
};
use bytes::Bytes;

use super::{
    outcome::Outcome,
    session::{OutOfOrder, Outbox, Session},
};

/// Most files of one connection. An app has a handful.
const MAX_SESSIONS: usize = 1000;

/// An upload to work on.
#[derive(Debug)]
pub(super) struct Job {
    /// Which binding of which session it belongs to.
    pub(super) binding: Binding,
    /// The file.
    pub(super) ident: Ident,
    /// The message.
    pub(super) message: Bytes,
    /// How long its changesets are, decompressed, by its own account.
    pub(super) decompressed_bytes: usize,
}

/// One binding of a session: the same number can be bound again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) session: u64,
    serial: u64,
}

/// What a message leads to.
#[derive(Debug, Default)]
pub(super) struct Reaction {
    /// Messages for the client.
    pub(super) outbox: Outbox,
    /// An upload to work on.
    pub(super) job: Option<Job>,
}

/// The files of a connection, by the numbers of their sessions.
#[derive(Debug)]
pub(super) struct Multiplexer {
    version: ProtocolVersion,
    /// What the server's log knows the connection by, for the logs of clients.
    correlation_id: Option<String>,
    sessions: HashMap<u64, (Binding, Session)>,
    /// Numbers up to here were bound before; messages for them may still be on their way.
    highest: u64,
    serial: u64,
}

impl Multiplexer {
    pub(super) fn new(version: ProtocolVersion) -> Self {
        let sessions = HashMap::new();
        Self { version, correlation_id: None, sessions, highest: 0, serial: 0 }
    }

    /// Tells clients what the server's log knows the connection by, if they understand that.
    pub(super) fn known_as(mut self, correlation_id: String) -> Self {
        self.correlation_id = Some(correlation_id).filter(|_| self.version.has_log_messages());
        self
    }

    /// A message for the client that is about the connection.
    pub(super) fn connection_error(&self, error: &ServerError) -> Vec<u8> {
        ServerMessage::Error { session: 0, error }.encode(self.version)
    }

    /// Takes a message in. An error ends the connection. `random` is asked for identities.
    pub(super) fn receive(
        &mut self,
        message: &Bytes,
        random: &mut impl FnMut() -> Result<Ident, ServerError>,
    ) -> Result<Reaction, ServerError> {
        let parsed = ClientMessage::parse(message)
            .map_err(|error| ServerError::new(error.code(), error.to_string()))?;
        let mut reaction = Reaction::default();
        match parsed {
            ClientMessage::Ping { timestamp, .. } => {
                reaction.outbox.push(ServerMessage::Pong { timestamp }.encode(self.version));
            }
            ClientMessage::Bind { session, need_ident, .. } => {
                self.bind(session, need_ident, random, &mut reaction.outbox)?;
            }
            ClientMessage::Error { session, code, message } => {
                tracing::warn!(session, code, message, "a device could not use what it was sent");
            }
            ClientMessage::Ident { session, ident, cursors, query } => {
                let salt = random()?.salt;
                let outbox = &mut reaction.outbox;
                self.check_unique(session, ident)?;
                if let Some((_, bound)) = self.find(session)? {
                    in_order(bound.identify(ident, cursors, query.version, salt, outbox))?;
                }
            }
            ClientMessage::Query { session, query } => {
                if let Some((_, bound)) = self.find(session)? {
                    in_order(bound.query(query.version, &mut reaction.outbox))?;
                }
            }
            ClientMessage::Mark { session, request } => {
                if let Some((_, bound)) = self.find(session)? {
                    in_order(bound.mark(request, &mut reaction.outbox))?;
                }
            }
            ClientMessage::Upload(upload) => {
                if let Some((binding, bound)) = self.find(upload.session)? {
                    let wanted = in_order(bound.upload(upload.is_empty()))?;
                    let size = upload.size();
                    reaction.job = bound.ident().filter(|_| wanted).map(|ident| Job {
                        binding: *binding,
                        ident,
                        message: message.clone(),
                        decompressed_bytes: usize::try_from(size).unwrap_or(usize::MAX),
                    });
                }
            }
            ClientMessage::Unbind { session } => {
                if let Some((_, bound)) = self.find(session)?
                    && bound.unbind(&mut reaction.outbox)
                {
                    self.sessions.remove(&session);
                }
            }
        }
        Ok(reaction)
    }

    /// Whether a job is still to be worked on. A session that has failed will send it again.
    pub(super) fn wants(&self, binding: Binding) -> bool {
        self.sessions
            .get(&binding.session)
            .is_some_and(|(current, session)| *current == binding && !session.has_failed())
    }

    /// Takes the outcome of a job in.
    pub(super) fn finished(&mut self, binding: Binding, outcome: Outcome) -> Outbox {
        let mut outbox = Outbox::new();
        if let Some((current, session)) = self.sessions.get_mut(&binding.session)
            && *current == binding
        {
            session.finished(outcome, &mut outbox);
            if session.has_left(&mut outbox) {
                self.sessions.remove(&binding.session);
            }
        }
        outbox
    }

    fn bind(
        &mut self,
        session: u64,
        need_ident: bool,
        random: &mut impl FnMut() -> Result<Ident, ServerError>,
        outbox: &mut Outbox,
    ) -> Result<(), ServerError> {
        if session == 0 {
            return Err(ServerError::new(ErrorCode::BadSessionIdent, "session 0 is no session"));
        }
        if self.sessions.contains_key(&session) {
            return Err(ServerError::new(
                ErrorCode::ReuseOfSessionIdent,
                format!("session {session} is bound already"),
            ));
        }
        if self.sessions.len() >= MAX_SESSIONS {
            return Err(ServerError::new(
                ErrorCode::OtherConnectionError,
                format!("a connection can have {MAX_SESSIONS} sessions"),
            ));
        }
        if let Some(correlation_id) = &self.correlation_id {
            let message = "bound; the server's log knows this connection by the request id";
            let log =
                ServerMessage::Log { session, level: LogLevel::Info, message, correlation_id };
            outbox.push(log.encode(self.version));
        }
        if need_ident {
            let ident = random()?;
            outbox.push(ServerMessage::Ident { session, ident }.encode(self.version));
        }
        self.serial += 1;
        self.highest = self.highest.max(session);
        let binding = Binding { session, serial: self.serial };
        self.sessions.insert(session, (binding, Session::new(session, self.version)));
        Ok(())
    }

    /// The session; `None` if it has ended, and messages were still on their way.
    fn find(&mut self, session: u64) -> Result<Option<&mut (Binding, Session)>, ServerError> {
        if session > self.highest {
            return Err(ServerError::new(
                ErrorCode::BadSessionIdent,
                format!("session {session} was never bound"),
            ));
        }
        Ok(self.sessions.get_mut(&session))
    }

    /// A file may be in one session of a connection only.
    fn check_unique(&self, session: u64, ident: Ident) -> Result<(), ServerError> {
        let twice = self.sessions.iter().any(|(number, (_, other))| {
            *number != session && other.listens() && other.ident() == Some(ident)
        });
        if !twice {
            return Ok(());
        }
        Err(ServerError::new(
            ErrorCode::BoundInOtherSession,
            "the file is bound in another session of this connection",
        ))
    }
}

fn in_order<T>(result: Result<T, OutOfOrder>) -> Result<T, ServerError> {
    result.map_err(|OutOfOrder| {
        ServerError::new(ErrorCode::BadMessageOrder, "the message cannot come at this point")
    })
}

#[cfg(test)]
#[path = "tests/multiplexer.rs"]
mod tests;
