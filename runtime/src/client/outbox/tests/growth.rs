//! Large files, and files that have been.

use super::{disk::Disk, *};

/// A document that is all padding.
fn padding(outbox: &Outbox, bytes: u32) -> Objects {
    let mut objects = Objects::new();
    let pushed = objects.push_with(outbox.identity().members[0], |out| {
        out.extend(bytes.to_le_bytes());
        out.resize(usize::try_from(bytes).unwrap(), 0);
        Ok::<_, Infallible>(())
    });
    assert!(pushed.is_ok());
    objects
}

#[test]
fn a_file_with_a_large_backlog_needs_no_repair_after_a_crash() {
    let disk = Disk::default();
    let outbox = disk.open();
    for _ in 0..16 {
        outbox.commit(&mut padding(&outbox, 8_000_000), Durability::Durable).unwrap();
    }
    // 128,000,000 bytes are below 128 MiB, and one more document is above it.
    assert!(disk.needs_repair_after_a_crash());
    outbox.commit(&mut padding(&outbox, 8_000_000), Durability::Durable).unwrap();
    assert!(!disk.needs_repair_after_a_crash());

    // Once it is drained, commits are cheap again.
    outbox.settle(&chunks(&outbox));
    outbox.flush().unwrap();
    let before = disk.syncs();
    commit(&outbox, [2]);
    assert_eq!(disk.syncs() - before, 1);
}

#[test]
fn compacting_gives_back_what_is_not_needed_and_keeps_the_rest() {
    let disk = Disk::default();
    let outbox = disk.open();
    for _ in 0..4 {
        outbox.commit(&mut padding(&outbox, 4_000_000), Durability::Durable).unwrap();
    }
    commit(&outbox, [7]);
    let chunks = chunks(&outbox);
    outbox.settle(&chunks[..chunks.len() - 1]);
    outbox.flush().unwrap();
    assert!(outbox.file_bytes() > 16_000_000);
    assert!(outbox.compact().unwrap());
    assert!(outbox.file_bytes() < 2_000_000, "{}", outbox.file_bytes());
    assert_eq!(disk.len().unwrap(), outbox.file_bytes());
    assert_eq!(stored(&outbox).into_iter().map(|(_, id)| id).collect::<Vec<_>>(), [7]);
    commit(&outbox, [8]);
    drop(outbox);
    assert_eq!(stored(&disk.open()).len(), 2);
}

#[test]
fn an_idle_outbox_compacts_a_file_that_is_mostly_empty() {
    let disk = Disk::default();
    let outbox = disk.open();
    for _ in 0..9 {
        outbox.commit(&mut padding(&outbox, 8_000_000), Durability::Durable).unwrap();
    }
    let large = outbox.file_bytes();
    let mut chores = chores::Chores::new(&outbox);
    chores.settle_down();
    // Everything in it is pending.
    assert_eq!(outbox.file_bytes(), large);
    outbox.settle(&chunks(&outbox));
    outbox.flush().unwrap();
    chores.settle_down();
    assert!(outbox.file_bytes() < 2_000_000, "{}", outbox.file_bytes());
}

#[test]
fn the_last_commit_before_an_outbox_is_idle_keeps_what_a_quick_repair_needs() {
    let disk = Disk::default();
    let outbox = disk.open();
    commit(&outbox, [1]);
    let mut chores = chores::Chores::new(&outbox);
    let syncs = disk.syncs();
    chores.settle_down();
    assert_eq!(disk.syncs(), syncs, "so little is walked through in no time");

    outbox.commit(&mut padding(&outbox, 9_000_000), Durability::Durable).unwrap();
    assert!(disk.needs_repair_after_a_crash());
    chores.settle_down();
    assert!(!disk.needs_repair_after_a_crash());
}

#[test]
fn a_preallocated_file_is_as_long_as_it_shall_be_whatever_is_in_it() {
    const BYTES: u64 = 8 * 1024 * 1024;
    let place = Place::new();
    let options = Options { preallocate: BYTES, ..Options::default() };
    let open = || options.open(&place.path(), "app", &SCHEMA).unwrap();
    let assert_taken = || {
        let file = std::fs::metadata(place.path()).unwrap();
        assert!(file.len() >= BYTES, "{}", file.len());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert!(file.blocks() * 512 >= BYTES, "{} blocks", file.blocks());
        }
    };
    let outbox = open();
    assert_taken();
    for round in 0..20 {
        commit(&outbox, [round]);
        outbox.settle(&chunks(&outbox));
        outbox.flush().unwrap();
    }
    assert_taken();
    outbox.compact().unwrap();
    assert_taken();
    commit(&outbox, [1]);
    drop(outbox);
    assert_taken();
    let outbox = open();
    assert_taken();
    assert_eq!(stored(&outbox).len(), 1);
    // It does not grow for ever either.
    assert!(outbox.file_bytes() < 4 * BYTES, "{}", outbox.file_bytes());
}

#[test]
fn compressed_chunks_take_less_room_and_hold_the_same() {
    use asymmetric_protocol::chunk::Codec;
    let options = Options { codec: Codec::Zstd, ..Options::default() };
    let disk = Disk::default();
    {
        let outbox = disk.open_with(options);
        commit(&outbox, 1..2_000);
        let [chunk] = chunks(&outbox).try_into().unwrap();
        assert_eq!(Chunk::parse(&chunk.bytes).unwrap().codec(), Codec::Zstd);
        assert!((chunk.bytes.len() as u64) < chunk.document_bytes / 2);
        commit(&outbox, [2_000]);
    }
    // Whoever opens it next may do without.
    let outbox = disk.open();
    commit(&outbox, [2_001]);
    let expected: Vec<_> = (1..=2_001_i64).map(|n| (n.cast_unsigned(), n)).collect();
    assert_eq!(stored(&outbox), expected);
}
