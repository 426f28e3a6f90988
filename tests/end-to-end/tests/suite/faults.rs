//! Gateways that are down, die, or answer into the void.

use asymmetric::UploadState;
use asymmetric_testkit::{Mode, TcpProxy};

use crate::support::{Backend, PATIENCE, Site, assert_counted, realm, user, write};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_gateway_is_down_arrives_when_it_is_back() {
    let backend = Backend::embedded().await;
    let mut site = Site::down(&backend).await;
    let realm = site.realm();
    write(&realm, 0..500, 10).await;
    let mut state = realm.sync_session().watch_state();
    state.wait_for(|state| matches!(state, UploadState::Offline { .. })).await.unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 500);

    // Nothing is written any more: the upload wakes by itself.
    site.start();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&backend, 0..500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_restarts_offline_keeps_its_objects_and_its_user() {
    let backend = Backend::embedded().await;
    let mut site = Site::up(&backend).await;
    let user_id = {
        let user = site.user();
        let realm = realm(&user, site.realm_path());
        write(&realm, 0..10, 5).await;
        realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
        site.kill().await;
        write(&realm, 10..20, 5).await;
        user.id().expect("logged in")
    };
    // A new process: new user object, no network.
    let user = site.user();
    let realm = realm(&user, site.realm_path());
    assert_eq!(user.id(), Some(user_id.clone()));
    assert_eq!(realm.sync_session().progress().pending_objects(), 10);

    site.start();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_eq!(user.id(), Some(user_id));
    assert_counted(&backend, 0..20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let backend = Backend::embedded().await;
    let mut site = Site::up(&backend).await;
    let realm = site.realm();
    let writing = tokio::spawn({
        let realm = realm.clone();
        async move { write(&realm, 0..3_000, 3).await }
    });
    let mut progress = realm.sync_session().watch_progress();
    for round in 1..=8 {
        progress.wait_for(|now| now.acknowledged >= round * 300).await.unwrap();
        site.kill().await;
        site.start();
    }
    writing.await.unwrap();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    let progress = realm.sync_session().progress();
    assert_eq!((progress.acknowledged, progress.rejected), (3_000, 0));
    assert_counted(&backend, 0..3_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lost_after_the_embedded_store_committed_double_nothing() {
    lose_answers(Backend::embedded().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_lost_after_mongodb_committed_double_nothing() {
    lose_answers(Backend::mongodb().await).await;
}

async fn lose_answers(backend: Backend) {
    let site = Site::up(&backend).await;
    let proxy = TcpProxy::start(site.address).await.unwrap();
    let realm = realm(&user(proxy.address()), site.realm_path());
    write(&realm, 0..100, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();

    proxy.set(Mode::DropAnswers);
    write(&realm, 100..300, 10).await;
    proxy.wait_for_answers_dropped(proxy.answers_dropped() + 5).await;
    assert_eq!(realm.sync_session().progress().acknowledged, 100);

    proxy.set(Mode::Forward);
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    // The gateway has seen objects again that it had stored: the answers were lost, not the
    // requests.
    assert!(site.gateway.counters().duplicates > 0);
    assert_eq!(realm.sync_session().progress().acknowledged, 300);
    assert_counted(&backend, 0..300).await;
}
