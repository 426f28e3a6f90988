//! A gateway with one administrator.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use asymmetric_gateway::{Audience, EmbeddedStore, Gateway, Server};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

pub(crate) const PUBLIC: &str = "public";
pub(crate) const PRIVATE: &str = "a-private-part-of-a-key";

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) url: String,
    server: Option<Server>,
    pub(crate) runtime: Runtime,
}

impl World {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let store = EmbeddedStore::open(folder.path().join("store")).await.unwrap();
            let admin = format!("{PUBLIC}:{PRIVATE}").parse().unwrap();
            let gateway = Gateway::builder(Arc::new(store)).admin(admin).build().await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            gateway.serve_to(Audience::Both, listener, None).unwrap()
        });
        let url = server.url();
        Self { folder, url, server: Some(server), runtime }
    }

    /// Runs the program in the folder of the world.
    pub(crate) fn asymmetric(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asymmetric"));
        command.current_dir(self.folder.path());
        self.run(command, arguments)
    }

    /// Runs the program as whoever may use the gateway.
    pub(crate) fn run(&self, mut command: Command, arguments: &[&str]) -> Output {
        command
            .args(arguments)
            .env("ASYMMETRIC_ADMIN_URL", &self.url)
            .env("ASYMMETRIC_API_KEY", PUBLIC)
            .env("ASYMMETRIC_PRIVATE_API_KEY", PRIVATE)
            .env_remove("ASYMMETRIC_APP")
            // What cargo says about its progress is no part of ours, and nobody answers questions.
            .env("CARGO_TERM_QUIET", "true")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(async { drop(server) });
        }
    }
}

/// Asserts how the program ended, and returns what it printed.
#[track_caller]
pub(crate) fn ended(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The files of a directory and their content, without what the program notes for itself.
pub(crate) fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let files = asymmetric_schema_gen::AppFiles::read(directory).unwrap().without_identity();
    files.iter().map(|(path, content)| (path.to_owned(), content.to_vec())).collect()
}
