//! What has to be done so that a server has the schemas of a program.

use std::{collections::BTreeSet, fmt};

use asymmetric_schema::{ClassDocument, Finding, Lock, Place, TimeSeries, compare};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{AdminClient, AdminError, App, ServerSchemas, client::Body};
use crate::plan::{DEFAULT_CLUSTER, data_source_config};

/// What has to be done so that an app has the schemas of a program. Classes of the app that the
/// program does not have are somebody else's and stay as they are.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PushPlan {
    /// What changes, for the programs that write to the app.
    pub findings: Vec<Finding>,
    /// What is to be done, in order. Empty if the app has the schemas already.
    pub steps: Vec<Step>,
    /// Time-series collections that the server has no place to say so of: the Admin API of App
    /// Services left them to whoever created them.
    pub unsaid: Vec<Place>,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Make a data source.
    CreateDataSource {
        /// Its name.
        name: String,
    },
    /// Make the schema of a collection.
    CreateSchema {
        /// The class.
        class: Box<ClassDocument>,
    },
    /// Replace the schema of a collection.
    ReplaceSchema {
        /// Id of the schema.
        id: String,
        /// The class.
        class: Box<ClassDocument>,
    },
    /// Say whether a collection is a time series.
    SetTimeSeries {
        /// Where the collection is.
        place: Place,
        /// The options; `None` for an ordinary collection.
        options: Option<TimeSeries>,
    },
    /// Tell the server of accepted versions that it does not know.
    SendLock {
        /// All that was accepted.
        lock: Box<Lock>,
        /// How much of it is new to the server.
        new: usize,
    },
    /// Say which collections are asymmetric.
    ListTables {
        /// Name of the data source.
        data_source: String,
        /// The configuration of its synchronisation.
        sync: Map<String, Value>,
        /// Whether clients are connected that this ends the sessions of.
        ends_sessions: bool,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateDataSource { name } => write!(f, "create data source {name}"),
            Self::CreateSchema { class } => {
                write!(f, "create schema {} in {}", class.title(), class.place)
            }
            Self::ReplaceSchema { class, .. } => {
                write!(f, "replace schema {} in {}", class.title(), class.place)
            }
            Self::SetTimeSeries { place, options: None } => {
                write!(f, "make {place} an ordinary collection")
            }
            Self::SetTimeSeries { place, options: Some(options) } => {
                let TimeSeries { time, meta, granularity } = options;
                write!(f, "make {place} a time series by {time}")?;
                if let Some(meta) = meta {
                    write!(f, " of each {meta}")?;
                }
                write!(f, ", in {}", granularity.as_str())
            }
            Self::SendLock { new, .. } => write!(f, "send the schema lock, {new} of it new"),
            Self::ListTables { data_source, sync, ends_sessions } => {
                let tables = sync.get("asymmetric_tables").and_then(Value::as_array);
                let tables = tables.into_iter().flatten().filter_map(Value::as_str);
                let tables: Vec<&str> = tables.collect();
                write!(f, "list asymmetric tables of {data_source}: {}", tables.join(", "))?;
                f.write_str(if *ends_sessions { " (ends sessions of clients)" } else { "" })
            }
        }
    }
}

impl PushPlan {
    /// Compares what a server has with the classes of a program.
    #[must_use]
    pub fn new(server: &ServerSchemas, classes: &[ClassDocument]) -> Self {
        let mut steps = Vec::new();
        let sources: BTreeSet<&str> =
            classes.iter().map(|class| class.place.data_source.as_str()).collect();
        for name in sources {
            if !server.services.contains_key(name) {
                steps.push(Step::CreateDataSource { name: name.to_owned() });
            }
        }
        let mut old = Vec::new();
        let mut unsaid = Vec::new();
        for class in classes {
            let same_place = server.classes.iter().find(|(_, known)| known.place == class.place);
            let same_title =
                || server.classes.iter().find(|(_, known)| known.title() == class.title());
            let known = same_place.or_else(same_title);
            let options = known.and_then(|(_, known)| known.time_series.as_ref());
            let says_otherwise = options != class.time_series.as_ref();
            if !server.keeps_time_series() {
                unsaid.extend(class.time_series.as_ref().map(|_| class.place.clone()));
            }
            let set_time_series =
                (says_otherwise && server.keeps_time_series()).then(|| Step::SetTimeSeries {
                    place: class.place.clone(),
                    options: class.time_series.clone(),
                });
            let class = Box::new(class.clone());
            match known {
                None => steps.push(Step::CreateSchema { class }),
                Some((id, known)) => {
                    let mut known = known.clone();
                    if known.time_series.is_none() {
                        // The server was not told yet. Whether the class was one is for the lock.
                        known.time_series.clone_from(&class.time_series);
                    }
                    if known.schema != class.schema
                        || known.relationships != class.relationships
                        || known.place != class.place
                    {
                        steps.push(Step::ReplaceSchema { id: id.clone(), class });
                    }
                    if !old.contains(&known) {
                        old.push(known);
                    }
                }
            }
            steps.extend(set_time_series);
        }
        steps.extend(list_tables(server, classes));
        Self { findings: compare(&old, classes), steps, unsaid }
    }

    /// Adds what was accepted at any time, for a server that knows these versions: objects of programs
    /// in the field are then held against the version that they were built with.
    pub fn add_lock(&mut self, known: &Lock, ours: Lock) {
        let new = known.clone().merge(ours.clone());
        if new > 0 {
            self.steps.push(Step::SendLock { lock: Box::new(ours), new });
        }
    }
}

/// The step that says which collections are asymmetric, if they are not listed yet.
fn list_tables(server: &ServerSchemas, classes: &[ClassDocument]) -> Option<Step> {
    let first = classes.first()?;
    let mut tables = server.tables();
    let listed = |class: &ClassDocument, tables: &[String]| {
        tables.iter().any(|table| *table == class.place.collection || *table == class.title())
    };
    for class in classes.iter().filter(|class| class.asymmetric) {
        if !listed(class, &tables) {
            tables.push(class.place.collection.clone());
        }
    }
    tables.sort();
    let mut known = server.tables();
    known.sort();
    if tables == known && server.sync.is_some() {
        return None;
    }
    let (data_source, mut sync, ends_sessions) = if let Some((name, sync)) = &server.sync {
        let is_on = sync.get("state").and_then(Value::as_str) == Some("enabled");
        (name.clone(), sync.clone(), is_on)
    } else {
        (first.place.data_source.clone(), first_sync(first), false)
    };
    sync.insert("asymmetric_tables".to_owned(), tables.into());
    Some(Step::ListTables { data_source, sync, ends_sessions })
}

/// The configuration of an app that is synchronised for the first time.
fn first_sync(class: &ClassDocument) -> Map<String, Value> {
    let values = [
        ("type", json!("flexible")),
        ("state", json!("enabled")),
        ("database_name", json!(class.place.database)),
        ("queryable_fields_names", json!([])),
        ("client_max_offline_days", json!(30)),
        ("is_recovery_mode_disabled", json!(false)),
    ];
    values.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

impl AdminClient {
    /// Does one step. A step that ends sessions of clients has to be confirmed.
    ///
    /// # Errors
    ///
    /// [`AdminError::Unconfirmed`]; [`AdminError::NoTimeSeries`], after which the steps that follow can
    /// be done all the same; or the server refuses or cannot be reached.
    pub async fn apply(
        &mut self,
        app: &App,
        step: &Step,
        confirmed: bool,
    ) -> Result<(), AdminError> {
        match step {
            Step::CreateDataSource { name } => {
                let body = data_source_config(name, DEFAULT_CLUSTER);
                self.json(Method::POST, &app.path("/services"), Body::Json(&body)).await?;
            }
            Step::CreateSchema { class } => {
                let body = schema_body(class, None);
                self.json(Method::POST, &app.path("/schemas"), Body::Json(&body)).await?;
            }
            Step::ReplaceSchema { id, class } => {
                let path = app.path(&format!("/schemas/{id}"));
                self.json(Method::PUT, &path, Body::Json(&schema_body(class, Some(id)))).await?;
            }
            Step::SetTimeSeries { place, options } => {
                let id = self.schema_id(app, place).await?.unwrap_or_default();
                let path = app.path(&format!("/schemas/{id}/time_series"));
                let done = match options {
                    Some(options) => {
                        self.json(Method::PUT, &path, Body::Json(&options.to_json())).await
                    }
                    None => self.json(Method::DELETE, &path, Body::None).await,
                };
                match done {
                    Err(error) if error.is_missing() => return Err(AdminError::NoTimeSeries),
                    done => done.map(drop)?,
                }
            }
            Step::SendLock { lock, .. } => {
                let body = json!({ "lock": lock.to_string() });
                self.json(Method::PUT, &app.path("/schema_lock"), Body::Json(&body)).await?;
            }
            Step::ListTables { ends_sessions: true, .. } if !confirmed => {
                return Err(AdminError::Unconfirmed);
            }
            Step::ListTables { data_source, sync, ends_sessions } => {
                let services = self.schemas(app).await?.services;
                let id = services.get(data_source).cloned().unwrap_or_default();
                let confirm = if *ends_sessions {
                    "?bypass_service_change=DestructiveSyncProtocolVersionIncrease"
                } else {
                    ""
                };
                let path = app.path(&format!("/services/{id}/config{confirm}"));
                let body = json!({ "flexible_sync": sync });
                self.json(Method::PATCH, &path, Body::Json(&body)).await?;
            }
        }
        Ok(())
    }
}

fn schema_body(class: &ClassDocument, id: Option<&str>) -> Value {
    let mut body = json!({
        "metadata": {
            "data_source": class.place.data_source,
            "database": class.place.database,
            "collection": class.place.collection,
        },
        "schema": class.schema.to_json(),
        "relationships": class.relationships_to_json(),
    });
    if let (Some(id), Some(body)) = (id, body.as_object_mut()) {
        body.insert("_id".to_owned(), id.into());
    }
    body
}
