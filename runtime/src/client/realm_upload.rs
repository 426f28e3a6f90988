//! What a realm has to do with its upload.

use std::{num::NonZeroU64, path::Path, sync::Arc, thread::JoinHandle, time::Duration};

use asymmetric_protocol::SequenceNumber;
use tokio::sync::watch;

use super::{
    OpenError, Realm, RealmBuilder, RejectedObject, RequestError, RetryDelays, StorageError,
    SyncSession, UploadState, User, WaitError, WriteError,
    credentials::ANONYMOUS,
    events::EventSender,
    outbox::{Outbox, StoredSession},
    upload::{HttpTransport, Machine, Orders, UploadOptions, Uploader, Wires},
};
use crate::model::Schema;

impl<S: Schema> RealmBuilder<'_, S> {
    /// How long the upload waits after a failure.
    pub const fn retry_delays(mut self, delays: RetryDelays) -> Self {
        self.upload.delays = delays;
        self
    }

    /// Sends at most so many bytes a second, on average. Counted are the bodies of requests, as
    /// they go over the wire.
    pub const fn bytes_per_second(mut self, cap: NonZeroU64) -> Self {
        self.upload.bytes_per_second = Some(cap);
        self
    }

    /// Sends only while `condition` holds, such as being on an unmetered network. It is asked
    /// before each batch, and every few seconds while it does not hold and objects wait;
    /// [`SyncSession::retry_now`] has it asked at once.
    ///
    /// It is called on the thread of the upload, and should answer quickly.
    pub fn only_when(mut self, condition: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.upload.only_when = Some(Arc::new(condition));
        self
    }

    /// Calls `callback` once for each object that the server refuses for good, after the refusal
    /// is durable. Those of earlier runs are in [`Realm::rejected_objects`].
    ///
    /// It is called on the thread of the upload, which waits for it.
    pub fn on_rejected(
        mut self,
        callback: impl Fn(&RejectedObject) + Send + Sync + 'static,
    ) -> Self {
        self.upload.on_rejected = Some(Arc::new(callback));
        self
    }
}

impl<S> Realm<S> {
    /// Sends rejected objects once more, as they are: after the schema or the rules of the app have
    /// changed. Answers how many of them there were. They get new sequence numbers, and are
    /// rejected or acknowledged anew.
    ///
    /// Blocks until the change is durable, like [`write`](Self::write).
    pub fn retry_rejected(
        &self,
        objects: impl IntoIterator<Item = SequenceNumber>,
    ) -> Result<u64, WriteError> {
        Ok(self.outbox().retry(&objects.into_iter().collect())?)
    }

    /// Removes rejected objects for good. Answers how many of them there were.
    ///
    /// Blocks until the change is durable, like [`write`](Self::write).
    pub fn discard_rejected(
        &self,
        objects: impl IntoIterator<Item = SequenceNumber>,
    ) -> Result<u64, WriteError> {
        Ok(self.outbox().discard(&objects.into_iter().collect())?)
    }

    /// Refuses further writes, uploads what is stored within `deadline`, and closes the realm.
    ///
    /// The process may exit at any time without this: what was not uploaded is, the next time the
    /// realm is opened.
    ///
    /// # Errors
    ///
    /// The time was up before everything was acknowledged or rejected, or the file could not be
    /// written. The realm is closed in any case.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the realm is closed at once.
    pub async fn shutdown(self, deadline: Duration) -> Result<(), ShutdownError> {
        self.outbox().refuse_writes();
        let flushed = self.sync_session().flush(deadline).await;
        // Quick: whatever is in flight is dropped, and sent again the next time.
        self.close()?;
        Ok(flushed?)
    }
}

/// What did not work while a realm was shut down. Nothing is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// Not everything was uploaded.
    #[error(transparent)]
    Wait(#[from] WaitError),
    /// The file could not be written.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Starts the upload of an outbox.
pub(super) fn start(
    outbox: &Arc<Outbox>,
    user: &User,
    path: &Path,
    options: UploadOptions,
) -> Result<(SyncSession, JoinHandle<()>), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    // Watched from before the comparison, so that no login falls between the two.
    let session = user.session().subscribe();
    bind_user(outbox, user, path)?;

    let (orders, commands) = watch::channel(Orders::default());
    let state = watch::Sender::new(UploadState::Idle);
    let events = EventSender::new();
    // A thread of its own: the upload reads the disk, and it must go on whatever the
    // application does with its runtime, or if it has none.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(io)?;
    let sync_session = SyncSession::new(
        outbox.progress().subscribe(),
        state.subscribe(),
        orders,
        events.source(outbox),
        runtime.handle().clone(),
    );
    let transport = HttpTransport::new(user.clone()).map_err(RequestError::Network);
    let transport = transport.map_err(std::io::Error::other).map_err(io)?;
    let machine = Box::new(Machine { server: user.app().http().server_address() });
    let wires = Wires { state, orders: commands, session, events };
    let uploader = Uploader::new(Arc::clone(outbox), transport, options, wires, machine);
    let upload = std::thread::Builder::new()
        .name("asymmetric-upload".to_owned())
        .spawn(move || {
            runtime.block_on(uploader.run());
            // A look-up of a name that hangs must not hold up whoever closes the realm.
            runtime.shutdown_background();
        })
        .map_err(io)?;
    Ok((sync_session, upload))
}

/// Makes the user's session and the one in the file the same, unless they are of two users.
fn bind_user(outbox: &Outbox, user: &User, path: &Path) -> Result<(), OpenError> {
    let storage = |error: redb::Error| OpenError::Io {
        path: path.to_owned(),
        source: std::io::Error::other(error),
    };
    let remembered = outbox.session().map_err(storage)?;
    let holds = user.adopt(remembered.clone());
    match (&holds, &remembered) {
        (Some(holds), Some(remembered)) if is_another_user(holds, remembered) => {
            let (found, wanted) = (remembered.user_id.clone(), holds.user_id.clone());
            Err(OpenError::WrongUser { path: path.to_owned(), found, wanted })
        }
        (Some(_), _) if holds != remembered => {
            outbox.store_session(holds.as_ref()).map_err(storage)
        }
        _ => Ok(()),
    }
}

/// Anonymous users are not told apart: nobody could ever log in as the one of an earlier session,
/// and its objects would stay on the device for ever.
fn is_another_user(one: &StoredSession, other: &StoredSession) -> bool {
    let both_anonymous = one.provider == ANONYMOUS && other.provider == ANONYMOUS;
    one.user_id != other.user_id && !both_anonymous
}

#[cfg(test)]
mod tests {
    use asymmetric_schema::RealmSchema;

    use super::*;
    use crate::{App, Credentials, client::outbox::Options};

    fn session(user: &str, provider: &str) -> StoredSession {
        StoredSession {
            user_id: user.into(),
            device_id: "d".into(),
            refresh_token: "secret".into(),
            provider: provider.into(),
        }
    }

    fn user(name: &str, provider: &str) -> User {
        let app = App::builder("app").base_url("http://127.0.0.1:9").build().unwrap();
        let user = app.log_in_later(Credentials::anonymous());
        user.adopt(Some(session(name, provider)));
        user
    }

    #[test]
    fn the_file_of_another_user_is_refused_and_keeps_its_user() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.realm");
        let outbox = Options::default().open(&path, "app", &RealmSchema::new(&[])).unwrap();
        bind_user(&outbox, &user("first", "api-key"), &path).unwrap();
        for provider in ["api-key", ANONYMOUS] {
            let error = bind_user(&outbox, &user("second", provider), &path).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("belongs to the user `first`, not to `second`"), "{text}");
            assert!(!text.contains("secret"));
        }
        assert_eq!(outbox.session().unwrap(), Some(session("first", "api-key")));
        bind_user(&outbox, &user("first", "api-key"), &path).unwrap();
    }

    #[test]
    fn the_file_of_an_anonymous_user_is_taken_over_by_the_next_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.realm");
        let outbox = Options::default().open(&path, "app", &RealmSchema::new(&[])).unwrap();
        bind_user(&outbox, &user("first", ANONYMOUS), &path).unwrap();
        bind_user(&outbox, &user("second", ANONYMOUS), &path).unwrap();
        assert_eq!(outbox.session().unwrap(), Some(session("second", ANONYMOUS)));
    }
}
