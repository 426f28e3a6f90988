//! A program from crates.io in the cache folder.

use std::{
    env, fs,
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::process::{self, cargo, run};

/// A program to install, and where.
pub(crate) struct Tool<'a> {
    /// What it is, for people.
    pub(crate) name: &'a str,
    /// How long it takes, for people.
    pub(crate) takes: &'a str,
    /// Its package on crates.io.
    pub(crate) package: &'a str,
    /// Version of the package.
    pub(crate) version: &'a str,
    /// More options for `cargo install`.
    pub(crate) options: &'a [&'a str],
    /// Folder of this version.
    pub(crate) root: PathBuf,
    /// The program, below `root`.
    pub(crate) binary: PathBuf,
}

impl Tool<'_> {
    /// Installs the program unless it is there. `path` prepares what the build needs and returns a
    /// folder to look for programs in; it is asked only if there is something to install.
    pub(crate) fn install(
        &self,
        cache: &Path,
        path: impl FnOnce(&Path) -> Result<Option<PathBuf>>,
    ) -> Result<()> {
        if self.binary.is_file() {
            return Ok(());
        }
        let _lock = lock(cache)?;
        // Another process may have installed it while this one waited for the lock.
        if self.binary.is_file() {
            return Ok(());
        }
        eprintln!("installing {} into {} (once, {}) ...", self.name, cache.display(), self.takes);
        let start = Instant::now();
        let extra = path(cache)?;
        let partial = cache.join(format!("{}-{}.partial", self.package, self.version));
        let build = cache.join("build").join(self.package);
        remove(&partial)?;

        let mut install = cargo();
        install
            .args(["install", self.package, "--version", self.version, "--locked", "--quiet"])
            .args(self.options)
            .arg("--root")
            .arg(&partial)
            .env("CARGO_TARGET_DIR", &build)
            // Flags of this workspace's build are not meant for other people's programs.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Some(extra) = extra {
            let inherited = env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(extra).chain(env::split_paths(&inherited));
            install.env("PATH", env::join_paths(all).context("PATH holds an odd folder")?);
        }
        run(&mut install)?;

        let binary = partial.join(self.binary.strip_prefix(&self.root)?);
        if !process::succeeds(process::command(&binary).arg("--version")) {
            bail!("`{}` was installed and does not run", binary.display());
        }
        // The root is absent, or a left-over without the program.
        remove(&self.root)?;
        fs::rename(&partial, &self.root)
            .with_context(|| format!("cannot create `{}`", self.root.display()))?;
        remove(&build)?;
        eprintln!("installed {} in {} s", self.name, start.elapsed().as_secs());
        Ok(())
    }
}

/// Keeps other processes from installing until the file is dropped.
pub(super) fn lock(cache: &Path) -> Result<File> {
    let path = cache.join("lock");
    let open = || -> io::Result<File> {
        fs::create_dir_all(cache)?;
        let file = File::options().create(true).append(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    open().with_context(|| format!("cannot lock `{}`", path.display()))
}

/// Removes a folder if it exists.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove `{}`", folder.display()))
        }
        _ => Ok(()),
    }
}
