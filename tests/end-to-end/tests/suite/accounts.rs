//! Users with a password, and everything that can end their sessions.
//!
//! Access tokens last two seconds here: only when one has ended does a device learn what has become
//! of its user.

use std::{ops::Range, sync::Arc, time::Duration};

use asymmetric::{App, Credentials, Realm, RequestError, SyncEvent, SyncEvents, UploadState, User};
use asymmetric_gateway::{Gateway, GatewayBuilder};
use asymmetric_testkit::{Mode, TcpProxy};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{interval, timeout};

use crate::{
    administrator::{ACCOUNT, Administrator},
    support::{APP_ID, Backend, Counting, PATIENCE, Site, app_files, assert_counted, realm, write},
};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse";
/// How long tokens are good for. A machine that stalls for longer makes these tests fail.
const LIFETIME: Duration = Duration::from_secs(2);

/// A gateway whose app has users that register themselves, and a device that remembers them.
struct World {
    backend: Backend,
    site: Site,
    directory: TempDir,
}

/// A gateway with an app whose users register themselves, and reset their passwords by a function.
fn builder(backend: &Backend) -> GatewayBuilder {
    let userpass = json!({
        "autoConfirm": true,
        "runResetFunction": true,
        "resetFunctionName": "reset",
    });
    let providers = json!({
        "local-userpass": { "name": "local-userpass", "type": "local-userpass", "config": userpass },
    });
    let reset = [("reset", "exports = () => ({ status: 'success' });")];
    let files = app_files(&providers, &reset);
    Gateway::builder(backend.store()).app(files).admin(ACCOUNT.parse().unwrap())
}

fn password(password: &str) -> Credentials {
    Credentials::email_password(EMAIL, password)
}

impl World {
    async fn with(configure: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let backend = Backend::embedded().await;
        let mut site = Site::of(configure(builder(&backend)).build().await.unwrap());
        site.start();
        Self { backend, site, directory: TempDir::new().unwrap() }
    }

    /// What a process of the device starts with.
    fn app(&self) -> App {
        let url = format!("http://{}", self.site.address);
        App::builder(APP_ID).base_url(url).remember_users(self.directory.path()).build().unwrap()
    }

    /// A user that has just registered.
    async fn user(&self) -> User {
        let app = self.app();
        app.email_password_auth().register(EMAIL, PASSWORD).await.unwrap();
        app.log_in(password(PASSWORD)).await.unwrap()
    }

    fn realm(&self, user: &User) -> Realm<Counting> {
        realm(user, self.site.realm_path())
    }

    /// Waits until everything is uploaded, and asserts that each of these objects was stored and
    /// acknowledged once.
    async fn assert_arrived_once(&self, realm: &Realm<Counting>, numbers: Range<i64>) {
        realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
        let progress = realm.sync_session().progress();
        assert_eq!((progress.pending_objects(), progress.rejected), (0, 0));
        assert_eq!(self.site.gateway.counters().duplicates, 0);
        assert_counted(&self.backend, numbers).await;
    }
}

/// Writes ten objects, and ten more from time to time, until something holds. Answers the number
/// after the last.
async fn write_until(realm: &Realm<Counting>, from: i64, holds: impl Fn() -> bool) -> i64 {
    let mut next = from;
    let mut pace = interval(Duration::from_millis(50));
    let writing = async {
        while next == from || !holds() {
            pace.tick().await;
            write(realm, next..next + 10, 10).await;
            next += 10;
        }
        next
    };
    timeout(PATIENCE, writing).await.unwrap()
}

/// Writes until the upload waits for a login. Answers the number after the last.
async fn write_until_login_is_required(realm: &Realm<Counting>, from: i64) -> i64 {
    let session = realm.sync_session();
    let next = write_until(realm, from, || session.state() == UploadState::LoginRequired).await;
    assert!(session.progress().pending_objects() > 0);
    next
}

/// The errors that the application was told of, up to the one that asks for a login.
async fn errors_until_login_is_required(events: &mut SyncEvents) -> Vec<Arc<RequestError>> {
    let mut errors = Vec::new();
    loop {
        match timeout(PATIENCE, events.next()).await.unwrap().unwrap() {
            SyncEvent::Failed { error } => errors.push(error),
            SyncEvent::StateChanged(UploadState::LoginRequired) => return errors,
            _ => {}
        }
    }
}

/// The only error was this refusal.
fn assert_refused(errors: &[Arc<RequestError>], expected: &str) {
    let codes: Vec<_> = errors.iter().map(|error| code(error)).collect();
    assert_eq!(codes, [expected]);
}

fn code(error: &RequestError) -> &str {
    match error {
        RequestError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// Ends the realm, and asserts that its application was told of acknowledged objects and states,
/// and of nothing that asks for anything.
async fn assert_uneventful(realm: Realm<Counting>, mut events: SyncEvents) {
    realm.close().unwrap();
    while let Some(event) = events.next().await {
        match event {
            SyncEvent::Acknowledged { .. } => {}
            SyncEvent::StateChanged(state) => assert_ne!(state, UploadState::LoginRequired),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_that_end_are_renewed_unnoticed() {
    let world = World::with(|gateway| gateway.access_token_lifetime(LIFETIME)).await;
    let realm = world.realm(&world.user().await);
    let events = realm.sync_session().events();
    let next = write_until(&realm, 0, || world.site.answered("/session", 201) >= 2).await;
    world.assert_arrived_once(&realm, 0..next).await;
    assert_uneventful(realm, events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_that_ends_on_its_way_is_replaced_and_the_batch_sent_again() {
    let world = World::with(|gateway| gateway.access_token_lifetime(LIFETIME)).await;
    let proxy = TcpProxy::start(world.site.address).await.unwrap();
    let user = world.user().await;
    user.app().set_base_url(format!("http://{}", proxy.address())).unwrap();
    let realm = world.realm(&user);
    let events = realm.sync_session().events();
    write(&realm, 0..10, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();

    proxy.set(Mode::Delay(LIFETIME * 2));
    write(&realm, 10..20, 10).await;
    let mut pace = interval(Duration::from_millis(10));
    let refused = async {
        while world.site.answered("/ingest", 401) == 0 {
            pace.tick().await;
        }
    };
    timeout(PATIENCE, refused).await.unwrap();
    proxy.set(Mode::Forward);
    world.assert_arrived_once(&realm, 0..20).await;
    assert_uneventful(realm, events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_has_the_password_begins_new_sessions_unnoticed() {
    let short = |gateway: GatewayBuilder| {
        gateway.access_token_lifetime(LIFETIME).refresh_token_lifetime(LIFETIME)
    };
    let world = World::with(short).await;
    let user = world.user().await;
    let id = user.id();
    let realm = world.realm(&user);
    let events = realm.sync_session().events();
    let mut next = write_until(&realm, 0, || world.site.answered("/login", 200) >= 2).await;

    // The same if an administrator ends them.
    let administrator = Administrator::log_in(world.site.address).await;
    administrator.order(id.as_deref().unwrap(), "logout").await;
    let logins = world.site.answered("/login", 200);
    next = write_until(&realm, next, || world.site.answered("/login", 200) > logins).await;
    world.assert_arrived_once(&realm, 0..next).await;
    assert_eq!(user.id(), id);
    assert_uneventful(realm, events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_the_password_asks_for_a_login_when_the_session_has_ended() {
    let short = |gateway: GatewayBuilder| {
        gateway.access_token_lifetime(LIFETIME).refresh_token_lifetime(LIFETIME)
    };
    let world = World::with(short).await;
    world.user().await;
    // The user is remembered, the password is not.
    let user = world.app().current_user().unwrap();
    let realm = world.realm(&user);
    let mut events = realm.sync_session().events();
    let next = write_until_login_is_required(&realm, 0).await;
    assert_refused(&errors_until_login_is_required(&mut events).await, "InvalidSession");

    user.log_in_again(password(PASSWORD)).await.unwrap();
    world.assert_arrived_once(&realm, 0..next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_a_disabled_user_wait_until_it_is_enabled() {
    let world = World::with(|gateway| gateway.access_token_lifetime(LIFETIME)).await;
    let user = world.user().await;
    let id = user.id().unwrap();
    let realm = world.realm(&user);
    write(&realm, 0..10, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    let mut events = realm.sync_session().events();

    let administrator = Administrator::log_in(world.site.address).await;
    administrator.order(&id, "disable").await;
    let next = write_until_login_is_required(&realm, 10).await;
    assert_refused(&errors_until_login_is_required(&mut events).await, "UserDisabled");
    let refused = user.log_in_again(password(PASSWORD)).await.unwrap_err();
    assert_eq!(code(&refused), "UserDisabled");

    // Nobody has to do anything on the device.
    administrator.order(&id, "enable").await;
    world.assert_arrived_once(&realm, 0..next).await;
    assert_eq!(user.id(), Some(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_changed_password_objects_wait_for_a_login_with_the_new_one() {
    let world = World::with(|gateway| gateway.access_token_lifetime(LIFETIME)).await;
    let user = world.user().await;
    let realm = world.realm(&user);
    write(&realm, 0..10, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();
    let mut events = realm.sync_session().events();

    // All sessions end with the old password.
    user.app().email_password_auth().call_reset(EMAIL, "battery staple", &[]).await.unwrap();
    let next = write_until_login_is_required(&realm, 10).await;
    assert_refused(&errors_until_login_is_required(&mut events).await, "InvalidPassword");
    let refused = user.log_in_again(password(PASSWORD)).await.unwrap_err();
    assert_eq!(code(&refused), "InvalidPassword");

    user.log_in_again(password("battery staple")).await.unwrap();
    world.assert_arrived_once(&realm, 0..next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_restarts_with_its_data_knows_its_sessions() {
    let mut world = World::with(|gateway| gateway).await;
    let user = world.user().await;
    let id = user.id();
    let realm = world.realm(&user);
    write(&realm, 0..10, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();

    world.site.kill().await;
    write(&realm, 10..20, 10).await;
    world.site.replace(builder(&world.backend).build().await.unwrap()).await;
    world.assert_arrived_once(&realm, 0..20).await;
    assert_eq!((world.site.answered("/login", 200), world.site.answered("/ingest", 401)), (0, 0));
    user.refresh().await.unwrap();
    assert_eq!(user.id(), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_restarts_without_its_data_gets_what_waits_once_the_user_is_known_again() {
    let mut world = World::with(|gateway| gateway).await;
    let user = world.user().await;
    let before = user.id().unwrap();
    let realm = world.realm(&user);
    let mut events = realm.sync_session().events();
    write(&realm, 0..10, 10).await;
    realm.sync_session().wait_for_upload(PATIENCE).await.unwrap();

    let old = std::mem::replace(&mut world.backend, Backend::embedded().await);
    world.site.replace(builder(&world.backend).build().await.unwrap()).await;
    let next = write_until_login_is_required(&realm, 10).await;
    assert_refused(&errors_until_login_is_required(&mut events).await, "InvalidPassword");

    // Whoever registers this address now is somebody else, until the application says that they
    // are the same.
    user.app().email_password_auth().register(EMAIL, PASSWORD).await.unwrap();
    match user.log_in_again(password(PASSWORD)).await.unwrap_err() {
        RequestError::OtherUser { wanted, .. } => assert_eq!(wanted, before),
        other => panic!("{other:?}"),
    }
    user.log_in_as_another(password(PASSWORD)).await.unwrap();
    assert_ne!(user.id().unwrap(), before);
    world.assert_arrived_once(&realm, 10..next).await;
    assert_counted(&old, 0..10).await;

    // The realm is that of the new user from now on.
    realm.close().unwrap();
    drop(user);
    let realm = world.realm(&world.app().current_user().unwrap());
    write(&realm, next..next + 10, 10).await;
    world.assert_arrived_once(&realm, 10..next + 10).await;
}
