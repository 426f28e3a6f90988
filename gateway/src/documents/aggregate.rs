//! Pipelines over a collection.
//!
//! MongoDB works on a pipeline itself where the role shows documents whole, behind a stage that lets
//! through only what the role sees. Otherwise, and of the embedded store, the gateway does, on what
//! the role shows.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use tokio::task;

use super::{
    Argument, Collection, DocumentsError,
    collection::check_no_code,
    read::{answer, decoded},
};
use crate::{
    query::{Pipeline, Running, stage_of},
    store::Find,
};

/// Bytes of documents that are worked on without another look at who else waits.
const CHUNK_BYTES: usize = 1024 * 1024;
/// Deepest nesting of pipelines in stages.
const MAX_DEPTH: usize = 10;

/// Stages that look at nothing but the documents that come in, and change nothing.
const SERVED: [&str; 22] = [
    "$addFields",
    "$bucket",
    "$bucketAuto",
    "$count",
    "$densify",
    "$facet",
    "$fill",
    "$group",
    "$limit",
    "$match",
    "$project",
    "$redact",
    "$replaceRoot",
    "$replaceWith",
    "$sample",
    "$set",
    "$setWindowFields",
    "$skip",
    "$sort",
    "$sortByCount",
    "$unset",
    "$unwind",
];

impl Collection {
    /// What becomes of the documents that the role shows.
    pub(super) async fn aggregate(&self, argument: &Argument) -> Result<Vec<Bson>, DocumentsError> {
        self.check_ordinary()?;
        let mut stages = argument.documents("pipeline")?;
        check_stages(&stages, 0)?;
        let (rules, exact) = self.with_rules(Document::new());
        if exact && self.shows_all() {
            let own = (!rules.is_empty()).then(|| doc! { "$match": rules });
            let pipeline = own.into_iter().chain(stages.iter().cloned()).collect();
            if let Some(found) = self.store.aggregate(&self.namespace, pipeline) {
                return answer(found, |document| decoded(&document).map(Some)).await;
            }
        }
        // The store may know a short way to the documents that the first stage asks for.
        let filter = match stages.first().and_then(|stage| stage.get_document("$match").ok()) {
            Some(filter) => filter.clone(),
            None => Document::new(),
        };
        if !filter.is_empty() {
            stages.remove(0);
        }
        let mut running = Running::new(Pipeline::compile(&stages)?);
        let mut found = self.matching(Find { filter, ..Find::default() })?;
        let mut chunk = Vec::new();
        let mut bytes = 0;
        while let Some(document) = found.try_next().await? {
            bytes += document.as_bytes().len();
            if let Some(Bson::Document(document)) = self.shown(&document, None)? {
                chunk.push(document);
            }
            if bytes > CHUNK_BYTES {
                let more;
                (running, more) = work(running, std::mem::take(&mut chunk)).await?;
                if !more {
                    break;
                }
                bytes = 0;
            }
        }
        let (running, _) = work(running, chunk).await?;
        let finished = task::spawn_blocking(move || running.finish()).await;
        let finished = finished.map_err(|_| DocumentsError::ShuttingDown)??;
        Ok(finished.into_iter().map(Bson::from).collect())
    }
}

/// Pushes documents on a thread that may take its time.
async fn work(
    mut running: Running,
    documents: Vec<Document>,
) -> Result<(Running, bool), DocumentsError> {
    let work = move || {
        for document in documents {
            if !running.push(document)? {
                return Ok((running, false));
            }
        }
        Ok((running, true))
    };
    task::spawn_blocking(work).await.map_err(|_| DocumentsError::ShuttingDown)?
}

/// Refuses stages that write, or read something else than this collection.
fn check_stages(stages: &[Document], depth: usize) -> Result<(), DocumentsError> {
    if depth > MAX_DEPTH {
        return Err(DocumentsError::Query(crate::query::QueryError::TooDeep));
    }
    for stage in stages {
        check_no_code(stage)?;
        check_variables(stage)?;
        let (name, argument) = stage_of(stage)?;
        if !SERVED.contains(&name) {
            return Err(DocumentsError::Stage { stage: name.to_owned(), why: why_not(name) });
        }
        let (true, Some(facets)) = (name == "$facet", argument.as_document()) else { continue };
        for facet in facets.values().filter_map(Bson::as_array) {
            let inner = facet.iter().filter_map(Bson::as_document).cloned();
            check_stages(&inner.collect::<Vec<_>>(), depth + 1)?;
        }
    }
    Ok(())
}

fn why_not(stage: &str) -> &'static str {
    match stage {
        "$out" | "$merge" => "it writes to a collection; insert what it answers",
        "$lookup" | "$graphLookup" | "$unionWith" => {
            "it reads another collection, whose rules would not be asked"
        }
        "$geoNear" | "$search" | "$searchMeta" | "$vectorSearch" => {
            "it has to be the first stage, where the rules of the collection stand"
        }
        "$changeStream" => "the gateway does not stream changes",
        _ => "it does not work on the documents of the collection alone",
    }
}

/// Refuses variables that tell about the gateway's own user of MongoDB.
fn check_variables(document: &Document) -> Result<(), DocumentsError> {
    document.values().try_for_each(check_variable)
}

fn check_variable(value: &Bson) -> Result<(), DocumentsError> {
    match value {
        Bson::String(text) if text.starts_with("$$USER_ROLES") => {
            Err(DocumentsError::Query(crate::query::QueryError::Operator(text.clone())))
        }
        Bson::Document(inner) => check_variables(inner),
        Bson::Array(values) => values.iter().try_for_each(check_variable),
        _ => Ok(()),
    }
}
