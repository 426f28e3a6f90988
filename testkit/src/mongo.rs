//! A real server with MongoDB's wire protocol, as a process of its own.
//!
//! Its storage engine syncs its log on every commit, so that what it acknowledged survives
//! [`kill`](MongoServer::kill) as it would survive on a real deployment with `j: true`. Its licence
//! forbids linking it; a process is also the only thing that can be killed honestly.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError, SyncSender},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::cache;

/// How long the server may take until it answers. It needs a fraction of a second; the rest is for
/// machines that build something else at the same time.
const START_DEADLINE: Duration = Duration::from_secs(60);

/// A MongoDB-wire server that cannot be started or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MongoServerError {
    /// The test tools were never installed.
    #[error("no MongoDB-wire server at `{}`: run cargo xtask test", path.display())]
    NotInstalled {
        /// Where the binary was looked for.
        path: PathBuf,
    },
    /// The process ended before it listened.
    #[error("the MongoDB-wire server ended with {status} before it listened; it said:\n{log}")]
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its standard error.
        log: String,
    },
    /// The process runs, but does not answer.
    #[error("the MongoDB-wire server did not answer within {START_DEADLINE:?}; it said:\n{log}")]
    Timeout {
        /// What it wrote to its standard error.
        log: String,
    },
    /// A file or process operation failed.
    #[error("cannot run the MongoDB-wire server")]
    Io(#[from] io::Error),
}

/// A running server, with storage of its own in a temporary directory.
///
/// Dropping it kills the process, reaps it and removes the storage.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), asymmetric_testkit::MongoServerError> {
/// use asymmetric_testkit::MongoServer;
///
/// let mut server = MongoServer::start()?;
/// let uri = server.uri();
/// // ... write through `uri` ...
/// server.kill()?;
/// server.restart()?; // what was acknowledged is still there, at the same address
/// assert_eq!(server.uri(), uri);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MongoServer {
    binary: PathBuf,
    process: Option<Process>,
    address: SocketAddr,
    storage: PathBuf,
    home: TempDir,
}

impl MongoServer {
    /// Starts a server on a free port and waits until it accepts connections.
    ///
    /// # Errors
    ///
    /// [`MongoServerError::NotInstalled`] where `cargo xtask test` never ran.
    pub fn start() -> Result<Self, MongoServerError> {
        Self::start_binary(cache::mongo_server_binary(&cache::cache_dir()), None)
    }

    /// The same with the data in a directory of the caller's, for a disk that fills up.
    pub fn start_in(storage: &Path) -> Result<Self, MongoServerError> {
        let binary = cache::mongo_server_binary(&cache::cache_dir());
        Self::start_binary(binary, Some(storage.join("storage")))
    }

    fn start_binary(binary: PathBuf, storage: Option<PathBuf>) -> Result<Self, MongoServerError> {
        if !binary.is_file() {
            return Err(MongoServerError::NotInstalled { path: binary });
        }
        let home = tempfile::Builder::new().prefix("asymmetric-mongo-").tempdir()?;
        // An empty configuration keeps the server from finding one of the user's.
        File::create(home.path().join("empty.toml"))?;
        let storage = storage.unwrap_or_else(|| home.path().join("storage"));
        let (process, address) = Process::spawn(&binary, home.path(), &storage, 0)?;
        Ok(Self { binary, process: Some(process), address, storage, home })
    }

    /// Connection string for drivers. The same after a [`restart`](Self::restart).
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// Address the server listens on, for putting a proxy in front of it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills the process, as a crash would, and reaps it. Does nothing if it was killed before.
    pub fn kill(&mut self) -> Result<(), MongoServerError> {
        match self.process.take() {
            Some(process) => process.kill().map(drop).map_err(Into::into),
            None => Ok(()),
        }
    }

    fn spawn(&self) -> Result<(Process, SocketAddr), MongoServerError> {
        Process::spawn(&self.binary, self.home.path(), &self.storage, self.address.port())
    }

    /// Starts the server again on the storage and the port it had. Kills it first if it runs.
    pub fn restart(&mut self) -> Result<(), MongoServerError> {
        self.kill()?;
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            match self.spawn() {
                Ok((process, _)) => {
                    self.process = Some(process);
                    return Ok(());
                }
                // A connection of another test may have been given the port meanwhile.
                Err(MongoServerError::Exited { .. }) if Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for MongoServer {
    fn drop(&mut self) {
        // Nobody is left to tell; a process that cannot be killed is already gone.
        drop(self.kill());
    }
}

/// The child process and the thread that empties its standard output.
#[derive(Debug)]
struct Process {
    child: Child,
    reader: JoinHandle<()>,
}

impl Process {
    fn spawn(
        binary: &Path,
        home: &Path,
        storage: &Path,
        port: u16,
    ) -> Result<(Self, SocketAddr), MongoServerError> {
        let log = home.join("server.log");
        let mut child = Command::new(binary)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(["--cache-size", "128M", "--log-file-max", "8MB", "--log-level", "WARNING"])
            .args(["--sync-on-commit", "--enable-test-commands"])
            .arg("--config")
            .arg(home.join("empty.toml"))
            .arg("--storage-path")
            .arg(storage)
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let stdout = child.stdout.take().expect("standard output is piped");
        let (port, ports) = mpsc::sync_channel(1);
        let reader = thread::spawn(move || read_port(stdout, &port));
        let process = Self { child, reader };

        let failed = |process: Self, timed_out: bool| {
            let status = process.kill()?;
            let log = fs::read_to_string(&log)?;
            Err(if timed_out {
                MongoServerError::Timeout { log }
            } else {
                MongoServerError::Exited { status, log }
            })
        };
        let address = match ports.recv_timeout(START_DEADLINE) {
            Ok(port) => SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            Err(error) => return failed(process, error == RecvTimeoutError::Timeout),
        };
        if TcpStream::connect_timeout(&address, START_DEADLINE).is_err() {
            return failed(process, true);
        }
        Ok((process, address))
    }

    fn kill(mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        let status = self.child.wait()?;
        drop(self.reader.join());
        Ok(status)
    }
}

/// Sends the port that the server says it listens on, then keeps the pipe empty until it closes.
fn read_port(stdout: ChildStdout, port: &SyncSender<u16>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if let Some((_, listening)) = line.split_once(" listening on ")
            && let Ok(address) = listening.trim().parse::<SocketAddr>()
            && port.send(address.port()).is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn missing_binary_says_what_installs_it() {
        let error = MongoServer::start_binary("/nowhere/secantusd-rs".into(), None).unwrap_err();
        assert!(matches!(error, MongoServerError::NotInstalled { .. }));
        assert!(error.to_string().contains("run cargo xtask test"), "{error}");
    }

    /// A connection, and whether the server at its other end is gone. Asking for a new connection
    /// instead would find whoever was given the port next.
    fn connect(server: &MongoServer) -> impl FnOnce() -> bool + use<> {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(START_DEADLINE)).unwrap();
        move || match stream.read(&mut [0]) {
            Ok(length) => length == 0,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    #[test]
    fn answers_at_its_address_after_a_restart() {
        let mut server = MongoServer::start().unwrap();
        let address = server.address();
        let is_gone = connect(&server);
        server.kill().unwrap();
        assert!(is_gone());
        server.kill().unwrap();

        server.restart().unwrap();
        assert_eq!(server.address(), address);
        TcpStream::connect(address).unwrap();
    }

    #[test]
    fn storage_and_process_are_gone_after_drop() {
        let server = MongoServer::start().unwrap();
        let (is_gone, home) = (connect(&server), server.home.path().to_owned());
        drop(server);
        assert!(is_gone());
        assert!(!home.exists());
    }

    #[cfg(unix)]
    #[test]
    fn server_that_ends_at_once_is_quoted() {
        // The shell knows none of the options and says so.
        let error = MongoServer::start_binary("/bin/sh".into(), None).unwrap_err();
        let MongoServerError::Exited { status, log } = error else { panic!("{error}") };
        assert!(!status.success());
        assert!(!log.is_empty());
    }
}
