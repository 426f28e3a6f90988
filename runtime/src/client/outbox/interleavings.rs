//! Many interleavings of the real group commit, committer and settling: nobody waits for ever, and
//! what was said to be durable is there.
//!
//! Only the primitives of [`sync`](super::sync) switch between threads here; the storage engine in
//! between runs as one step.

use std::{convert::Infallible, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use asymmetric_protocol::{
    SequenceNumber,
    chunk::{Chunk, Objects},
};
use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
use bson::doc;
use redb::backends::InMemoryBackend;
use shuttle::{
    Config, Runner,
    future::block_on,
    scheduler::{PctScheduler, RandomScheduler},
    thread,
};

use super::{CommitError, Committer, Durability, Limits, Options, Outbox, Ticket, WhenFull};

const PROPERTIES: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::Long)];
const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", PROPERTIES)];
const SCHEMA: RealmSchema = RealmSchema::new(CLASSES);

/// Interleavings of each test.
const ROUNDS: usize = 1_000;

const BUFFERED: Durability =
    Durability::Buffered { max_delay: Duration::from_secs(60 * 60), max_bytes: 200 };

fn open(options: Options) -> Arc<Outbox> {
    let backend = InMemoryBackend::new();
    Arc::new(options.open_backend(Path::new("memory"), backend, "app", &SCHEMA).unwrap())
}

fn object(outbox: &Outbox, id: i64) -> Objects {
    let mut objects = Objects::new();
    let pushed = objects.push_with(outbox.identity().members[0], |out| {
        out.extend(doc! { "_id": id }.to_vec().unwrap());
        Ok::<_, Infallible>(())
    });
    assert!(pushed.is_ok());
    objects
}

/// The objects in the order of their numbers, which have no gap.
fn stored(outbox: &Outbox) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut next = None;
    let read = outbox.read_chunks(SequenceNumber::new(0), |chunk| {
        assert!(next.is_none_or(|next| next == chunk.first));
        next = Some(chunk.end);
        let mut scratch = Vec::new();
        let parsed = Chunk::parse(&chunk.bytes).unwrap();
        for (_, document) in parsed.documents(&mut scratch).unwrap() {
            let document = bson::Document::from_reader(document).unwrap();
            ids.push(document.get_i64("_id").unwrap());
        }
        ControlFlow::Continue(())
    });
    read.unwrap();
    assert_eq!(outbox.progress().borrow().damaged_chunks, 0);
    ids
}

fn explore(test: impl Fn() + Clone + Send + Sync + 'static) {
    let mut config = Config::new();
    // The storage engine is deeper than the stacks that are the default.
    config.stack_size = 1 << 20;
    let rounds = Runner::new(RandomScheduler::new(ROUNDS / 2), config.clone());
    assert_eq!(rounds.run(test.clone()), ROUNDS / 2);
    let rounds = Runner::new(PctScheduler::new(3, ROUNDS / 2), config);
    assert_eq!(rounds.run(test), ROUNDS / 2);
}

#[test]
fn threads_tasks_and_buffered_writes_meet_without_waiting_for_ever() {
    explore(|| {
        let outbox = open(Options::default());
        let committer = Committer::start(&outbox).unwrap();
        let spawn = |write: Box<dyn FnOnce(&Outbox) + Send>| {
            let outbox = Arc::clone(&outbox);
            thread::spawn(move || write(&outbox))
        };
        let threads: Vec<_> = (0..2)
            .map(|writer| {
                spawn(Box::new(move |outbox| {
                    for id in [writer * 10, writer * 10 + 1] {
                        let mut object = object(outbox, id);
                        let written = outbox.commit(&mut object, Durability::Durable).unwrap();
                        assert!(outbox.group.bounds().0 >= written.end);
                    }
                }))
            })
            .chain([
                spawn(Box::new(|outbox| {
                    for id in [20, 21] {
                        let mut object = object(outbox, id);
                        let write = outbox.commit_async(&mut object, Durability::Durable);
                        let written = block_on(write).unwrap();
                        assert!(outbox.group.bounds().0 >= written.end);
                    }
                })),
                spawn(Box::new(|outbox| {
                    // More than the window holds, so this one waits for commits as well.
                    for id in 30..36 {
                        outbox.commit(&mut object(outbox, id), BUFFERED).unwrap();
                    }
                })),
            ])
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(committer);
        let mut ids = stored(&outbox);
        for writer in [0..2, 10..12, 20..22, 30..36] {
            let own: Vec<_> = ids.iter().copied().filter(|id| writer.contains(id)).collect();
            assert_eq!(own, writer.collect::<Vec<_>>(), "the order of one writer");
        }
        ids.sort_unstable();
        assert_eq!(ids.len(), 12);
    });
}

#[test]
fn closing_writes_what_was_accepted_and_refuses_the_rest() {
    explore(|| {
        let outbox = open(Options::default());
        let committer = Committer::start(&outbox).unwrap();
        let writers: Vec<_> = [Durability::Durable, BUFFERED]
            .into_iter()
            .enumerate()
            .map(|(writer, durability)| {
                let outbox = Arc::clone(&outbox);
                thread::spawn(move || {
                    let first = i64::try_from(writer).unwrap() * 10;
                    let mut accepted = Vec::new();
                    for id in first..first + 3 {
                        match outbox.commit(&mut object(&outbox, id), durability) {
                            Ok(written) => accepted.push((id, Ticket::new(&outbox, written))),
                            Err(CommitError::Closed) => break,
                            Err(error) => panic!("{error}"),
                        }
                    }
                    accepted
                })
            })
            .collect();
        drop(committer);
        let mut accepted: Vec<_> =
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
        accepted.sort_by_key(|(id, _)| *id);
        let mut ids = stored(&outbox);
        ids.sort_unstable();
        assert_eq!(ids, accepted.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        for (_, ticket) in accepted {
            block_on(ticket.durable()).unwrap();
        }
    });
}

#[test]
fn settling_and_dropping_at_the_same_time_counts_every_object_once() {
    explore(|| {
        let limits =
            Limits { max_objects: Some(2), when_full: WhenFull::DropOldest, ..Limits::default() };
        let outbox = open(Options { limits, ..Options::default() });
        let committer = Committer::start(&outbox).unwrap();
        let settler = {
            let outbox = Arc::clone(&outbox);
            thread::spawn(move || {
                for _ in 0..3 {
                    let mut chunks = Vec::new();
                    let read = outbox.read_chunks(SequenceNumber::new(0), |chunk| {
                        chunks.push(chunk);
                        ControlFlow::Continue(())
                    });
                    read.unwrap();
                    outbox.settle(&chunks);
                    outbox.flush().unwrap();
                }
            })
        };
        for id in 0..6 {
            outbox.commit(&mut object(&outbox, id), Durability::Durable).unwrap();
        }
        settler.join().unwrap();
        drop(committer);
        let left = stored(&outbox).len() as u64;
        let progress = outbox.progress().borrow().clone();
        assert!(progress.pending_objects() <= 2);
        assert!(left >= progress.pending_objects());
        let gone = progress.acknowledged + progress.overflowed;
        assert_eq!(gone + progress.pending_objects(), 6);
    });
}
