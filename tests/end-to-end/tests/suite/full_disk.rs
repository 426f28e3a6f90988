//! A file system that fills up under a device.

use asymmetric::{App, Credentials, OpenError, Realm, WriteError, outbox::OutboxFile};
use asymmetric_testkit::SmallDisk;

use crate::support::{APP_ID, Counted, Counting, document};

/// Opens the realm of a device without a network.
fn open(path: &std::path::Path) -> Result<Realm<Counting>, OpenError> {
    // Nobody listens there: nothing leaves the device.
    let app = App::builder(APP_ID).base_url("http://127.0.0.1:9").build().unwrap();
    Realm::open(&app.log_in_later(Credentials::anonymous()), path)
}

fn write(realm: &Realm<Counting>, numbers: std::ops::Range<i64>) -> Result<(), WriteError> {
    realm.create_all(numbers.map(Counted::new)).map(drop)
}

/// The numbers of all objects in the file of a closed realm, each of which has to be whole.
fn stored(path: &std::path::Path) -> Vec<i64> {
    let file = OutboxFile::open(path).unwrap();
    assert_eq!(file.check().unwrap().faults, []);
    let mut numbers = Vec::new();
    let faults = file.objects(|object| {
        let found = bson::Document::from_reader(object.bson).unwrap();
        let number = found.get_i64("_id").unwrap();
        assert_eq!(found, document(number));
        numbers.push(number);
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!(faults.unwrap(), []);
    numbers
}

#[test]
fn a_full_disk_loses_nothing_and_the_device_goes_on_when_there_is_room() {
    const BATCH: i64 = 1_000;
    let disk = SmallDisk::mount(16 * 1024 * 1024);
    let path = disk.path().join("small.realm");
    let filler = disk.fill_but(4 * 1024 * 1024).unwrap();

    let realm = open(&path).unwrap();
    let mut durable = 0;
    let error = loop {
        match write(&realm, durable..durable + BATCH) {
            Ok(()) => durable += BATCH,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, WriteError::Storage(_)), "{error}");
    assert!(durable >= BATCH, "the disk was full at once");
    // Room alone does not make it trust the file again: the last write may be half there.
    std::fs::remove_file(&filler).unwrap();
    assert!(matches!(write(&realm, 0..1), Err(WriteError::Storage(_))));
    drop(realm);

    let realm = open(&path).unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects() % 1_000, 0);
    write(&realm, 1_000_000..1_000_001).unwrap();
    drop(realm);
    let found = stored(&path);
    let (last, before) = found.split_last().unwrap();
    assert_eq!(*last, 1_000_000);
    // Everything that was reported is there, and of the transaction that failed all or nothing.
    let count = i64::try_from(before.len()).unwrap();
    assert!(count == durable || count == durable + BATCH, "{count} objects, {durable} reported");
    assert!(before.iter().copied().eq(0..count));
}

#[test]
fn a_realm_on_a_disk_without_any_room_is_told_so_and_keeps_its_objects() {
    let disk = SmallDisk::mount(16 * 1024 * 1024);
    let path = disk.path().join("small.realm");
    let realm = open(&path).unwrap();
    write(&realm, 0..1_000).unwrap();
    drop(realm);

    let filler = disk.fill_but(0).unwrap();
    // Whether it opens depends on the room inside the file; if not, it says why.
    match open(&path) {
        Ok(realm) => drop(realm),
        Err(error) => assert!(matches!(error, OpenError::Io { .. }), "{error}"),
    }
    let nothing = open(&disk.path().join("new.realm")).unwrap_err();
    assert!(matches!(nothing, OpenError::Io { .. }), "{nothing}");

    std::fs::remove_file(filler).unwrap();
    assert!(stored(&path).into_iter().eq(0..1_000));
    drop(open(&disk.path().join("new.realm")).unwrap());
}
