//! The schemas of an app on a server.

use std::collections::BTreeMap;

use asymmetric_schema::{ClassDocument, Lock, LockError, Place, TimeSeries};
use reqwest::Method;
use serde_json::{Map, Value};

use super::{
    AdminClient, AdminError, App,
    client::{Body, unexpected},
};

/// What a server knows about the schemas of an app.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ServerSchemas {
    /// The classes, each with the id of its schema.
    pub classes: Vec<(String, ClassDocument)>,
    /// Ids of the data sources, by their names.
    pub(super) services: BTreeMap<String, String>,
    /// Whether the server has a place for the options of time-series collections, as gateways have;
    /// `None` if it has no schema yet by which to tell.
    pub(super) keeps_time_series: Option<bool>,
    /// The data source that is synchronised, and the configuration of that.
    pub(super) sync: Option<(String, Map<String, Value>)>,
}

impl ServerSchemas {
    /// The classes.
    #[must_use]
    pub fn documents(&self) -> Vec<ClassDocument> {
        self.classes.iter().map(|(_, class)| class.clone()).collect()
    }

    /// Whether the server says of a collection whether it is a time series; it may if it says nothing
    /// of any collection yet.
    #[must_use]
    pub fn keeps_time_series(&self) -> bool {
        self.keeps_time_series != Some(false)
    }

    /// The collections that `asymmetric_tables` lists.
    pub(super) fn tables(&self) -> Vec<String> {
        let tables =
            self.sync.as_ref().and_then(|(_, sync)| sync.get("asymmetric_tables")?.as_array());
        tables.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

impl AdminClient {
    /// Reads the schemas of an app, and which of them are asymmetric.
    ///
    /// # Errors
    ///
    /// The server refuses, cannot be reached, or has a schema that is none.
    pub async fn schemas(&mut self, app: &App) -> Result<ServerSchemas, AdminError> {
        let mut found = ServerSchemas::default();
        for service in self.list(&app.path("/services")).await? {
            let text = |key: &str| service.get(key).and_then(Value::as_str).map(str::to_owned);
            let (Some(id), Some(name)) = (text("_id"), text("name")) else { continue };
            let path = app.path(&format!("/services/{id}/config"));
            let config = self.json(Method::GET, &path, Body::None).await?;
            if let Some(sync) = config.get("flexible_sync").and_then(Value::as_object) {
                found.sync = Some((name.clone(), sync.clone()));
            }
            found.services.insert(name, id);
        }
        let tables = found.tables();
        for summary in self.list(&app.path("/schemas")).await? {
            let Some(id) = summary.get("_id").and_then(Value::as_str) else { continue };
            let path = app.path(&format!("/schemas/{id}"));
            let mut schema = self.json(Method::GET, &path, Body::None).await?;
            let place = place(&schema)
                .ok_or_else(|| unexpected(&Method::GET, &path, "it does not name a collection"))?;
            let mut part = |key: &str| schema.get_mut(key).map(Value::take);
            let (body, links) = (part("schema").unwrap_or_default(), part("relationships"));
            let links = links.filter(|links| !links.is_null());
            let options = part("time_series");
            found.keeps_time_series = Some(options.is_some());
            let options = options.filter(|options| !options.is_null());
            let class = ClassDocument::from_json(place.clone(), body, links).and_then(|class| {
                let options = options.map(TimeSeries::from_json).transpose()?;
                Ok(class.with_time_series(options))
            });
            let mut class = class
                .map_err(|source| AdminError::InvalidSchema { place: place.to_string(), source })?;
            class.asymmetric = tables
                .iter()
                .any(|table| *table == class.place.collection || *table == class.title());
            found.classes.push((id.to_owned(), class));
        }
        found.classes.sort_by(|(_, a), (_, b)| a.place.cmp(&b.place));
        Ok(found)
    }

    /// Every version that the server knows to have been accepted; `None` if it has no place for them,
    /// as gateways have.
    ///
    /// # Errors
    ///
    /// The server refuses, cannot be reached, or has a lock that is none.
    pub async fn schema_lock(&mut self, app: &App) -> Result<Option<Lock>, AdminError> {
        let path = app.path("/schema_lock");
        let answer = match self.json(Method::GET, &path, Body::None).await {
            Err(error) if error.is_missing() => return Ok(None),
            answer => answer?,
        };
        let text = answer.get("lock").and_then(Value::as_str).unwrap_or_default();
        let lock = text
            .parse()
            .map_err(|error: LockError| unexpected(&Method::GET, &path, error.to_string()));
        lock.map(Some)
    }

    /// The id of the schema of a collection.
    pub(super) async fn schema_id(
        &mut self,
        app: &App,
        wanted: &Place,
    ) -> Result<Option<String>, AdminError> {
        let all = self.list(&app.path("/schemas")).await?;
        let found = all.iter().find(|schema| place(schema).as_ref() == Some(wanted));
        Ok(found.and_then(|schema| schema.get("_id")?.as_str().map(str::to_owned)))
    }

    async fn list(&mut self, path: &str) -> Result<Vec<Value>, AdminError> {
        match self.json(Method::GET, path, Body::None).await? {
            Value::Array(values) => Ok(values),
            Value::Null => Ok(Vec::new()),
            _ => Err(unexpected(&Method::GET, path, "it is no list")),
        }
    }
}

fn place(schema: &Value) -> Option<Place> {
    let metadata = schema.get("metadata")?;
    let name = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Place {
        data_source: name("data_source")?,
        database: name("database")?,
        collection: name("collection")?,
    })
}
