//! A model of the outbox that is too simple to be wrong, and the operations that both go through.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ops::ControlFlow,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use asymmetric_protocol::{
    SequenceNumber,
    ack::RejectionCode,
    chunk::{Chunk, Codec, Objects},
};
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
use asymmetric_testkit::FaultyBackend;
use bson::{Binary, Document, doc, spec::BinarySubtype};

use super::super::*;

const PROPERTIES: &[PropertySchema] = &[
    PropertySchema::new("_id", PropertyType::Long),
    PropertySchema::new("padding", PropertyType::Binary),
];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Padded", PROPERTIES)];
pub(super) const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

/// What can be done to an outbox.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Commits so many objects, each with so many bytes of padding.
    Write { objects: u16, padding: u32, durability: Durability },
    /// Settles one of the stored chunks, counted from the front and around. If so wished, its first
    /// object is rejected, which an upload tells only of a chunk that is first.
    Settle { chunk: usize, reject: bool },
    /// Makes durable what was settled.
    Flush,
    /// Drops everything that waits, for it is too old.
    Expire,
    /// Gives unused space back.
    Compact,
    /// Remembers a session, or forgets it.
    StoreSession(Option<u8>),
    /// Closes the file and opens it again.
    Reopen,
}

/// What the file holds: sequence numbers and ids of the objects, and the session's user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    pub(super) stored: Vec<(u64, i64)>,
    pub(super) rejected: Vec<(u64, i64)>,
    pub(super) session: Option<String>,
    /// Objects dropped because the outbox was full.
    pub(super) overflowed: u64,
    /// Objects dropped because they were too old.
    pub(super) expired: u64,
}

/// The model, and the outbox that has to do the same.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) disk: FaultyBackend,
    options: Options,
    outbox: Option<Outbox>,
    /// What the file has to hold.
    pub(super) before: Content,
    /// What it may hold instead, because an operation that failed was under way.
    pub(super) after: Option<Content>,
    /// First and end of the chunks that were settled since the file was opened.
    settled: BTreeMap<u64, u64>,
    /// Sequence number of the next object.
    end: u64,
    next_id: i64,
    client_file: Option<[u8; 12]>,
}

/// The outbox did not do what it was told, and said so.
#[derive(Debug)]
pub(super) struct Failed(#[expect(dead_code, reason = "printed by tests that fail")] String);

impl Run {
    /// Nothing was done yet; the disk may be empty.
    pub(super) fn new(disk: FaultyBackend) -> Self {
        // Everything is too old as soon as the clock has moved on; only `Expire` asks.
        let limits = Limits { max_age: Some(Duration::ZERO), ..Limits::default() };
        Self {
            disk,
            options: Options { limits, ..Options::default() },
            outbox: None,
            before: Content::default(),
            after: None,
            settled: BTreeMap::new(),
            end: 1,
            next_id: 1,
            client_file: None,
        }
    }

    /// The same with compression, and with room for so many objects, the oldest of which make way.
    pub(super) fn with(mut self, codec: Codec, max_objects: Option<u64>) -> Self {
        self.options.codec = codec;
        self.options.limits.max_objects = max_objects;
        self.options.limits.when_full = WhenFull::DropOldest;
        self
    }

    /// The same, closed, on a disk that holds a copy of the file.
    pub(super) fn another_on(&self, disk: FaultyBackend) -> Self {
        Self {
            before: self.before.clone(),
            end: self.end,
            next_id: self.next_id,
            client_file: self.client_file,
            ..Self::new(disk)
        }
    }

    /// Takes what was found for what has to be there.
    pub(super) fn adopt(&mut self, found: Content) {
        self.end = found.stored.last().map_or(self.end, |object| object.0 + 1);
        self.before = found;
    }

    /// Does all steps, and compares after the last one.
    pub(super) fn steps(&mut self, steps: &[Step]) -> Result<(), Failed> {
        steps.iter().try_for_each(|step| self.perform(step))?;
        self.compare()
    }

    /// Does one step, and compares.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), Failed> {
        self.steps(std::slice::from_ref(step))
    }

    fn perform(&mut self, step: &Step) -> Result<(), Failed> {
        match *step {
            Step::Write { objects, padding, durability } => {
                self.write(objects, padding, durability)
            }
            Step::Settle { chunk, reject } => self.settle(chunk, reject),
            Step::Flush => {
                let needed = self.outbox()?.needs_flush();
                assert_eq!(needed, self.has_settled());
                self.after = Some(self.committed(&[]));
                self.outbox()?.flush().map_err(failed)?;
                self.done();
                Ok(())
            }
            Step::Expire => self.expire(),
            Step::Compact => {
                let before = self.outbox()?.file_bytes();
                self.outbox()?.compact().map_err(failed)?;
                assert!(self.outbox()?.file_bytes() <= before);
                Ok(())
            }
            Step::StoreSession(user) => {
                let session = user.map(|user| StoredSession {
                    user_id: user.to_string(),
                    device_id: "device".into(),
                    refresh_token: "token".into(),
                    provider: "anon-user".into(),
                });
                let user = session.as_ref().map(|session| session.user_id.clone());
                self.after = Some(Content { session: user.clone(), ..self.before.clone() });
                self.outbox()?.store_session(session.as_ref()).map_err(failed)?;
                self.before.session = user;
                self.after = None;
                Ok(())
            }
            Step::Reopen => {
                self.close();
                self.outbox().map(|_| ())
            }
        }
    }

    /// Closes the file; what was settled and not flushed is forgotten.
    pub(super) fn close(&mut self) {
        self.outbox = None;
        self.settled.clear();
    }

    /// Starts again on another disk, which holds what a crash left.
    pub(super) fn continue_on(&mut self, disk: FaultyBackend) {
        self.close();
        self.disk = disk;
    }

    /// Reads the file and compares it with the model: if an operation was under way, it has to
    /// have happened as a whole or not at all, and from here on the model knows.
    pub(super) fn compare(&mut self) -> Result<(), Failed> {
        let found = self.content()?;
        let after = self.after.take();
        if after.as_ref() == Some(&found) {
            self.adopt(found);
        } else {
            assert_eq!(found, self.before, "or it might hold {after:?}");
        }
        let progress = self.outbox()?.progress().borrow().clone();
        assert_eq!(progress.pending_objects(), self.pending());
        assert_eq!(progress.rejected, self.before.rejected.len() as u64);
        Ok(())
    }

    /// The outbox, opened if it is not.
    pub(super) fn outbox(&mut self) -> Result<&Outbox, Failed> {
        if self.outbox.is_none() {
            let disk = self.disk.clone();
            let outbox = self.options.open_backend(Path::new("memory"), disk, "app", &SCHEMA);
            let outbox = outbox.map_err(failed)?;
            let client_file = *outbox.identity().client_file.as_bytes();
            assert_eq!(*self.client_file.get_or_insert(client_file), client_file);
            self.outbox = Some(outbox);
        }
        self.outbox.as_ref().ok_or_else(|| unreachable!("it was opened above"))
    }

    fn write(&mut self, count: u16, padding: u32, durability: Durability) -> Result<(), Failed> {
        let ids = self.next_id..self.next_id + i64::from(count);
        self.next_id = ids.end;
        let class = self.outbox()?.identity().members[0];
        let mut objects = Objects::new();
        for id in ids.clone() {
            let pushed = objects.push_with(class, |out| {
                out.extend(document(id, padding).to_vec().unwrap());
                Ok::<_, Infallible>(())
            });
            assert!(pushed.is_ok());
        }
        let new: Vec<(u64, i64)> = (self.end..).zip(ids).collect();
        let limit = self.options.limits.max_objects.unwrap_or(u64::MAX);
        if new.len() as u64 > limit {
            let refused = self.outbox()?.commit(&mut objects, durability);
            assert!(matches!(refused, Err(CommitError::Full { .. })), "{refused:?}");
            return Ok(());
        }
        if !new.is_empty() {
            let excess = (self.pending() + new.len() as u64).saturating_sub(limit);
            let overflowed = self.drop_oldest(excess)?;
            let mut content = self.committed(&new);
            content.overflowed += overflowed;
            self.after = Some(content);
        }
        let written = self.outbox()?.commit(&mut objects, durability).map_err(failed)?;
        assert_eq!(written.start.get(), self.end);
        assert_eq!(written.end.get(), self.end + new.len() as u64);
        self.end = written.end.get();
        self.done();
        Ok(())
    }

    fn settle(&mut self, chunk: usize, reject: bool) -> Result<(), Failed> {
        let chunks = self.chunks()?;
        let Some(chunk) = chunks.get(chunk % chunks.len().max(1)) else { return Ok(()) };
        let (first, end) = (chunk.first.get(), chunk.end.get());
        if self.settled.contains_key(&first) {
            // The server repeats an answer, which changes nothing.
            self.outbox()?.settle(std::slice::from_ref(chunk));
            return Ok(());
        }
        if !reject {
            self.settled.insert(first, end);
            self.outbox()?.settle(std::slice::from_ref(chunk));
            return Ok(());
        }
        if first != self.settled_below(&self.before) {
            return Ok(());
        }
        self.settled.insert(first, end);
        let mut content = self.committed(&[]);
        let rejected = objects_of(chunk).take(1).map(|(sequence, id)| {
            content.rejected.push((sequence, id));
            RejectedObject {
                sequence: SequenceNumber::new(sequence),
                class: "Padded".into(),
                class_id: None,
                code: RejectionCode::SchemaValidationFailed,
                reason: "so be it".into(),
                rejected_at: UNIX_EPOCH + Duration::from_millis(1),
                bson: document(id, 0).to_vec().unwrap(),
            }
        });
        let mut next = Some((chunk.clone(), rejected.collect()));
        self.after = Some(content);
        self.outbox()?.settle_rejected(|_| next.take()).map_err(failed)?;
        self.done();
        Ok(())
    }

    fn expire(&mut self) -> Result<(), Failed> {
        let now = SystemTime::now();
        while SystemTime::now() < now + Duration::from_millis(2) {
            std::thread::yield_now();
        }
        let expired = self.drop_oldest(u64::MAX)?;
        if expired > 0 {
            let mut content = self.committed(&[]);
            content.expired += expired;
            self.after = Some(content);
        }
        self.outbox()?.expire().map_err(failed)?;
        self.done();
        Ok(())
    }

    /// Settles whole chunks from the front until so many objects have made way or none waits, and
    /// answers how many have.
    fn drop_oldest(&mut self, objects: u64) -> Result<u64, Failed> {
        let mut dropped = 0;
        for chunk in self.chunks()? {
            if dropped < objects && !self.settled.contains_key(&chunk.first.get()) {
                self.settled.insert(chunk.first.get(), chunk.end.get());
                dropped += chunk.objects();
            }
        }
        Ok(dropped)
    }

    /// How many objects wait for the server.
    fn pending(&self) -> u64 {
        let settled: u64 = self.settled.iter().map(|(first, end)| end - first).sum();
        self.before.stored.len() as u64 - settled
    }

    /// Whether a commit of nothing else has something to do.
    fn has_settled(&self) -> bool {
        let first = self.before.stored.first().map_or(self.end, |object| object.0);
        self.settled.contains_key(&first)
    }

    /// Objects with a smaller number are settled, or are not among `content`.
    fn settled_below(&self, content: &Content) -> u64 {
        let mut below = content.stored.first().map_or(self.end, |object| object.0);
        while let Some(end) = self.settled.get(&below) {
            below = *end;
        }
        below
    }

    /// What the file holds after a commit of `new` and of what was settled.
    fn committed(&self, new: &[(u64, i64)]) -> Content {
        let mut content = self.before.clone();
        content.stored.extend(new);
        let below = self.settled_below(&content);
        content.stored.retain(|object| object.0 >= below);
        content
    }

    /// The commit succeeded.
    fn done(&mut self) {
        let Some(content) = self.after.take() else { return };
        self.before = content;
        let first = self.before.stored.first().map_or(self.end, |object| object.0);
        self.settled.retain(|settled, _| *settled >= first);
    }

    fn chunks(&mut self) -> Result<Vec<StoredChunk>, Failed> {
        chunks_of(self.outbox()?)
    }

    /// What the file holds, every object verified.
    pub(super) fn content(&mut self) -> Result<Content, Failed> {
        content_of(self.outbox()?)
    }
}

fn chunks_of(outbox: &Outbox) -> Result<Vec<StoredChunk>, Failed> {
    let mut chunks = Vec::new();
    let read = outbox.read_chunks(SequenceNumber::new(0), |chunk| {
        chunks.push(chunk);
        ControlFlow::Continue(())
    });
    read.map_err(failed)?;
    Ok(chunks)
}

/// What an outbox holds, every object verified.
pub(super) fn content_of(outbox: &Outbox) -> Result<Content, Failed> {
    let stored = chunks_of(outbox)?.iter().flat_map(objects_of).collect();
    let rejected = outbox.rejected().map_err(failed)?;
    let session = outbox.session().map_err(failed)?.map(|session| session.user_id);
    let rejected = rejected.into_iter().map(|object| {
        let document = object.document().unwrap();
        (object.sequence.get(), document.get_i64("_id").unwrap())
    });
    let rejected = rejected.collect();
    let progress = outbox.progress().borrow();
    let (overflowed, expired) = (progress.overflowed, progress.expired);
    Ok(Content { stored, rejected, session, overflowed, expired })
}

/// Sequence numbers and ids of the objects of a chunk, none of which may be half there.
fn objects_of(chunk: &StoredChunk) -> impl Iterator<Item = (u64, i64)> + use<> {
    let mut scratch = Vec::new();
    let parsed = Chunk::parse(&chunk.bytes).unwrap();
    let documents = parsed.documents(&mut scratch).unwrap().map(|(_, document)| {
        let found = Document::from_reader(document).unwrap();
        let id = found.get_i64("_id").unwrap();
        let padding = found.get_binary_generic("padding").unwrap().len();
        assert_eq!(found, document_of(id, padding));
        id
    });
    let documents: Vec<_> = documents.collect();
    assert_eq!(documents.len() as u64, chunk.objects());
    (chunk.first.get()..).zip(documents)
}

fn document(id: i64, padding: u32) -> Document {
    document_of(id, usize::try_from(padding).unwrap())
}

/// The content of an object follows from its number.
fn document_of(id: i64, padding: usize) -> Document {
    let bytes = vec![id.to_le_bytes()[0]; padding];
    doc! { "_id": id, "padding": Binary { subtype: BinarySubtype::Generic, bytes } }
}

fn failed(error: impl std::error::Error) -> Failed {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    Failed(message)
}
