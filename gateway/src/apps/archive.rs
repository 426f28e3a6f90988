//! The files of an app as a zip, and back.

use std::io::{Cursor, Read as _, Write as _};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{AppFiles, ReadError};

/// Entries of an archive. An app has fewer files, and folders count too.
const MAX_ENTRIES: usize = 20_000;
/// Bytes that all files become at most, whatever the archive says of itself.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// An archive that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    #[error("the zip archive cannot be read: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("the zip archive is damaged: {0}")]
    Io(#[from] std::io::Error),
    #[error("the zip archive becomes larger than an app may be")]
    TooLarge,
    #[error(transparent)]
    Files(#[from] ReadError),
}

/// Packs files. The same files give the same bytes.
pub(crate) fn pack(files: &AppFiles) -> Result<Vec<u8>, ArchiveError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (path, bytes) in files.iter() {
        writer.start_file(path, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Unpacks files, never more than an app may have.
pub(crate) fn unpack(archive: &[u8]) -> Result<AppFiles, ArchiveError> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    if archive.len() > MAX_ENTRIES {
        return Err(ArchiveError::TooLarge);
    }
    let mut files = AppFiles::default();
    let mut left = MAX_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if entry.is_dir() {
            continue;
        }
        // Checked when it is put in its place: paths may not leave the app.
        let path = entry.name()?.into_owned();
        let mut bytes = Vec::new();
        let read = entry.take(left + 1).read_to_end(&mut bytes)? as u64;
        left = left.checked_sub(read).ok_or(ArchiveError::TooLarge)?;
        files.insert(&path, bytes)?;
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_byte_for_byte() {
        let mut files = AppFiles::default();
        files.insert("root_config.json", "{ }\r\n").unwrap();
        files.insert(".mdb/meta.json", vec![0xff, 0, 10]).unwrap();
        files.insert("functions/ä b.js", "").unwrap();
        let packed = pack(&files).unwrap();
        assert_eq!(packed, pack(&files).unwrap());
        assert_eq!(unpack(&packed).unwrap(), files);
    }

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in entries {
            writer.start_file(*path, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn paths_out_of_the_app_are_refused() {
        for path in ["../x", "/etc/passwd", "a/../../x"] {
            let refused = unpack(&archive(&[(path, b"x")]));
            assert!(matches!(refused, Err(ArchiveError::Files(ReadError::Path(_)))), "{path}");
        }
    }

    #[test]
    fn an_archive_that_becomes_too_much_is_refused() {
        let zeros = vec![0; 12 * 1024 * 1024];
        let names: Vec<String> = (0..12).map(|n| format!("{n}")).collect();
        let entries: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), zeros.as_slice())).collect();
        let bomb = archive(&entries);
        assert!(bomb.len() < 1024 * 1024, "{} bytes", bomb.len());
        assert!(unpack(&bomb).is_err());
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let packed = archive(&[("a", b"some text that is worth it")]);
        for bytes in [&b""[..], b"no zip", packed.get(..packed.len() - 3).unwrap()] {
            assert!(unpack(bytes).is_err());
        }
    }
}
