//! Sessions that end, and gateways that forget.

use std::path::Path;

use asymmetric::{App, Credentials};
use tempfile::TempDir;

use crate::support::{APP_ID, Backend, PATIENCE, Site, assert_counted, development, realm, write};

/// An app that remembers its users in this directory.
fn app(site: &Site, directory: &Path) -> App {
    let url = format!("http://{}", site.address);
    App::builder(APP_ID).base_url(url).remember_users(directory).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_has_lost_its_data_gets_the_objects_that_are_written_from_then_on() {
    let old = Backend::embedded().await;
    let mut site = Site::up(&old).await;
    let directory = TempDir::new().unwrap();
    let user = app(&site, directory.path()).log_in(Credentials::anonymous()).await.unwrap();
    let before = user.id();
    let realm = realm(&user, site.realm_path());
    write(&realm, 0..50, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();

    // Neither the user, nor the session, nor the secret that signed its tokens is known any more.
    let new = Backend::embedded().await;
    site.kill().await;
    write(&realm, 50..100, 10).await;
    site.replace(development(&new).await).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&old, 0..50).await;
    assert_counted(&new, 50..100).await;
    assert_ne!(user.id(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_restarts_after_its_gateway_has_lost_the_user_goes_on() {
    let old = Backend::embedded().await;
    let mut site = Site::up(&old).await;
    let directory = TempDir::new().unwrap();
    {
        let user = app(&site, directory.path()).log_in(Credentials::anonymous()).await.unwrap();
        let realm = realm(&user, site.realm_path());
        site.kill().await;
        write(&realm, 0..20, 10).await;
    }
    let new = Backend::embedded().await;
    site.replace(development(&new).await).await;
    // A new process: the user is remembered, the gateway does not know it.
    let user = app(&site, directory.path()).current_user().expect("remembered");
    let realm = realm(&user, site.realm_path());
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&new, 0..20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_of_the_front_page_can_be_started_again() {
    let backend = Backend::embedded().await;
    let site = Site::up(&backend).await;
    // It logs in anonymously each time and remembers nobody.
    for start in 0..3 {
        let url = format!("http://{}", site.address);
        let app = App::builder(APP_ID).base_url(url).build().unwrap();
        let user = app.log_in(Credentials::anonymous()).await.unwrap();
        let realm = realm(&user, site.realm_path());
        write(&realm, start * 10..(start + 1) * 10, 10).await;
        realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    }
    assert_counted(&backend, 0..30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_logout_objects_wait_for_the_same_user() {
    let backend = Backend::embedded().await;
    let site = Site::up(&backend).await;
    let directory = TempDir::new().unwrap();
    let app = app(&site, directory.path());
    let user = app.log_in(Credentials::anonymous()).await.unwrap();
    let realm = realm(&user, site.realm_path());
    user.log_out().await.unwrap();
    assert!(app.current_user().is_none());
    write(&realm, 0..10, 10).await;
    let mut state = realm.sync_session().watch_state();
    state.wait_for(|state| *state == asymmetric::UploadState::LoginRequired).await.unwrap();
    assert_eq!(realm.sync_session().progress().pending_objects(), 10);
    user.log_in_again(Credentials::anonymous()).await.unwrap();
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&backend, 0..10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_that_shuts_down_uploads_first_and_refuses_writes() {
    let backend = Backend::embedded().await;
    let mut site = Site::down(&backend).await;
    let realm = site.realm();
    write(&realm, 0..100, 10).await;
    site.start();
    let (other, session) = (realm.clone(), realm.sync_session().clone());
    realm.shutdown(PATIENCE).await.unwrap();
    session.wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&backend, 0..100).await;
    let refused = tokio::task::spawn_blocking(move || {
        other.create(crate::support::Counted::new(100)).unwrap_err()
    });
    assert!(matches!(refused.await.unwrap(), asymmetric::WriteError::Closed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_that_runs_out_of_time_keeps_everything() {
    let backend = Backend::embedded().await;
    let mut site = Site::down(&backend).await;
    let realm_of = |site: &Site| site.realm();
    let realm = realm_of(&site);
    write(&realm, 0..20, 10).await;
    let error = realm.shutdown(std::time::Duration::from_millis(50)).await.unwrap_err();
    assert!(error.to_string().starts_with("20 objects still wait"), "{error}");
    site.start();
    let realm = realm_of(&site);
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    assert_counted(&backend, 0..20).await;
}

#[test]
fn no_async_runtime_of_the_application_is_needed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (backend, site) = runtime.block_on(async {
        let backend = Backend::embedded().await;
        let site = Site::up(&backend).await;
        (backend, site)
    });
    // From here on the application's own code runs on a thread without a runtime.
    let realm = site.realm();
    for number in 0..10 {
        realm.create(crate::support::Counted::new(number)).unwrap();
    }
    realm.sync_session().wait_for_upload_blocking(PATIENCE).unwrap();
    runtime.block_on(assert_counted(&backend, 0..10));
}

#[test]
fn an_application_that_blocks_its_only_thread_does_not_stop_the_upload() {
    let gateways = tokio::runtime::Runtime::new().unwrap();
    let (backend, site) = gateways.block_on(async {
        let backend = Backend::embedded().await;
        let site = Site::up(&backend).await;
        (backend, site)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("http://{}", site.address);
        let app = App::builder(APP_ID).base_url(url).build().unwrap();
        // Connections that this runtime drives come to a halt when it is blocked.
        let user = app.log_in(Credentials::anonymous()).await.unwrap();
        let realm = realm(&user, site.realm_path());
        let ticket = realm.create_async(crate::support::Counted::new(0)).await.unwrap();
        assert!(matches!(ticket.settled().wait(), Ok(asymmetric::Receipt::Acknowledged)));
        realm.create_async(crate::support::Counted::new(1)).await.unwrap();
        realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    });
    gateways.block_on(assert_counted(&backend, 0..2));
}
