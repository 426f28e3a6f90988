//! The schemas of an app on a server.

use std::collections::BTreeMap;

use asymmetric_schema::{ClassDocument, Place};
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
    /// The data source that is synchronised, and the configuration of that.
    pub(super) sync: Option<(String, Map<String, Value>)>,
}

impl ServerSchemas {
    /// The classes.
    #[must_use]
    pub fn documents(&self) -> Vec<ClassDocument> {
        self.classes.iter().map(|(_, class)| class.clone()).collect()
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
            let class = ClassDocument::from_json(place.clone(), body, links);
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
