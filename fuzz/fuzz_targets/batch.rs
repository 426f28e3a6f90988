//! The body of an upload: whatever it is, it is refused or holds exactly what it says.
//!
//! No byte gets past the checksum of a chunk by chance, so most runs set it right first.

#![no_main]

use asymmetric_protocol::{
    ClientFileId,
    batch::{Batch, BatchWriter, ClassEntry},
    chunk::{Chunk, ClassId},
};
use asymmetric_schema::Fingerprint;
use libfuzzer_sys::fuzz_target;

/// Where a chunk has its checksum, and how long its header is: see `docs/protocol.md`.
const CHECKSUM: std::ops::Range<usize> = 20..24;
const HEADER_BYTES: usize = 40;
/// What a compressed chunk may become here. Longer ones only take longer.
const MAX_DOCUMENT_BYTES: u64 = 256 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    match choice % 4 {
        0 => batch(bytes),
        1 => {
            if let Ok(class) = ClassEntry::decode(bytes) {
                let mut again = Vec::new();
                class.encode(&mut again);
                assert_eq!(again, bytes, "an entry has one form");
            }
        }
        _ => {
            let chunks: Vec<_> = bytes.split(|byte| *byte == 0xA5).map(sealed).collect();
            let classes = [0, 1, 2].map(class);
            let mut writer = BatchWriter::new(ClientFileId::from_bytes([7; 12]), &classes);
            for chunk in &chunks {
                writer.push(chunk);
            }
            batch(&writer.finish());
        }
    }
});

/// The bytes with the checksum that they should have.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = bytes.to_vec();
    if chunk.len() >= HEADER_BYTES {
        let covered = crc32c::crc32c(&chunk[..CHECKSUM.start]);
        let covered = crc32c::crc32c_append(covered, &chunk[CHECKSUM.end..]);
        chunk[CHECKSUM].copy_from_slice(&covered.to_le_bytes());
    }
    chunk
}

fn class(id: u32) -> ClassEntry {
    ClassEntry {
        id: ClassId::new(id),
        fingerprint: Fingerprint::from_bytes([0; 32]),
        time_series: id == 1,
        title: "Reading".to_owned(),
        data_source: "mongodb-atlas".to_owned(),
        database: "plant".to_owned(),
        collection: "readings".to_owned(),
    }
}

fn batch(bytes: &[u8]) {
    let batch = match Batch::parse(bytes) {
        Ok(batch) => batch,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut objects = 0;
    for chunk in batch.chunks() {
        objects += u64::from(chunk.objects());
        documents(&batch, chunk);
    }
    assert_eq!(batch.object_count(), objects);
}

fn documents(batch: &Batch<'_>, chunk: &Chunk<'_>) {
    if chunk.plain_documents().is_none() && chunk.document_bytes() > MAX_DOCUMENT_BYTES {
        return;
    }
    let Ok(documents) = chunk.decompress() else {
        return assert!(chunk.plain_documents().is_none(), "what is plain was checked");
    };
    assert_eq!(documents.len() as u64, chunk.document_bytes());
    let mut sequence = chunk.first();
    let mut bytes = 0;
    for object in batch.objects_of(chunk, &documents) {
        assert_eq!(object.sequence, sequence);
        assert!(object.class < batch.classes.len());
        sequence = sequence.after(1);
        bytes += object.document.len();
    }
    assert_eq!(sequence, chunk.end(), "every object was there");
    assert_eq!(bytes, documents.len(), "and nothing else");
}
