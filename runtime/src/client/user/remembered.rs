//! The users that an app remembers across restarts.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::client::outbox::StoredSession;

/// The users that an app remembers: in a file, or as long as the process lives.
///
/// The file is replaced as a whole, so that it is the old or the new one after a crash.
#[derive(Debug)]
pub(crate) struct Remembered {
    path: Option<PathBuf>,
    users: Mutex<Users>,
}

/// What the file holds, as JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Users {
    version: u32,
    /// The latest login last. Whoever is logged out is not here.
    sessions: Vec<StoredSession>,
    /// What the server calls this device since the first login.
    device_id: Option<String>,
}

const VERSION: u32 = 1;

impl Remembered {
    /// Remembers nobody beyond the process.
    pub(crate) fn in_memory() -> Self {
        Self { path: None, users: Mutex::default() }
    }

    /// Reads the file of an app, if there is one. A file that is damaged is moved aside: its
    /// users have to log in again, which is all that is lost.
    pub(crate) fn open(directory: &Path, app_id: &str) -> io::Result<Self> {
        make_private_directory(directory)?;
        let path = directory.join(format!("{app_id}.users.json"));
        let users = match fs::read(&path) {
            Ok(json) => match serde_json::from_slice::<Users>(&json) {
                Ok(users) if users.version == VERSION => users,
                damaged => {
                    let aside = path.with_extension("json.damaged");
                    let error = damaged.err().map(|error| error.to_string());
                    tracing::error!(
                        path = %path.display(), aside = %aside.display(), error,
                        "the file of the remembered users cannot be read and is moved aside"
                    );
                    fs::rename(&path, aside)?;
                    Users::default()
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Users::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path: Some(path), users: Mutex::new(users) })
    }

    /// Everybody who is logged in, the latest login last.
    pub(crate) fn sessions(&self) -> Vec<StoredSession> {
        self.lock().sessions.clone()
    }

    /// What the server calls this device.
    pub(crate) fn device_id(&self) -> Option<String> {
        self.lock().device_id.clone()
    }

    /// Replaces the session of a user; one without a refresh token is forgotten. `before`: the id
    /// that the user had until now.
    pub(crate) fn replace(&self, before: Option<&str>, session: &StoredSession) {
        let mut users = self.lock();
        users.version = VERSION;
        users
            .sessions
            .retain(|user| Some(&*user.user_id) != before && user.user_id != session.user_id);
        if !session.refresh_token.is_empty() {
            users.sessions.push(session.clone());
            users.device_id = Some(session.device_id.clone());
        }
        if let Some(path) = &self.path
            && let Err(error) = write(path, &users)
        {
            // The session holds all the same, as long as the process lives.
            tracing::error!(path = %path.display(), %error, "the session could not be remembered");
        }
    }

    /// Nothing panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_private_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn write(path: &Path, users: &Users) -> io::Result<()> {
    let json = serde_json::to_vec_pretty(users)?;
    let new = path.with_extension("json.new");
    // One that a crash has left may have been made by somebody else.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(&json)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, path)?;
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(user: &str, token: &str) -> StoredSession {
        StoredSession {
            user_id: user.into(),
            device_id: "device".into(),
            refresh_token: token.into(),
            provider: "api-key".into(),
        }
    }

    fn ids(remembered: &Remembered) -> Vec<String> {
        remembered.sessions().into_iter().map(|session| session.user_id).collect()
    }

    #[test]
    fn users_are_remembered_until_they_log_out() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("of/the/app");
        let remembered = Remembered::open(&deep, "app").unwrap();
        for user in ["a", "b", "a"] {
            remembered.replace(None, &session(user, "t"));
        }
        assert_eq!(ids(&Remembered::open(&deep, "app").unwrap()), ["b", "a"]);
        remembered.replace(Some("a"), &session("a", ""));
        let again = Remembered::open(&deep, "app").unwrap();
        assert_eq!(ids(&again), ["b"]);
        assert_eq!(again.device_id().as_deref(), Some("device"));
        assert_eq!(ids(&Remembered::open(&deep, "other").unwrap()), [""; 0]);
    }

    #[test]
    fn an_anonymous_user_that_got_another_id_is_one_user() {
        let remembered = Remembered::in_memory();
        remembered.replace(None, &session("old", "t"));
        remembered.replace(Some("old"), &session("new", "t"));
        assert_eq!(ids(&remembered), ["new"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_tokens() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.users.json");
        // Even if the file was open to everybody before.
        fs::write(&path, "{}").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        let remembered = Remembered::open(directory.path(), "app").unwrap();
        remembered.replace(None, &session("a", "t"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_not_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.users.json");
        fs::write(&path, "{ half").unwrap();
        let remembered = Remembered::open(directory.path(), "app").unwrap();
        assert_eq!(ids(&remembered), [""; 0]);
        let aside = directory.path().join("app.users.json.damaged");
        assert_eq!(fs::read_to_string(aside).unwrap(), "{ half");
        remembered.replace(None, &session("a", "t"));
        assert_eq!(ids(&Remembered::open(directory.path(), "app").unwrap()), ["a"]);
    }
}
