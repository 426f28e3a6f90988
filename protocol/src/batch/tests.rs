use std::convert::Infallible;

use asymmetric_schema::Fingerprint;
use proptest::prelude::*;

use super::*;
use crate::{
    ClientFileId, SequenceNumber,
    chunk::{ChunkError, ClassId, Codec, Cutter, Objects},
    limits::MAX_SCHEMA_BYTES,
};

fn class(id: u32, title: &str) -> ClassEntry {
    ClassEntry {
        id: ClassId::new(id),
        fingerprint: Fingerprint::from_bytes([0xf0; 32]),
        time_series: id == 2,
        title: title.into(),
        data_source: "mongodb-atlas".into(),
        database: "telemetry".into(),
        collection: "readings".into(),
    }
}

fn chunk(first: u64, classes: &[u32]) -> Vec<u8> {
    let mut objects = Objects::new();
    for class in classes {
        let pushed = objects.push_with(ClassId::new(*class), |out| {
            out.extend_from_slice(b"\x05\0\0\0\0");
            Ok::<_, Infallible>(())
        });
        assert!(pushed.is_ok());
    }
    let mut chunk = Vec::new();
    let first = SequenceNumber::new(first);
    let Ok(()) = Cutter::new(Codec::None).cut(&mut objects, 0, first, 0, |_, bytes| {
        chunk.extend_from_slice(bytes);
        Ok::<_, Infallible>(())
    });
    chunk
}

fn objects<'a>(batch: &'a Batch<'a>) -> impl Iterator<Item = BatchObject<'a>> {
    batch.chunks().flat_map(|chunk| batch.objects_of(chunk, chunk.plain_documents().unwrap()))
}

fn sample() -> Vec<u8> {
    let classes = [class(1, "Reading"), class(2, "Event")];
    let mut writer = BatchWriter::new(ClientFileId::from_bytes(*b"clientfileid"), &classes);
    writer.push(&chunk(5, &[1, 2, 2]));
    writer.push(&chunk(8, &[1]));
    writer.finish()
}

#[test]
fn the_bytes_of_a_batch_never_change() {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap(), 0], text.as_bytes()].concat();
    let class = |id: u8, flags: u8, title: &str| {
        let texts = [title, "mongodb-atlas", "telemetry", "readings"].map(text).concat();
        [&[id, 0, 0, 0, flags][..], &[0xf0; 32], &texts].concat()
    };
    let frame = |chunk: &[u8]| {
        let length = u8::try_from(chunk.len()).unwrap();
        [&[length, 0, 0, 0], chunk].concat()
    };
    let expected = [
        &b"ASYB"[..],
        &[1, 0, 2, 0, 2, 0, 0, 0], // version, classes, chunks
        b"clientfileid",
        &class(1, 0, "Reading"),
        &class(2, 1, "Event"),
        &frame(&chunk(5, &[1, 2, 2])),
        &frame(&chunk(8, &[1])),
    ]
    .concat();
    assert_eq!(sample(), expected);
}

#[test]
fn announced_schemas_stand_behind_their_class_and_read_back() {
    let classes = [class(1, "Reading"), class(2, "Event"), class(3, "Alarm")];
    let announcements =
        [Announcement::Schema(b"{}"), Announcement::Unavailable, Announcement::None];
    let client = ClientFileId::from_bytes(*b"clientfileid");
    let mut writer = BatchWriter::announcing(client, classes.iter().zip(announcements));
    writer.push(&chunk(5, &[1]));
    let bytes = writer.finish();
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(batch.classes, classes);
    assert_eq!(batch.announcements, announcements);

    let mut entry = Vec::new();
    classes[1].encode(&mut entry);
    let announced = [&entry[..4], &[3], &entry[5..], &[2, 0, 0, 0], b"{}"].concat();
    assert!(bytes.windows(entry.len()).all(|window| window != entry), "it is flagged");
    // Only a batch carries announcements.
    assert_eq!(ClassEntry::decode(&announced), Err(BatchError::Flags(2)));
    assert_eq!(ClassEntry::decode(&entry), Ok(classes[1].clone()));
}

#[test]
fn a_schema_that_is_too_large_is_not_announced_and_not_read() {
    let largest = vec![b' '; MAX_SCHEMA_BYTES + 1];
    let client = ClientFileId::from_bytes([0; 12]);
    let entry = class(1, "Reading");
    let batch = |schema| {
        let announced = [(&entry, Announcement::Schema(schema))];
        BatchWriter::announcing(client, announced).finish()
    };
    let mut fits = batch(&largest[1..]);
    let announcements = Batch::parse(&fits).unwrap().announcements;
    assert_eq!(announcements, [Announcement::Schema(&largest[1..])]);
    assert_eq!(Batch::parse(&batch(&largest)).unwrap().announcements, [Announcement::Unavailable]);

    // By a client that does not care.
    let length = fits.len() - MAX_SCHEMA_BYTES - 4;
    fits[length..length + 4].copy_from_slice(&(1_u32 << 20).to_le_bytes());
    assert_eq!(Batch::parse(&fits).unwrap_err(), BatchError::SchemaTooLarge(1 << 20));
}

#[test]
fn a_batch_reads_back() {
    let bytes = sample();
    let batch = Batch::parse(&bytes).unwrap();
    assert_eq!(batch.client_file, ClientFileId::from_bytes(*b"clientfileid"));
    assert_eq!(batch.classes, [class(1, "Reading"), class(2, "Event")]);
    let objects: Vec<_> = objects(&batch).map(|o| (o.sequence.get(), o.class)).collect();
    assert_eq!(objects, [(5, 0), (6, 1), (7, 1), (8, 0)]);
    assert_eq!((batch.object_count(), batch.document_bytes()), (4, 20));
}

#[test]
fn what_is_no_batch_is_refused_with_the_reason() {
    assert_eq!(Batch::parse(b"").unwrap_err(), BatchError::Magic);
    assert_eq!(Batch::parse(b"BSYA").unwrap_err(), BatchError::Magic);

    let mut newer = sample();
    newer[4] = 2;
    assert_eq!(Batch::parse(&newer).unwrap_err(), BatchError::Version(2));

    let mut longer = sample();
    longer.push(0);
    assert_eq!(Batch::parse(&longer).unwrap_err(), BatchError::Length);

    let mut unknown = BatchWriter::new(ClientFileId::from_bytes([0; 12]), &[]);
    unknown.push(&chunk(1, &[4]));
    assert_eq!(Batch::parse(&unknown.finish()).unwrap_err(), BatchError::UnknownClass(4));

    let mut damaged = sample();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(
        Batch::parse(&damaged).unwrap_err(),
        BatchError::Chunk { index: 1, source: ChunkError::Checksum }
    );
}

#[test]
fn a_batch_cut_anywhere_is_refused() {
    let bytes = sample();
    for length in 0..bytes.len() {
        assert!(Batch::parse(&bytes[..length]).is_err(), "length {length}");
    }
}

proptest! {
    #[test]
    fn damaged_batches_never_panic(at in 0..sample().len(), with in any::<u8>()) {
        let mut bytes = sample();
        bytes[at] = with;
        if let Ok(batch) = Batch::parse(&bytes) {
            prop_assert_eq!(objects(&batch).count(), 4);
        }
    }
}
