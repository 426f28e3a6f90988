//! A real file system that is soon full.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A file system in memory (`tmpfs`) of a given size, mounted until it is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    directory: TempDir,
    mount: Mount,
}

/// Who may mount: this process, or `sudo`.
#[derive(Clone, Copy, Debug)]
enum Mount {
    Directly,
    BySudo,
}

impl SmallDisk {
    /// Mounts a file system of so many bytes.
    ///
    /// # Panics
    ///
    /// If that is not permitted: a test that did without would prove nothing.
    #[must_use]
    pub fn mount(bytes: u64) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the mount");
        let path = directory.path();
        let options = format!("size={bytes},mode=1777");
        let arguments = ["-t", "tmpfs", "-o", &options, "tmpfs"];
        for mount in [Mount::Directly, Mount::BySudo] {
            if mount
                .command("mount")
                .args(arguments)
                .arg(path)
                .output()
                .is_ok_and(|found| found.status.success())
            {
                return Self { directory, mount };
            }
        }
        panic!(
            "cannot mount a tmpfs of {bytes} bytes: run the tests as root, or where \
             `sudo -n mount` is permitted (in a container, with the capability SYS_ADMIN)"
        );
    }

    /// The directory where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Lets nobody write to it any more.
    ///
    /// # Panics
    ///
    /// If that is not permitted.
    pub fn make_read_only(&self) {
        let mut mount = self.mount.command("mount");
        let done = mount.args(["-o", "remount,ro"]).arg(self.path()).output();
        assert!(done.is_ok_and(|done| done.status.success()), "cannot make the disk read-only");
    }

    /// Fills it up but for so many bytes, until the file that this returns is removed.
    pub fn fill_but(&self, free: u64) -> io::Result<PathBuf> {
        let path = self.path().join("filler");
        let mut length = 0_u64;
        let chunk = vec![1; 64 * 1024];
        let file = fs::File::create_new(&path)?;
        while io::Write::write_all(&mut &file, &chunk).is_ok() {
            length += chunk.len() as u64;
        }
        file.set_len(length.saturating_sub(free))?;
        Ok(path)
    }
}

impl Mount {
    fn command(self, program: &str) -> Command {
        match self {
            Self::Directly => Command::new(program),
            Self::BySudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", program]);
                command
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a file that a failing test still has open must not keep it.
        let unmounted = self.mount.command("umount").arg("-l").arg(self.directory.path()).status();
        drop(unmounted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_when_it_says_so() {
        let disk = SmallDisk::mount(1024 * 1024);
        let path = disk.path().to_owned();
        let filler = disk.fill_but(128 * 1024).unwrap();
        assert!(fs::write(disk.path().join("small"), vec![0; 64 * 1024]).is_ok());
        let error = fs::write(disk.path().join("large"), vec![0; 512 * 1024]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        fs::remove_file(filler).unwrap();
        fs::write(disk.path().join("large"), vec![0; 512 * 1024]).unwrap();
        drop(disk);
        assert!(!path.exists());
    }
}
