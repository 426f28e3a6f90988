//! Whole apps, as a zip of their directory.

use std::io::{self, Cursor, Read as _, Write as _};

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::Value;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    AdminClient, AdminError, App,
    client::{Body, unexpected},
};
use crate::AppFiles;

/// Bytes that all files of an app have together at most, whatever an archive says of itself.
const MAX_BYTES: u64 = 128 * 1024 * 1024;

impl AdminClient {
    /// Fetches all files of an app.
    ///
    /// # Errors
    ///
    /// The server refuses or cannot be reached, or what it sends is no archive.
    pub async fn export(&mut self, app: &App) -> Result<AppFiles, AdminError> {
        let path = app.path("/export?source_control=true");
        let answer = self.send(Method::GET, &path, Body::None).await?;
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(unexpected(&Method::GET, &path, "it is no zip"));
        }
        let bytes = answer.bytes().await.map_err(AdminError::Unreachable)?;
        unpack(&bytes).map_err(AdminError::Archive)
    }

    /// What would change if these files became the app: one unified diff per file.
    ///
    /// # Errors
    ///
    /// The server refuses the files, or cannot be reached.
    pub async fn import_diff(
        &mut self,
        app: &App,
        files: &AppFiles,
    ) -> Result<Vec<String>, AdminError> {
        let path = app.path("/import?strategy=replace-by-name&diff=true");
        let body = Body::Zip(pack(files).map_err(AdminError::Archive)?);
        let answer = self.json(Method::POST, &path, body).await?;
        let texts = answer.as_array().map(|diffs| {
            diffs.iter().map(|diff| diff.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        match texts.flatten() {
            Some(texts) => Ok(texts),
            // Nothing at all is how some servers say that nothing changes.
            None if answer == Value::Null => Ok(Vec::new()),
            None => Err(unexpected(&Method::POST, &path, "it is no list of texts")),
        }
    }

    /// Makes these files the app, in the draft if there is one.
    ///
    /// # Errors
    ///
    /// The server refuses the files, or cannot be reached.
    pub async fn import(&mut self, app: &App, files: &AppFiles) -> Result<(), AdminError> {
        let path = app.path("/import?strategy=replace-by-name");
        let body = Body::Zip(pack(files).map_err(AdminError::Archive)?);
        self.json(Method::POST, &path, body).await.map(drop)
    }
}

fn pack(files: &AppFiles) -> io::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files.iter() {
        writer.start_file(path, SimpleFileOptions::default())?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn unpack(archive: &[u8]) -> io::Result<AppFiles> {
    let mut archive = ZipArchive::new(Cursor::new(archive))?;
    let mut files = Vec::new();
    let mut left = MAX_BYTES;
    for index in 0..archive.len() {
        let entry = archive.by_index(index)?;
        if entry.is_dir() {
            continue;
        }
        let path = entry.name()?.into_owned();
        let mut content = Vec::new();
        let read = entry.take(left + 1).read_to_end(&mut content)?;
        left = left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("the archive becomes larger than an app may be"))?;
        files.push((path, content));
    }
    Ok(AppFiles::from_iter(files))
}
