//! The files of an app directory, wherever they come from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use asymmetric_schema::{
    ClassDocument, FOREIGN_FOLDERS, IDENTITY_FOLDER, Place, TimeSeries, to_pretty_string,
};
use serde_json::Value;

use crate::{
    Error, Result, directory, name,
    plan::{SYNC_CONFIG, TIME_SERIES},
};

/// The files of an app directory: their content by their path, with `/` between folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl FromIterator<(String, Vec<u8>)> for AppFiles {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Self {
        Self { files: files.into_iter().collect() }
    }
}

impl AppFiles {
    /// The files of classes: schema, relationships and, for time series, options.
    #[must_use]
    pub fn of_classes<'a>(classes: impl IntoIterator<Item = &'a ClassDocument>) -> Self {
        let files = classes.into_iter().flat_map(|class| {
            let Place { data_source, database, collection } = &class.place;
            let folder = format!("data_sources/{data_source}/{database}/{collection}");
            let file = |name: &str, value: Value| {
                (format!("{folder}/{name}"), to_pretty_string(&value).into_bytes())
            };
            let mut files = vec![
                file("schema.json", class.schema.to_json()),
                file("relationships.json", class.relationships_to_json()),
            ];
            files.extend(class.time_series.as_ref().map(|o| file(TIME_SERIES, o.to_json())));
            files
        });
        files.collect()
    }

    /// Reads a directory with all folders in it, but for those of version control and package
    /// managers ([`FOREIGN_FOLDERS`]).
    ///
    /// # Errors
    ///
    /// There is no such directory, or a file of it cannot be read.
    pub fn read(directory: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        read_folder(directory, "", &mut files)?;
        Ok(Self { files })
    }

    /// The files without those that say which app on a server they belong to.
    #[must_use]
    pub fn without_identity(mut self) -> Self {
        self.files.retain(|path, _| !path.starts_with(IDENTITY_FOLDER));
        self
    }

    /// Puts a file where the path says, in the place of the one that is there.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Writes the files that differ below a directory, and returns their paths. Files that are only
    /// there stay.
    ///
    /// # Errors
    ///
    /// A path leads out of the directory, or a file cannot be written.
    pub fn write(&self, directory: &Path) -> Result<Vec<&str>> {
        let mut written = Vec::new();
        for path in self.files.keys() {
            for part in path.split('/') {
                if let Some(problem) = name::problem(part) {
                    return Err(Error::UnsafePath { path: path.clone(), problem });
                }
            }
        }
        for (path, content) in &self.files {
            let target = directory.join(path);
            if directory::read(&target)?.is_some_and(|present| present == *content) {
                continue;
            }
            directory::replace(&target, content)
                .map_err(|source| Error::Write { path: target, source })?;
            written.push(path.as_str());
        }
        Ok(written)
    }

    /// The files and their content, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, content)| (path.as_str(), content.as_slice()))
    }

    /// The content of a file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Whether there are no files at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The classes of the app, sorted by their place.
    ///
    /// An app that says nothing about synchronisation is taken to hold nothing but asymmetric
    /// classes.
    ///
    /// # Errors
    ///
    /// A file is no JSON, or no schema.
    pub fn classes(&self) -> Result<Vec<ClassDocument>> {
        let tables = self.asymmetric_tables()?;
        let mut classes = Vec::new();
        for path in self.files.keys() {
            let Some((folder, "schema.json")) = path.rsplit_once('/') else { continue };
            let ["data_sources", data_source, database, collection] =
                folder.split('/').collect::<Vec<_>>()[..]
            else {
                continue;
            };
            let place = Place {
                data_source: data_source.to_owned(),
                database: database.to_owned(),
                collection: collection.to_owned(),
            };
            let schema = self.json(path)?.unwrap_or_default();
            let links = self.json(&format!("{folder}/relationships.json"))?;
            let mut class = ClassDocument::from_json(place, schema, links)
                .map_err(|source| Error::InvalidSchema { path: path.clone(), source })?;
            let time_series = format!("{folder}/{TIME_SERIES}");
            if let Some(options) = self.json(&time_series)? {
                let options = TimeSeries::from_json(options)
                    .map_err(|source| Error::InvalidSchema { path: time_series, source })?;
                class.time_series = Some(options);
            }
            class.asymmetric = tables.as_ref().is_none_or(|tables| {
                // By collection, as documented; test suites of the SDKs write titles.
                tables.contains(collection) || tables.contains(class.title())
            });
            classes.push(class);
        }
        Ok(classes)
    }

    /// What the configuration of the sync service lists; `None` if there is no configuration.
    fn asymmetric_tables(&self) -> Result<Option<BTreeSet<String>>> {
        let Some(config) = self.json(SYNC_CONFIG)? else { return Ok(None) };
        let listed = config.get("asymmetric_tables").and_then(Value::as_array);
        let listed = listed.into_iter().flatten().filter_map(Value::as_str);
        Ok(Some(listed.map(str::to_owned).collect()))
    }

    fn json(&self, path: &str) -> Result<Option<Value>> {
        let Some(content) = self.files.get(path) else { return Ok(None) };
        let value = serde_json::from_slice(content);
        value.map(Some).map_err(|error| Error::InvalidJson {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }
}

fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let failed = |source: io::Error| Error::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // Through links as well: people link folders of shared functions.
        let metadata =
            fs::metadata(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        if metadata.is_dir() {
            if !FOREIGN_FOLDERS.contains(&&*name) {
                read_folder(&path, &format!("{prefix}{name}/"), files)?;
            }
        } else if let Some(content) = directory::read(&path)? {
            files.insert(format!("{prefix}{name}"), content);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(files: &[(&str, &str)]) -> AppFiles {
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    const READINGS: &str = "data_sources/main/telemetry/readings/schema.json";

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let files = app(&[(READINGS, "{}"), ("functions/a.js", "exports = 1"), ("x", "\u{0}")]);
        assert_eq!(files.write(folder.path()).unwrap().len(), 3);
        assert_eq!(files.write(folder.path()).unwrap(), [""; 0]);
        for stranger in [".git/config", ".github/workflows/a.yml", "functions/node_modules/b.js"] {
            directory::replace(&folder.path().join(stranger), "{}").unwrap();
        }
        assert_eq!(AppFiles::read(folder.path()).unwrap(), files);
        let mut read = AppFiles::read(folder.path()).unwrap();
        read.insert(".mdb/meta.json", "{}");
        assert_ne!(read, files);
        assert_eq!(read.without_identity(), files);
    }

    #[test]
    fn path_that_leads_elsewhere_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let app_folder = folder.path().join("app");
        for path in ["../elsewhere", "/etc/passwd", "a/../../b", "a\\..\\b"] {
            let error = app(&[("a", "1"), (path, "1")]).write(&app_folder).unwrap_err();
            assert!(matches!(error, Error::UnsafePath { .. }), "{path}: {error}");
        }
        assert!(!app_folder.exists());
    }

    #[test]
    fn classes_are_found_with_all_that_belongs_to_them() {
        let schema = r#"{"title": "Reading", "properties": {"station": {"bsonType": "string"}}}"#;
        let links = r##"{"station": {"ref": "#/relationship/a/b/c", "foreign_key": "_id", "is_list": false}}"##;
        let folder = "data_sources/main/telemetry/readings";
        let files = [
            (READINGS.to_owned(), schema),
            (format!("{folder}/relationships.json"), links),
            (format!("{folder}/time_series.json"), r#"{"time": "at", "granularity": "hours"}"#),
            ("data_sources/main/telemetry/other/schema.json".to_owned(), "{}"),
            ("data_sources/main/telemetry/other/rules.json".to_owned(), "{}"),
            ("sync/config.json".to_owned(), r#"{"asymmetric_tables": ["readings"]}"#),
        ];
        let files = files.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec()));
        let classes = files.collect::<AppFiles>().classes().unwrap();
        let [other, reading] = &classes[..] else { panic!("{classes:?}") };
        assert_eq!((other.title(), other.asymmetric), ("other", false));
        assert_eq!((reading.title(), reading.asymmetric), ("Reading", true));
        assert!(reading.relationships.contains_key("station"));
        assert_eq!(&*reading.time_series.as_ref().unwrap().time, "at");
    }

    #[test]
    fn file_that_is_no_schema_is_named() {
        let message = |text| app(&[(READINGS, text)]).classes().unwrap_err().to_string();
        assert!(message("{").starts_with(&format!("`{READINGS}` is no JSON")));
        let error = app(&[(READINGS, "[]")]).classes().unwrap_err();
        assert_eq!(
            format!("{error:?}"),
            format!("`{READINGS}` is no schema: the document should be an object, and is an array")
        );
    }

    #[test]
    fn export_of_models_reads_back_as_the_models() {
        use asymmetric_schema::{ObjectSchema, PropertySchema, PropertyType, RealmSchema};
        const ID: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
        const CLASSES: &[ObjectSchema] = &[ObjectSchema::new("Reading", ID)];
        let schema = RealmSchema::new(CLASSES);
        let plan = crate::plan::Plan::new(&schema, "weather").unwrap();
        let files: AppFiles = plan
            .files
            .into_iter()
            .filter(|file| !file.content.is_empty())
            .map(|file| (file.path, file.content.into_bytes()))
            .collect();
        assert_eq!(files.classes().unwrap(), [ClassDocument::from(&CLASSES[0])]);
    }
}
