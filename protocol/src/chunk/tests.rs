use std::convert::Infallible;

use proptest::prelude::*;

use super::{layout::RUN_BYTES, *};
use crate::{SequenceNumber, limits::CHUNK_BYTES};

/// `{}` followed by padding in a binary element, so that its length can be chosen.
fn document(bytes: usize) -> Vec<u8> {
    let mut document = u32::try_from(bytes).unwrap().to_le_bytes().to_vec();
    document.resize(bytes, 0);
    document
}

fn push(objects: &mut Objects, class: u32, document: &[u8]) {
    let pushed = objects.push_with(ClassId::new(class), |out| {
        out.extend_from_slice(document);
        Ok::<_, Infallible>(())
    });
    assert_eq!(pushed, Ok(document));
}

fn chunks(objects: &Objects) -> Vec<Vec<u8>> {
    chunks_in(objects, Codec::None)
}

fn chunks_in(objects: &Objects, codec: Codec) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut objects = objects.clone();
    let first = SequenceNumber::new(21);
    let Ok(()) = Cutter::new(codec).cut(&mut objects, 7, first, 300, |first, chunk| {
        assert_eq!(Chunk::parse(chunk).unwrap().first(), first);
        chunks.push(chunk.to_vec());
        Ok::<_, Infallible>(())
    });
    assert!(objects.is_empty());
    chunks
}

fn documents(chunk: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let mut scratch = Vec::new();
    let documents = Chunk::parse(chunk).unwrap().documents(&mut scratch).unwrap();
    documents.map(|(class, document)| (class.get(), document.to_vec())).collect()
}

fn sample() -> Vec<u8> {
    let mut objects = Objects::new();
    push(&mut objects, 3, b"\x05\0\0\0\0");
    push(&mut objects, 3, b"\x05\0\0\0\0");
    push(&mut objects, 9, b"\x06\0\0\0\x01\0");
    chunks(&objects).remove(0)
}

#[test]
fn the_bytes_of_a_chunk_never_change() {
    let expected = [
        &[1, 0, 2, 0][..],          // version, codec, runs
        &[3, 0, 0, 0],              // objects
        &[7, 0, 0, 0, 0, 0, 0, 0],  // created
        &[16, 0, 0, 0],             // bytes of documents
        &[0x07, 0x5b, 0x3a, 0x93],  // checksum
        &[44, 1, 0, 0, 0, 0, 0, 0], // position
        &[21, 0, 0, 0, 0, 0, 0, 0], // first sequence number
        &[3, 0, 0, 0, 2, 0, 0, 0],  // run: class 3, two objects
        &[9, 0, 0, 0, 1, 0, 0, 0],  // run: class 9, one object
        b"\x05\0\0\0\0\x05\0\0\0\0\x06\0\0\0\x01\0",
    ]
    .concat();
    assert_eq!(sample(), expected);
}

#[test]
fn objects_come_out_as_they_went_in() {
    let bytes = sample();
    let chunk = Chunk::parse(&bytes).unwrap();
    assert_eq!(chunk.objects(), 3);
    assert_eq!(chunk.created_ms(), 7);
    assert_eq!((chunk.position(), chunk.document_bytes()), (300, 16));
    assert_eq!((chunk.first().get(), chunk.end().get()), (21, 24));
    let mut scratch = Vec::new();
    let documents: Vec<_> = chunk.documents(&mut scratch).unwrap().collect();
    assert_eq!(
        documents,
        [
            (ClassId::new(3), &b"\x05\0\0\0\0"[..]),
            (ClassId::new(3), b"\x05\0\0\0\0"),
            (ClassId::new(9), b"\x06\0\0\0\x01\0"),
        ]
    );
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let bytes = sample();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Chunk::parse(&damaged).is_err(), "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(Chunk::parse(&bytes[..length]).is_err(), "length {length}");
    }
}

#[test]
fn an_object_that_fails_to_encode_leaves_no_trace() {
    let mut objects = Objects::new();
    push(&mut objects, 1, b"\x05\0\0\0\0");
    let before = chunks(&objects);
    let failed = objects.push_with(ClassId::new(1), |out| {
        out.extend_from_slice(b"half a docu");
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    assert_eq!(chunks(&objects), before);
}

#[test]
#[cfg_attr(miri, ignore = "it takes minutes to fill so many chunks")]
fn only_an_object_that_is_too_large_by_itself_makes_a_larger_chunk() {
    let mut objects = Objects::new();
    for bytes in [100_000, 100_000, 100_000, 2 * CHUNK_BYTES, 10] {
        push(&mut objects, 1, &document(bytes));
    }
    let chunks = chunks(&objects);
    let counts: Vec<_> = chunks.iter().map(|c| Chunk::parse(c).unwrap().objects()).collect();
    assert_eq!(counts, [2, 1, 1, 1]);
    let positions: Vec<_> = chunks.iter().map(|c| Chunk::parse(c).unwrap().position()).collect();
    assert_eq!(positions, [300, 200_300, 300_300, 822_300]);
}

fn compressed_sample() -> Vec<u8> {
    let mut objects = Objects::new();
    push(&mut objects, 3, &document(500));
    push(&mut objects, 9, &document(300));
    chunks_in(&objects, Codec::Zstd).remove(0)
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn compressed_documents_come_out_as_they_went_in_and_damage_is_noticed() {
    let bytes = compressed_sample();
    let chunk = Chunk::parse(&bytes).unwrap();
    assert_eq!((chunk.codec(), chunk.document_bytes()), (Codec::Zstd, 800));
    assert!(bytes.len() < 400 && chunk.plain_documents().is_none());
    assert_eq!(documents(&bytes), [(3, document(500)), (9, document(300))]);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Chunk::parse(&damaged).is_err(), "bit {bit}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_chunk_that_would_not_get_smaller_stays_as_it_is() {
    let mut objects = Objects::new();
    push(&mut objects, 3, b"\x05\0\0\0\0");
    assert_eq!(chunks_in(&objects, Codec::Zstd), chunks(&objects));
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_cutter_carries_nothing_over_to_the_next_time() {
    let mut objects = Objects::new();
    // So many runs that the first header is longer than the documents behind it are apart.
    for number in 0..20_000 {
        push(&mut objects, number % 3, &document(40));
    }
    for codec in [Codec::None, Codec::Zstd] {
        let expected = chunks_in(&objects, codec);
        assert!(expected.len() > 3);
        let mut cutter = Cutter::new(codec);
        for _ in 0..2 {
            let mut found = Vec::new();
            let mut objects = objects.clone();
            let first = SequenceNumber::new(21);
            let Ok(()) = cutter.cut(&mut objects, 7, first, 300, |_, chunk| {
                found.push(chunk.to_vec());
                Ok::<_, Infallible>(())
            });
            assert!(found == expected);
        }
        let mut failed = objects.clone();
        let refused = cutter.cut(&mut failed, 7, SequenceNumber::FIRST, 0, |_, _| Err("no"));
        assert_eq!((refused, failed.len()), (Err("no"), 0));
    }
}

#[test]
fn objects_are_joined_in_order_whichever_were_first() {
    let mut all = Objects::new();
    for class in [4, 5] {
        let mut one = Objects::new();
        push(&mut one, class, b"\x05\0\0\0\0");
        all.append(&mut one);
        assert!(one.is_empty() && one.documents().is_empty());
    }
    let found: Vec<_> = documents(&chunks(&all)[0]).iter().map(|object| object.0).collect();
    assert_eq!((found, all.len(), all.bytes()), (vec![4, 5], 2, 10));
}

/// A chunk whose header says so many bytes of documents, with a checksum that fits.
fn forged(document_bytes: u32) -> Vec<u8> {
    let mut bytes = compressed_sample();
    bytes[16..20].copy_from_slice(&document_bytes.to_le_bytes());
    let checksum = layout::checksum_of(&bytes, &[]).unwrap();
    bytes[layout::CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
#[cfg_attr(miri, ignore = "zstd is C")]
fn a_compressed_chunk_never_becomes_more_than_it_says() {
    for (says, expected) in
        [(799, ChunkError::Decompress), (801, ChunkError::Length), (0, ChunkError::Decompress)]
    {
        let bytes = forged(says);
        assert_eq!(Chunk::parse(&bytes).unwrap().decompress(), Err(expected), "{says}");
    }
    let bytes = forged(u32::MAX);
    assert!(matches!(Chunk::parse(&bytes), Err(ChunkError::TooLarge(_))));
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "it takes minutes to fill so many chunks")]
    fn cutting_keeps_every_object_in_order_and_fills_chunks(
        input in prop::collection::vec((0_u32..3, 5_usize..60_000), 1..40),
    ) {
        let mut objects = Objects::new();
        let expected: Vec<_> = input.iter().map(|&(class, bytes)| (class, document(bytes))).collect();
        for (class, document) in &expected {
            push(&mut objects, *class, document);
        }
        let chunks = chunks(&objects);
        let found: Vec<_> = chunks
            .iter()
            .flat_map(|bytes| documents(bytes))
            .collect();
        prop_assert_eq!(found, expected);
        for pair in chunks.windows(2) {
            prop_assert!(pair[0].len() <= CHUNK_BYTES);
            prop_assert!(pair[0].len() + 60_000 + RUN_BYTES > CHUNK_BYTES, "cut too early");
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Chunk::parse(&bytes).is_err());
    }
}
