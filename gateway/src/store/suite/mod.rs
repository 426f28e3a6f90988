//! What every store has to do, run against each of them.

mod crash;
mod embedded;
mod mongo;

use std::collections::BTreeSet;

use bson::{Bson, RawDocumentBuf, oid::ObjectId, rawdoc};
use futures_util::{TryStreamExt, future::join_all};

use super::{Document, Find, Insert, Inserted, MAX_DOCUMENT_BYTES, Outcome, Store};
use crate::Namespace;

/// A test per store for each of these.
macro_rules! for_every_store {
    ($($name:ident),+ $(,)?) => {
        mod on_embedded {
            $(#[tokio::test]
            async fn $name() {
                let directory = tempfile::tempdir().unwrap();
                let store = crate::EmbeddedStore::open(directory.path()).await.unwrap();
                super::$name(&store).await;
            })+
        }

        mod on_mongo {
            $(#[tokio::test]
            async fn $name() {
                let server = asymmetric_testkit::MongoServer::start().unwrap();
                let store = crate::MongoStore::connect(&server.uri()).await.unwrap();
                super::$name(&store).await;
            })+
        }
    };
}

for_every_store! {
    inserted_documents_are_there,
    the_first_write_of_an_id_wins,
    of_two_documents_with_one_id_in_one_insert_the_first_wins,
    a_number_is_one_id_whatever_its_type,
    an_insert_may_span_namespaces,
    a_document_that_is_too_large_does_not_hold_up_the_others,
    records_are_replaced_and_deleted_by_id,
    a_document_is_exchanged_only_for_the_one_that_was_read,
    present_documents_are_told_from_others,
    find_reads_all_pages,
    searches_find_sort_skip_and_limit,
    collections_of_clients_are_listed,
    concurrent_inserts_of_one_document_store_it_once,
    every_type_of_id_can_be_found_again,
    gateways_that_start_together_agree_on_the_signing_secret,
}

fn namespace(collection: &str) -> Namespace {
    Namespace::new("plant", collection).unwrap()
}

fn insert(collection: &str, documents: impl IntoIterator<Item = RawDocumentBuf>) -> Insert {
    let documents = documents.into_iter().map(|document| document.try_into().unwrap());
    Insert { namespace: namespace(collection), documents: documents.collect() }
}

/// The outcomes of one insert that went through.
async fn outcomes(store: &dyn Store, insert: Insert) -> Vec<Outcome> {
    let mut inserted = store.insert(vec![insert]).await;
    assert_eq!(inserted.len(), 1);
    let Inserted { outcomes, error } = inserted.remove(0);
    assert!(error.is_none(), "{error:?}");
    outcomes
}

async fn inserted_documents_are_there(store: &dyn Store) {
    let readings = namespace("readings");
    assert_eq!(store.count(&readings).await.unwrap(), 0);
    assert_eq!(store.get(&readings, 1.into()).await.unwrap(), None);

    let documents = [
        rawdoc! { "_id": 1, "celsius": 20.5, "tags": ["a", { "deep": true }] },
        // The `_id` need not come first.
        rawdoc! { "celsius": 21, "_id": 2, "none": null },
    ];
    let outcomes = outcomes(store, insert("readings", documents.clone())).await;
    assert_eq!(outcomes, [Outcome::Inserted, Outcome::Inserted]);

    assert_eq!(store.count(&readings).await.unwrap(), 2);
    assert_eq!(store.get(&readings, 1.into()).await.unwrap().unwrap(), documents[0]);
    let second = store.get(&readings, 2.into()).await.unwrap().unwrap();
    assert_eq!(second.get_i32("celsius").unwrap(), 21);
    store.ping().await.unwrap();
}

async fn the_first_write_of_an_id_wins(store: &dyn Store) {
    let first = rawdoc! { "_id": "x", "n": 1 };
    outcomes(store, insert("readings", [first.clone()])).await;

    let later = [rawdoc! { "_id": "x", "n": 2 }, rawdoc! { "_id": "y", "n": 2 }];
    let outcomes = outcomes(store, insert("readings", later)).await;

    assert_eq!(outcomes, [Outcome::AlreadyThere, Outcome::Inserted]);
    let kept = store.get(&namespace("readings"), "x".into()).await.unwrap();
    assert_eq!(kept.unwrap(), first);
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 2);
}

async fn of_two_documents_with_one_id_in_one_insert_the_first_wins(store: &dyn Store) {
    let documents = [rawdoc! { "_id": 1, "n": 1 }, rawdoc! { "_id": 1, "n": 2 }];
    let outcomes = outcomes(store, insert("readings", documents.clone())).await;
    assert_eq!(outcomes, [Outcome::Inserted, Outcome::AlreadyThere]);
    let kept = store.get(&namespace("readings"), 1.into()).await.unwrap();
    assert_eq!(kept.unwrap(), documents[0]);
}

async fn a_number_is_one_id_whatever_its_type(store: &dyn Store) {
    let documents = [rawdoc! { "_id": 1_i32 }, rawdoc! { "_id": 1_i64 }, rawdoc! { "_id": 1.0 }];
    let outcomes = outcomes(store, insert("readings", documents)).await;
    assert_eq!(outcomes, [Outcome::Inserted, Outcome::AlreadyThere, Outcome::AlreadyThere]);
}

async fn an_insert_may_span_namespaces(store: &dyn Store) {
    let inserts = vec![
        insert("readings", [rawdoc! { "_id": 1 }, rawdoc! { "_id": 2 }]),
        insert("empty", []),
        insert("alarms", [rawdoc! { "_id": 1 }]),
    ];
    let inserted = store.insert(inserts).await;
    let sizes: Vec<_> = inserted.iter().map(|inserted| inserted.outcomes.len()).collect();
    assert_eq!(sizes, [2, 0, 1]);
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 2);
    assert_eq!(store.count(&namespace("alarms")).await.unwrap(), 1);
    assert_eq!(store.count(&namespace("empty")).await.unwrap(), 0);
}

async fn a_document_that_is_too_large_does_not_hold_up_the_others(store: &dyn Store) {
    let documents = [
        rawdoc! { "_id": 1 },
        rawdoc! { "_id": 2, "text": "x".repeat(MAX_DOCUMENT_BYTES) },
        rawdoc! { "_id": 3 },
    ];
    let outcomes = outcomes(store, insert("readings", documents)).await;
    assert_eq!(outcomes[0], Outcome::Inserted);
    assert!(matches!(&outcomes[1], Outcome::Refused(reason) if reason.contains("bytes")));
    assert_eq!(outcomes[2], Outcome::Inserted);
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 2);
}

async fn records_are_replaced_and_deleted_by_id(store: &dyn Store) {
    let settings = namespace("settings");
    let document = |n: i32| Document::try_from(rawdoc! { "_id": "a", "n": n }).unwrap();
    assert!(!store.replace(&settings, document(1)).await.unwrap());
    assert_eq!(store.count(&settings).await.unwrap(), 0);

    store.insert(vec![Insert { namespace: settings.clone(), documents: vec![document(1)] }]).await;
    assert!(store.replace(&settings, document(2)).await.unwrap());
    let found = store.get(&settings, "a".into()).await.unwrap().unwrap();
    assert_eq!(found.get_i32("n").unwrap(), 2);

    assert!(store.delete(&settings, "a".into()).await.unwrap());
    assert!(!store.delete(&settings, "a".into()).await.unwrap());
    assert_eq!(store.count(&settings).await.unwrap(), 0);
}

async fn a_document_is_exchanged_only_for_the_one_that_was_read(store: &dyn Store) {
    let document = |document: RawDocumentBuf| Document::try_from(document).unwrap();
    let place = namespace("exchanged");
    let first =
        rawdoc! { "_id": "a", "n": 1, "list": [1, { "b": 2 }], "when": bson::DateTime::MAX };
    store.insert(vec![insert("exchanged", [first.clone()])]).await;
    let (first, second) = (document(first), document(rawdoc! { "_id": "a", "n": 2 }));
    // Neither a value that is equal but of another type, nor a field more.
    for other in [rawdoc! { "_id": "a", "n": 1 }, rawdoc! { "_id": "b", "n": 1 }] {
        let exchanged = store.exchange(&place, document(other), Some(second.clone())).await;
        assert!(!exchanged.unwrap());
    }
    let exchange = |before: &Document, after: Option<&Document>| {
        store.exchange(&place, before.clone(), after.cloned())
    };
    assert!(exchange(&first, Some(&second)).await.unwrap());
    assert!(!exchange(&first, Some(&second)).await.unwrap(), "it is another by now");
    assert_eq!(store.count(&place).await.unwrap(), 1);
    // Of many who read the same, one wins.
    let third = document(rawdoc! { "_id": "a", "n": 3 });
    let attempts = (0..8).map(|_| exchange(&second, Some(&third)));
    let won = join_all(attempts).await.into_iter().filter(|won| *won.as_ref().unwrap());
    assert_eq!(won.count(), 1);
    assert!(exchange(&third, None).await.unwrap());
    assert!(!exchange(&third, None).await.unwrap());
    assert_eq!(store.get(&place, "a".into()).await.unwrap(), None);
    assert_eq!(store.count(&place).await.unwrap(), 0);
}

async fn present_documents_are_told_from_others(store: &dyn Store) {
    let ids: [Bson; 4] = [1.into(), "1".into(), ObjectId::new().into(), bson::Uuid::new().into()];
    let document = |id: &Bson, n: i32| {
        let document = bson::doc! { "_id": id.clone(), "n": n };
        RawDocumentBuf::try_from(&document).unwrap()
    };
    outcomes(store, insert("readings", ids[1..].iter().map(|id| document(id, 1)))).await;
    let asked: Vec<_> = ids.iter().map(|id| Document::try_from(document(id, 2)).unwrap()).collect();
    let present = store.present(&namespace("readings"), &asked).await.unwrap();
    assert_eq!(present, [false, true, true, true]);
    assert!(store.present(&namespace("readings"), &[]).await.unwrap().is_empty());
}

async fn searches_find_sort_skip_and_limit(store: &dyn Store) {
    let place = namespace("searched");
    let documents = (0..10).map(|n| rawdoc! { "_id": n, "n": n % 5, "even": n % 2 == 0 });
    store.insert(vec![insert("searched", documents)]).await;
    let ids = async |find: Find| -> Vec<i32> {
        let found: Vec<_> = store.search(&place, find).try_collect().await.unwrap();
        found.iter().map(|document| document.get_i32("_id").unwrap()).collect()
    };
    let even = || bson::doc! { "even": true };
    let all = Find { filter: even(), sort: bson::doc! { "_id": 1 }, ..Find::default() };
    assert_eq!(ids(all).await, [0, 2, 4, 6, 8]);
    let sorted = bson::doc! { "n": -1, "_id": 1 };
    let page = Find { filter: even(), sort: sorted, skip: 1, limit: Some(3) };
    assert_eq!(ids(page).await, [8, 2, 6]);
    let none = Find { limit: Some(0), ..Find::default() };
    assert_eq!(ids(none).await, [0; 0]);
    let one = Find { filter: bson::doc! { "_id": 7, "even": false }, ..Find::default() };
    assert_eq!(ids(one).await, [7]);
    let other = Find { filter: bson::doc! { "_id": 7, "even": true }, ..Find::default() };
    assert_eq!(ids(other).await, [0; 0]);
    let missing = namespace("never-made");
    let found: Vec<_> = store.search(&missing, Find::default()).try_collect().await.unwrap();
    assert!(found.is_empty());
}

async fn find_reads_all_pages(store: &dyn Store) {
    let text = "x".repeat(1000);
    let numbers = 0..1500;
    let documents = numbers.clone().map(|id| rawdoc! { "_id": id, "text": text.as_str() });
    outcomes(store, insert("readings", documents)).await;
    // Neighbours on both sides, whose documents must not show up.
    outcomes(store, insert("alarms", [rawdoc! { "_id": 9999 }])).await;

    let readings = namespace("readings");
    let found: Vec<_> = store.find(&readings).try_collect().await.unwrap();
    let ids: BTreeSet<_> = found.iter().map(|found| found.get_i32("_id").unwrap()).collect();
    assert_eq!(found.len(), 1500);
    assert!(ids.into_iter().eq(numbers));
}

async fn collections_of_clients_are_listed(store: &dyn Store) {
    assert_eq!(store.namespaces().await.unwrap(), []);
    let own = Insert {
        namespace: Namespace::system("settings"),
        documents: vec![rawdoc! { "_id": 1 }.try_into().unwrap()],
    };
    store.insert(vec![insert("b.c", [rawdoc! { "_id": 1 }]), own]).await;
    store.insert(vec![insert("a", [rawdoc! { "_id": 1 }])]).await;
    assert_eq!(store.namespaces().await.unwrap(), [namespace("a"), namespace("b.c")]);
}

async fn concurrent_inserts_of_one_document_store_it_once(store: &dyn Store) {
    let documents: Vec<_> = (0..50).map(|id| rawdoc! { "_id": id }).collect();
    let writes = (0..8).map(|_| outcomes(store, insert("readings", documents.clone())));
    let all: Vec<_> = join_all(writes).await.into_iter().flatten().collect();
    let inserted = all.iter().filter(|outcome| **outcome == Outcome::Inserted).count();
    let there = all.iter().filter(|outcome| **outcome == Outcome::AlreadyThere).count();
    assert_eq!((inserted, there), (50, 350));
    assert_eq!(store.count(&namespace("readings")).await.unwrap(), 50);
}

async fn every_type_of_id_can_be_found_again(store: &dyn Store) {
    let ids: [Bson; 9] = [
        ObjectId::new().into(),
        "text".into(),
        i64::MAX.into(),
        0.5.into(),
        true.into(),
        bson::DateTime::now().into(),
        bson::Uuid::new().into(),
        bson::doc! { "a": 1, "b": "c" }.into(),
        Bson::Null,
    ];
    for id in &ids {
        let document = bson::doc! { "_id": id.clone(), "n": 1 };
        let document = RawDocumentBuf::try_from(&document).unwrap();
        assert_eq!(outcomes(store, insert("readings", [document])).await, [Outcome::Inserted]);
    }
    for id in ids {
        let found = store.get(&namespace("readings"), id.clone()).await.unwrap();
        assert!(found.is_some(), "{id}");
    }
}

async fn gateways_that_start_together_agree_on_the_signing_secret(store: &dyn Store) {
    // Both see an empty store, both make a secret, one wins.
    let namespace = Namespace::system("settings");
    let made: Vec<_> = (0..2).map(|n| rawdoc! { "_id": "token_signing_secret", "n": n }).collect();
    let writes = made.into_iter().map(|document| {
        let documents = vec![document.try_into().unwrap()];
        outcomes(store, Insert { namespace: namespace.clone(), documents })
    });
    let outcomes: Vec<_> = join_all(writes).await.into_iter().flatten().collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Inserted).count(), 1);
    assert_eq!(store.count(&namespace).await.unwrap(), 1);
}
