//! What an export did, left in `OUT_DIR`: for `asymmetric schema export`, which shows it, and for
//! the next export, which finds out what became of the classes of this one.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime},
};

use asymmetric_schema::{
    ClassDocument, JSON_SCHEMA_DIALECT, ObjectSchema, Place, TimeSeries, to_pretty_string,
};
use serde_json::{Value, json};

use crate::{Error, Result, directory};

/// Folder of the reports below `OUT_DIR`.
const FOLDER: &str = "asymmetric-export";

/// Version of the format.
const VERSION: u64 = 2;

/// What the export of one realm schema did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Full name of the type that stands for the realm schema.
    pub schema: String,
    /// Name of the realm schema: the last part of the type's.
    pub realm: String,
    /// Name of the package.
    pub package: String,
    /// The app directory.
    pub directory: PathBuf,
    /// The schema lock, if the build script names one.
    pub lock: Option<PathBuf>,
    /// The classes, in the order of declaration.
    pub classes: Vec<ReportedClass>,
    /// Every file of the export, in the order they were brought up to date.
    pub files: Vec<ReportedFile>,
    /// Folders of the collections, in the app directory. Those of classes that were removed stay
    /// listed as long as the folder exists.
    pub folders: Vec<String>,
    /// When the export ended, in milliseconds since 1970.
    at: u64,
    /// Which run of a build script it was: a build script may export more than one realm schema.
    run: u64,
}

/// A class of an export.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReportedClass {
    /// The class.
    pub document: ClassDocument,
    /// The class as JSON Schema 2020-12, a document of its own.
    pub json_schema: Value,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportedFile {
    /// Path in the app directory, with `/` between folders; the whole path of what is elsewhere.
    pub path: String,
    /// What was done about it.
    pub outcome: Outcome,
}

/// What an export did about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was written, because it was missing or differed.
    Written,
    /// It was as it should be.
    Unchanged,
    /// It belongs to the user and was there.
    Kept,
    /// It was an earlier export's and means nothing any more.
    Removed,
    /// It is missing or differs, and nothing was to be written.
    Differs,
}

impl Outcome {
    const ALL: [Self; 5] =
        [Self::Written, Self::Unchanged, Self::Kept, Self::Removed, Self::Differs];

    /// The outcome in one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Removed => "removed",
            Self::Differs => "differs",
        }
    }
}

impl Report {
    pub(crate) fn new(schema: &str, package: &str, directory: PathBuf) -> Self {
        Self {
            schema: schema.to_owned(),
            realm: realm_name(schema).to_owned(),
            package: package.to_owned(),
            directory,
            lock: None,
            classes: Vec::new(),
            files: Vec::new(),
            folders: Vec::new(),
            at: milliseconds(SystemTime::now()),
            run: process::id().into(),
        }
    }

    /// Whether the export ran at `time` or later. Cargo does not run a build script again if
    /// nothing changed; its last report then tells of an earlier build.
    #[must_use]
    pub fn is_since(&self, time: SystemTime) -> bool {
        self.at >= milliseconds(time)
    }

    /// The reports of the last run of the build script whose `OUT_DIR` this is. Empty if it exports
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidReport`] if the files were written by another version of this crate.
    pub fn read_all(out_dir: &Path) -> Result<Vec<Self>> {
        let folder = out_dir.join(FOLDER);
        let mut found = Vec::new();
        for path in files(&folder).map_err(|source| Error::Read { path: folder, source })? {
            found.extend(Self::read(&path)?);
        }
        // A schema that is exported no more leaves its last report behind.
        let run = found.iter().max_by_key(|report| report.at).map(|report| report.run);
        found.retain(|report| Some(report.run) == run);
        Ok(found)
    }

    /// The last report on this realm schema.
    pub(crate) fn last(out_dir: &Path, schema: &str) -> Result<Option<Self>> {
        Self::read(&path(out_dir, schema))
    }

    pub(crate) fn write(&self, out_dir: &Path) -> Result<()> {
        let path = path(out_dir, &self.schema);
        let content = to_pretty_string(&self.to_json());
        fs::create_dir_all(out_dir.join(FOLDER))
            .and_then(|()| fs::write(&path, content))
            .map_err(|source| Error::Write { path, source })
    }

    fn read(path: &Path) -> Result<Option<Self>> {
        let Some(content) = directory::read(path)? else { return Ok(None) };
        let report =
            serde_json::from_slice(&content).ok().and_then(|value| Self::from_json(&value));
        report.map(Some).ok_or_else(|| Error::InvalidReport { path: path.to_owned() })
    }

    fn to_json(&self) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| json!({"path": file.path, "outcome": file.outcome.as_str()}))
            .collect();
        json!({
            "version": VERSION,
            "schema": self.schema,
            "realm": self.realm,
            "package": self.package,
            "directory": self.directory.to_string_lossy(),
            "lock": self.lock.as_ref().map(|path| path.to_string_lossy()),
            "classes": self.classes.iter().map(ReportedClass::to_json).collect::<Value>(),
            "files": files,
            "folders": self.folders,
            "at": self.at,
            "run": self.run,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        if value["version"] != VERSION {
            return None;
        }
        let string = |value: &Value| value.as_str().map(str::to_owned);
        let file = |value: &Value| {
            let outcome = value["outcome"].as_str()?;
            let outcome = Outcome::ALL.into_iter().find(|known| known.as_str() == outcome)?;
            Some(ReportedFile { path: string(&value["path"])?, outcome })
        };
        Some(Self {
            schema: string(&value["schema"])?,
            realm: string(&value["realm"])?,
            package: string(&value["package"])?,
            lock: string(&value["lock"]).map(PathBuf::from),
            classes: value["classes"]
                .as_array()?
                .iter()
                .map(ReportedClass::from_json)
                .collect::<Option<_>>()?,
            directory: string(&value["directory"])?.into(),
            files: value["files"].as_array()?.iter().map(file).collect::<Option<_>>()?,
            folders: value["folders"].as_array()?.iter().map(string).collect::<Option<_>>()?,
            at: value["at"].as_u64()?,
            run: value["run"].as_u64()?,
        })
    }
}

impl ReportedClass {
    pub(crate) fn new(class: &ObjectSchema) -> Self {
        let mut json_schema = class.to_json_schema();
        if let Some(schema) = json_schema.as_object_mut() {
            schema.insert("$schema".to_owned(), JSON_SCHEMA_DIALECT.into());
        }
        Self { document: ClassDocument::from(class), json_schema }
    }

    fn to_json(&self) -> Value {
        let class = &self.document;
        let Place { data_source, database, collection } = &class.place;
        json!({
            "place": [data_source, database, collection],
            "schema": class.schema.to_json(),
            "relationships": class.relationships_to_json(),
            "time_series": class.time_series.as_ref().map(TimeSeries::to_json),
            "json_schema": self.json_schema,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let name = |index: usize| Some(value["place"].get(index)?.as_str()?.to_owned());
        let place = Place { data_source: name(0)?, database: name(1)?, collection: name(2)? };
        let (schema, links) = (value["schema"].clone(), value["relationships"].clone());
        let mut document = ClassDocument::from_json(place, schema, Some(links)).ok()?;
        document.time_series = match &value["time_series"] {
            Value::Null => None,
            options => Some(TimeSeries::from_json(options.clone()).ok()?),
        };
        Some(Self { document, json_schema: value["json_schema"].clone() })
    }
}

/// The last part of the name of a type, without what it is generic over.
pub(crate) fn realm_name(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or(type_name);
    path.rsplit("::").next().unwrap_or(path)
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).expect("the year 500,000,000 is far")
}

/// The files of a folder, sorted; none if there is no folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn path(out_dir: &Path, schema: &str) -> PathBuf {
    let name: String =
        schema.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    out_dir.join(FOLDER).join(name).with_extension("json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use asymmetric_schema::{Granularity, PropertySchema, PropertyType};

    fn report(schema: &str, run: u64) -> Report {
        const ID: &[PropertySchema] = &[PropertySchema::new("_id", PropertyType::ObjectId)];
        let mut report = Report::new(schema, "weather", "/app".into());
        report.lock = Some("/schema.lock".into());
        let mut class = ObjectSchema::new("Reading", ID);
        class.time_series = Some(TimeSeries {
            time: "at".to_owned().into(),
            meta: None,
            granularity: Granularity::Hours,
        });
        report.classes.push(ReportedClass::new(&class));
        (report.run, report.at) = (run, run * 1000);
        report.folders.push("data_sources/a/b/c".to_owned());
        for outcome in Outcome::ALL {
            report.files.push(ReportedFile { path: outcome.as_str().to_owned(), outcome });
        }
        report
    }

    #[test]
    fn what_was_written_is_read() {
        let out = tempfile::tempdir().unwrap();
        let report = report("build::models::Telemetry<1>", 1);
        report.write(out.path()).unwrap();
        assert_eq!(report.realm, "Telemetry");
        assert_eq!(Report::last(out.path(), &report.schema).unwrap(), Some(report.clone()));
        assert_eq!(Report::read_all(out.path()).unwrap(), [report]);
    }

    #[test]
    fn no_export_is_no_error() {
        let out = tempfile::tempdir().unwrap();
        assert_eq!(Report::read_all(out.path()).unwrap(), []);
        assert_eq!(Report::last(out.path(), "a").unwrap(), None);
    }

    #[test]
    fn reports_of_one_run_are_read_together() {
        let out = tempfile::tempdir().unwrap();
        let reports = [report("a", 2), report("b", 2)];
        for report in &reports {
            report.write(out.path()).unwrap();
        }
        assert_eq!(Report::read_all(out.path()).unwrap(), reports);
    }

    #[test]
    fn report_of_an_earlier_run_is_left_out() {
        let out = tempfile::tempdir().unwrap();
        report("renamed", 1).write(out.path()).unwrap();
        report("a", 2).write(out.path()).unwrap();
        assert_eq!(Report::read_all(out.path()).unwrap(), [report("a", 2)]);
    }

    #[test]
    fn report_knows_how_old_it_is() {
        let second = |n| SystemTime::UNIX_EPOCH + Duration::from_secs(n);
        assert!(report("a", 2).is_since(second(2)));
        assert!(!report("a", 2).is_since(second(3)));
    }

    #[test]
    fn report_of_another_version_is_refused() {
        let out = tempfile::tempdir().unwrap();
        report("a", 1).write(out.path()).unwrap();
        fs::write(path(out.path(), "a"), "{\"version\": 1}").unwrap();
        let error = Report::read_all(out.path()).unwrap_err();
        assert!(matches!(error, Error::InvalidReport { .. }), "{error}");
    }
}
