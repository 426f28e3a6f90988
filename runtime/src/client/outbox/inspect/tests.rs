use std::{fs, io::Write as _, path::PathBuf};

use asymmetric_protocol::{SequenceNumber, ack::RejectionCode};
use bson::{Document, doc};
use redb::{Database, ReadableDatabase as _, ReadableTable as _};

use super::{
    super::{
        Durability, OpenError, Outbox, RejectedObject, StoredSession,
        meta::{self, CHUNKS},
        tests::{Place, SCHEMA, chunks, objects, stored},
    },
    overlay::{Access, Overlay},
    *,
};

/// Three chunks of ten objects, one object rejected, and a session.
fn fill(outbox: &Outbox) {
    let session = StoredSession {
        user_id: "user-1".into(),
        device_id: "device".into(),
        refresh_token: "very-secret".into(),
        provider: "anon-user".into(),
    };
    outbox.store_session(Some(&session)).unwrap();
    for start in [0, 10, 20, 30] {
        let mut objects = objects(outbox, start..start + 10);
        outbox.commit(&mut objects, Durability::Durable).unwrap();
    }
    let rejected = RejectedObject {
        sequence: SequenceNumber::new(3),
        class: "Reading".into(),
        class_id: None,
        code: RejectionCode::SchemaValidationFailed,
        reason: "too cold".into(),
        rejected_at: std::time::UNIX_EPOCH,
        bson: doc! { "_id": 2_i64 }.to_vec().unwrap(),
    };
    let mut next = Some((chunks(outbox).swap_remove(0), vec![rejected]));
    outbox.settle_rejected(|_| next.take()).unwrap();
}

/// The ids of all objects of a file.
fn ids(outbox: &Outbox) -> Vec<i64> {
    stored(outbox).into_iter().map(|(_, id)| id).collect()
}

/// Changes the stored bytes of a chunk below redb: in every copy there is.
fn damage_chunk(path: &PathBuf, first: u64) {
    let chunk = {
        let table = Database::open(path).unwrap().begin_read().unwrap().open_table(CHUNKS).unwrap();
        table.get(first).unwrap().unwrap().value().to_vec()
    };
    let mut image = fs::read(path).unwrap();
    let mut damaged = 0;
    for at in 0..image.len() - chunk.len() {
        if image[at..].starts_with(&chunk) {
            image[at + chunk.len() - 1] ^= 1;
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    fs::write(path, image).unwrap();
}

#[test]
fn a_summary_counts_everything_and_shows_no_token() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    let client_file = outbox.identity().client_file;
    drop(outbox);
    let summary = OutboxFile::open(place.path()).unwrap().summary().unwrap();
    assert_eq!((summary.pending, summary.chunks, summary.rejected), (30, 3, 1));
    assert_eq!(summary.pending_bytes, 30 * doc! { "_id": 0_i64 }.to_vec().unwrap().len() as u64);
    assert_eq!((summary.first.get(), summary.end.get()), (11, 41));
    assert_eq!((summary.app.as_str(), summary.user.as_deref()), ("app", Some("user-1")));
    assert_eq!(summary.client_file, client_file);
    assert_eq!(summary.file_bytes, fs::metadata(place.path()).unwrap().len());
    assert!(summary.oldest.is_some() && summary.oldest <= summary.newest);
    let [class] = summary.classes.as_slice() else { panic!("{summary:?}") };
    assert_eq!((class.class.as_str(), class.pending, class.rejected), ("Reading", 30, 1));
    assert!(!format!("{summary:?}").contains("very-secret"));
}

#[test]
fn a_drained_file_tells_its_next_number() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    outbox.settle(&chunks(&outbox));
    outbox.flush().unwrap();
    drop(outbox);
    let summary = OutboxFile::open(place.path()).unwrap().summary().unwrap();
    assert_eq!((summary.pending, summary.oldest), (0, None));
    assert_eq!((summary.first.get(), summary.end.get()), (41, 41));
}

#[test]
fn a_file_that_may_only_be_read_is_looked_into_while_no_realm_has_it_open() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    let read_only = || {
        let overlay = Overlay::new(fs::File::open(place.path()).unwrap(), Access::Shared).unwrap();
        OutboxFile::of(&place.path(), overlay)
    };
    assert!(matches!(read_only(), Err(OpenError::AlreadyOpen { .. })));
    drop(outbox);
    let (file, other) = (read_only().unwrap(), read_only().unwrap());
    assert_eq!(file.summary().unwrap().pending, 30);
    assert_eq!(other.check().unwrap().faults, []);
    let opened = Outbox::open(&place.path(), "app", &SCHEMA);
    assert!(matches!(opened, Err(OpenError::AlreadyOpen { .. })));
    drop((file, other));
    place.open();
}

#[test]
fn a_file_in_use_is_refused_by_every_tool() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    let in_use = |error| matches!(error, OpenError::AlreadyOpen { .. });
    assert!(in_use(OutboxFile::open(place.path()).unwrap_err()));
    assert!(in_use(compact(place.path()).unwrap_err()));
    assert!(in_use(salvage(place.path(), None).unwrap_err()));
    // And the other way round.
    drop(outbox);
    let file = OutboxFile::open(place.path()).unwrap();
    assert!(in_use(Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err()));
    drop(file);
    assert_eq!(ids(&place.open()).len(), 30);
}

#[test]
fn a_file_that_a_crash_left_is_read_and_not_changed() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    let crashed = place.directory.path().join("crashed.realm");
    fs::copy(place.path(), &crashed).unwrap();
    let before = fs::read(&crashed).unwrap();
    let file = OutboxFile::open(&crashed).unwrap();
    assert_eq!(file.summary().unwrap().pending, 30);
    assert_eq!(file.check().unwrap().faults, []);
    drop(file);
    assert!(fs::read(&crashed).unwrap() == before);
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let place = Place::new();
    for error in [
        OutboxFile::open(place.path()).unwrap_err(),
        compact(place.path()).unwrap_err(),
        salvage(place.path(), None).unwrap_err(),
    ] {
        assert!(matches!(error, OpenError::Io { .. }), "{error}");
    }
    assert!(!place.path().exists());
}

#[test]
fn objects_are_taken_out_as_they_were_written() {
    let place = Place::new();
    fill(&place.open());
    let file = OutboxFile::open(place.path()).unwrap();
    let mut found = Vec::new();
    let faults = file.objects(|object| {
        let document = Document::from_reader(object.bson).unwrap();
        found.push((object.sequence.get(), object.class.to_owned(), document));
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(faults.unwrap(), []);
    let expected = (10..40_i64)
        .map(|id| (u64::try_from(id).unwrap() + 1, "Reading".to_owned(), doc! { "_id": id }));
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert_eq!(file.rejected().unwrap()[0].reason, "too cold");
}

#[test]
fn a_check_names_everything_that_is_wrong() {
    let place = Place::new();
    fill(&place.open());
    {
        // Written through redb, so that its own checksums are right.
        let database = Database::open(place.path()).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(CHUNKS).unwrap();
        let chunk = |first: u64| table.get(first).unwrap().unwrap().value().to_vec();
        let (mut damaged, moved) = (chunk(11), chunk(21));
        *damaged.last_mut().unwrap() ^= 1;
        table.insert(11, damaged.as_slice()).unwrap();
        table.insert(25, moved.as_slice()).unwrap();
        table.remove(21).unwrap();
        drop(table);
        let mut table = transaction.open_table(meta::META).unwrap();
        table.insert(meta::APP, b"other".as_slice()).unwrap();
        drop(table);
        transaction.open_table(meta::CLASSES).unwrap().remove(0).unwrap();
        transaction.commit().unwrap();
    }
    let check = OutboxFile::open(place.path()).unwrap().check().unwrap();
    let faults: Vec<_> = check.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "the row `app` of the table `meta` is damaged or missing",
            "the chunk at sequence number 11 is damaged: chunk does not match its checksum",
            "the chunk at sequence number 25 says that it is that at 21",
            "the chunk at sequence number 25 holds objects of the unknown class 0",
            "the chunk at sequence number 31 begins before the one in front of it ends",
            "the chunk at sequence number 31 holds objects of the unknown class 0",
        ]
    );
    assert_eq!((check.chunks, check.objects), (3, 20));
}

#[test]
fn compacting_keeps_everything_and_shortens_the_file() {
    let place = Place::new();
    let outbox = place.open();
    for start in 0..40 {
        let mut objects = objects(&outbox, start * 1_000..(start + 1) * 1_000);
        outbox.commit(&mut objects, Durability::Durable).unwrap();
    }
    outbox.settle(&chunks(&outbox)[..39]);
    outbox.flush().unwrap();
    let before = stored(&outbox);
    drop(outbox);
    let compacted = compact(place.path()).unwrap();
    assert!(compacted.after < compacted.before / 2, "{compacted:?}");
    assert_eq!(compacted.after, fs::metadata(place.path()).unwrap().len());
    assert_eq!(stored(&place.open()), before);
}

#[test]
fn what_is_left_of_a_damaged_file_is_saved_and_the_file_kept() {
    let place = Place::new();
    let outbox = place.open();
    fill(&outbox);
    let client_file = outbox.identity().client_file;
    drop(outbox);
    damage_chunk(&place.path(), 21);
    let damaged = fs::read(place.path()).unwrap();
    let error = Outbox::open(&place.path(), "app", &SCHEMA).unwrap_err();
    assert!(error.to_string().contains("`asymmetric outbox salvage "), "{error}");

    let salvaged = salvage(place.path(), None).unwrap();
    let moved_to = salvaged.moved_to.clone().unwrap();
    assert_eq!(moved_to, place.directory.path().join("test.realm.corrupt"));
    assert!(fs::read(&moved_to).unwrap() == damaged);
    assert_eq!(salvaged.gaps, [SequenceNumber::new(21)..SequenceNumber::new(31)]);
    assert_eq!((salvaged.rejected, salvaged.has_session), (1, true));

    let outbox = place.open();
    let found = ids(&outbox);
    // The first ten were acknowledged; their bytes may still be in the file.
    assert!(found.ends_with(&(10..20).chain(30..40).collect::<Vec<_>>()), "{found:?}");
    assert_eq!(salvaged.objects, found.len() as u64);
    assert_ne!(outbox.identity().client_file, client_file);
    assert_eq!(outbox.rejected().unwrap().len(), 1);
    assert_eq!(outbox.session().unwrap().unwrap().refresh_token, "very-secret");
    // Numbers are not given out again.
    assert!(stored(&outbox)[0].0 >= 41);
    let written = outbox.commit(&mut objects(&outbox, [99]), Durability::Durable).unwrap();
    assert_eq!(written.start.get(), stored(&outbox)[0].0 + found.len() as u64);
    drop(outbox);
    assert_eq!(OutboxFile::open(place.path()).unwrap().check().unwrap().faults, []);
    // A second time finds nothing to do.
    assert_eq!(salvage(place.path(), None).unwrap().moved_to, None);
}

#[test]
fn a_file_without_a_header_is_searched() {
    let place = Place::new();
    fill(&place.open());
    let mut image = fs::read(place.path()).unwrap();
    image[..4096].fill(0xAA);
    fs::write(place.path(), image).unwrap();
    salvage(place.path(), None).unwrap();
    assert!(ids(&place.open()).ends_with(&(10..40).collect::<Vec<_>>()));
}

#[test]
fn objects_larger_than_a_chunk_are_found() {
    let place = Place::new();
    let outbox = place.open();
    let mut large = asymmetric_protocol::chunk::Objects::new();
    let bson = doc! { "_id": 5_i64, "text": "x".repeat(3_000_000) }.to_vec().unwrap();
    let pushed = large.push_with(outbox.identity().members[0], |out| {
        out.extend_from_slice(&bson);
        Ok::<_, std::convert::Infallible>(())
    });
    assert!(pushed.is_ok());
    outbox.commit(&mut large, Durability::Durable).unwrap();
    drop(outbox);
    let mut image = fs::read(place.path()).unwrap();
    image[9] ^= 0xFF;
    image[..9].fill(1);
    fs::write(place.path(), image).unwrap();
    assert_eq!(salvage(place.path(), None).unwrap().objects, 1);
    assert_eq!(ids(&place.open()), [5]);
}

#[test]
fn nothing_is_made_of_what_is_no_outbox() {
    let place = Place::new();
    let mut file = fs::File::create(place.path()).unwrap();
    file.write_all(&b"precious notes ".repeat(1_000)).unwrap();
    let error = salvage(place.path(), None).unwrap_err();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), 1);
    assert!(fs::read(place.path()).unwrap().starts_with(b"precious notes "));
}
