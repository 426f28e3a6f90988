//! The store as its users see it.

use std::{collections::HashSet, fmt, time::Duration};

use asymmetric_schema::TimeSeries;
use bson::{Bson, RawDocumentBuf, doc, rawdoc};
use futures_util::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use mongodb::{
    Client, Collection, Cursor, Database,
    error::ErrorKind,
    options::{
        Acknowledgment, ClientOptions, CollectionOptions, ReadPreference, SelectionCriteria,
        WriteConcern,
    },
};
use tokio::time::timeout;

use crate::{
    Namespace,
    store::{CollectionKind, Document, Find, Insert, Inserted, Store, StoreError},
};

/// Deadline of a read or of a change of one record.
const CALL: Duration = Duration::from_secs(10);
/// Deadline of a bulk insert.
pub(super) const BULK: Duration = Duration::from_secs(30);
/// How long the deployment itself goes on with a bulk insert that it has begun: less than the
/// deadline, so that it tells what became of it.
pub(super) const BULK_OF_SERVER: Duration = Duration::from_secs(25);
/// Deadline of the question whether the deployment is there.
const PING: Duration = Duration::from_secs(3);
/// How long the driver looks for a primary, unless the connection string says otherwise. Shorter
/// than [`CALL`], so that its error tells what is wrong.
const SERVER_SELECTION: Duration = Duration::from_secs(5);
/// How long the deployment may take to replicate a write. Shorter than [`CALL`].
const REPLICATION: Duration = Duration::from_secs(8);
/// How long the deployment may go on with an insert that the gateway gave up. It ends by itself
/// what it has begun, after [`BULK_OF_SERVER`]; but nothing bounds when it begins with what it was
/// sent. This is far above what it was ever seen to take.
const STRAGGLE: Duration = Duration::from_secs(60);
/// How many `_id`s are looked up at once.
const LOOK_UP: usize = 1_000;
/// How many collections of one batch are written at the same time.
const PARALLEL_NAMESPACES: usize = 8;

/// Documents in MongoDB. Clones are the same store.
///
/// # Durability
///
/// Every write asks for `w: "majority", j: true`, whatever the connection string says, and is sent
/// once: a driver that tries again by itself would store a document of a time-series collection
/// twice where the deployment does not remember the first attempt.
#[derive(Clone)]
pub struct MongoStore {
    client: Client,
}

/// What a deployment says about a collection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Options of a time-series collection, if it is one.
    pub(crate) time_series: Option<bson::Document>,
    pub(crate) validator: Option<bson::Document>,
}

/// The connection string cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the connection string of MongoDB")]
pub struct ConnectError(#[from] mongodb::error::Error);

impl MongoStore {
    /// Reads a connection string. The deployment need not be there yet.
    pub async fn connect(uri: &str) -> Result<Self, ConnectError> {
        let mut options = ClientOptions::parse(uri).await?;
        options.app_name.get_or_insert_with(|| "asymmetric-gateway".to_owned());
        options.server_selection_timeout.get_or_insert(SERVER_SELECTION);
        options.connect_timeout.get_or_insert(SERVER_SELECTION);
        options.retry_writes = Some(false);
        Ok(Self { client: Client::with_options(options)? })
    }

    pub(super) fn database(&self, namespace: &Namespace) -> Database {
        self.client.database(namespace.database())
    }

    /// What every write asks for, in a command.
    pub(super) fn write_concern() -> RawDocumentBuf {
        rawdoc! { "w": "majority", "j": true, "wtimeout": millis(REPLICATION) }
    }

    pub(super) fn collection<T: Send + Sync>(&self, namespace: &Namespace) -> Collection<T> {
        let write_concern = WriteConcern::builder()
            .w(Acknowledgment::Majority)
            .journal(true)
            .w_timeout(REPLICATION)
            .build();
        let options = CollectionOptions::builder()
            .write_concern(write_concern)
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .build();
        self.database(namespace).collection_with_options(namespace.collection(), options)
    }
}

impl MongoStore {
    /// What is known of a collection, if it exists.
    pub(crate) async fn describe(
        &self,
        namespace: &Namespace,
    ) -> Result<Option<Found>, StoreError> {
        let database = self.database(namespace);
        let command = doc! {
            "listCollections": 1, "filter": { "name": namespace.collection() },
        };
        let answer = within(CALL, database.run_command(command)).await?;
        let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let first = batch.ok().and_then(|batch| batch.first()).and_then(Bson::as_document);
        Ok(first.map(|collection| {
            let option = |key| {
                let options = collection.get_document("options").ok()?;
                options.get_document(key).ok().cloned()
            };
            Found { time_series: option("timeseries"), validator: option("validator") }
        }))
    }

    /// The keys of the indexes of a collection that exists.
    pub(crate) async fn index_keys(
        &self,
        namespace: &Namespace,
    ) -> Result<Vec<bson::Document>, StoreError> {
        let database = self.client.database(namespace.database());
        let command = doc! { "listIndexes": namespace.collection() };
        let answer = within(CALL, database.run_command(command)).await?;
        let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let indexes = batch.into_iter().flatten().filter_map(Bson::as_document);
        Ok(indexes.filter_map(|index| index.get_document("key").ok().cloned()).collect())
    }

    /// Changes something about a collection.
    pub(crate) async fn command(
        &self,
        namespace: &Namespace,
        command: bson::Document,
    ) -> Result<(), StoreError> {
        let database = self.database(namespace);
        within(BULK, database.run_command(command)).await.map(drop)
    }

    /// The `_id`s of the documents that a filter finds, as text.
    async fn ids_of(
        &self,
        namespace: &Namespace,
        filter: bson::Document,
    ) -> Result<HashSet<String>, StoreError> {
        let collection = self.collection::<bson::Document>(namespace);
        let find = collection.find(filter).projection(doc! { "_id": 1 });
        let found = async { find.await?.try_collect::<Vec<_>>().await };
        let found = within(BULK, found).await?;
        Ok(found.iter().filter_map(|found| Some(found.get("_id")?.to_string())).collect())
    }
}

/// Options of a time-series collection in the words of MongoDB.
pub(crate) fn time_series_options(options: &TimeSeries) -> bson::Document {
    let TimeSeries { time, meta, granularity } = options;
    let mut options = doc! { "timeField": &**time };
    if let Some(meta) = meta {
        options.insert("metaField", &**meta);
    }
    options.insert("granularity", granularity.as_str());
    options
}

fn exists(error: &mongodb::error::Error) -> bool {
    const NAMESPACE_EXISTS: i32 = 48;
    matches!(error.kind.as_ref(), ErrorKind::Command(error) if error.code == NAMESPACE_EXISTS)
}

/// The earliest and the latest time of documents that have one.
fn times(documents: &[Document], field: &str) -> Option<(bson::DateTime, bson::DateTime)> {
    let times = || documents.iter().filter_map(|d| d.as_raw().get_datetime(field).ok());
    times().min().zip(times().max())
}

/// As commands name a time.
pub(super) fn millis(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}

/// Waits for a call, but not longer than this.
pub(super) async fn within<T>(
    limit: Duration,
    call: impl IntoFuture<Output = Result<T, mongodb::error::Error>>,
) -> Result<T, StoreError> {
    let result = timeout(limit, call.into_future()).await;
    Ok(result.map_err(|_| StoreError::Timeout(limit))??)
}

/// The documents of a cursor that is on its way.
fn documents<'a>(
    cursor: impl Future<Output = Result<Option<Cursor<RawDocumentBuf>>, StoreError>> + Send + 'a,
) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
    cursor
        .map(|cursor| match cursor {
            Ok(Some(cursor)) => stream::try_unfold(cursor, |mut cursor| async {
                let next = within(CALL, cursor.next().map(Option::transpose)).await?;
                Ok(next.map(|document| (document, cursor)))
            })
            .boxed(),
            Ok(None) => stream::empty().boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        })
        .flatten_stream()
        .boxed()
}

/// The filter for one `_id`, also for those that look like an operator.
fn by_id(id: impl Into<Bson>) -> bson::Document {
    doc! { "_id": { "$eq": id.into() } }
}

/// The filter for a document that is still what it was.
fn unchanged(before: &Document) -> Result<bson::Document, StoreError> {
    let failed = |error: bson::error::Error| StoreError::Record(error.to_string());
    let id = Bson::try_from(before.id()).map_err(failed)?;
    let whole = bson::Document::try_from(before.as_raw()).map_err(failed)?;
    Ok(doc! {
        "_id": { "$eq": id },
        "$expr": { "$eq": ["$$ROOT", { "$literal": whole }] },
    })
}

impl Store for MongoStore {
    fn insert(&self, inserts: Vec<Insert>) -> BoxFuture<'_, Vec<Inserted>> {
        stream::iter(inserts)
            .map(move |insert| async move { self.insert_documents(&insert).await })
            .buffered(PARALLEL_NAMESPACES)
            .collect()
            .boxed()
    }

    fn get<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<Option<RawDocumentBuf>, StoreError>> {
        async move {
            let collection = self.collection::<RawDocumentBuf>(namespace);
            within(CALL, collection.find_one(by_id(id))).await
        }
        .boxed()
    }

    fn replace<'a>(
        &'a self,
        namespace: &'a Namespace,
        document: Document,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let id = Bson::try_from(document.id())
                .map_err(|error| StoreError::Record(error.to_string()))?;
            let collection = self.collection::<Document>(namespace);
            let replaced = within(CALL, collection.replace_one(by_id(id), &document)).await?;
            Ok(replaced.matched_count > 0)
        }
        .boxed()
    }

    fn exchange<'a>(
        &'a self,
        namespace: &'a Namespace,
        before: Document,
        after: Option<Document>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let filter = unchanged(&before)?;
            let collection = self.collection::<Document>(namespace);
            if let Some(after) = after {
                let replaced = within(CALL, collection.replace_one(filter, &after)).await?;
                Ok(replaced.matched_count > 0)
            } else {
                let deleted = within(CALL, collection.delete_one(filter)).await?;
                Ok(deleted.deleted_count > 0)
            }
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        namespace: &'a Namespace,
        id: Bson,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let collection = self.collection::<RawDocumentBuf>(namespace);
            let deleted = within(CALL, collection.delete_one(by_id(id))).await?;
            Ok(deleted.deleted_count > 0)
        }
        .boxed()
    }

    fn count<'a>(&'a self, namespace: &'a Namespace) -> BoxFuture<'a, Result<u64, StoreError>> {
        async move {
            let collection = self.collection::<RawDocumentBuf>(namespace);
            within(CALL, collection.count_documents(doc! {})).await
        }
        .boxed()
    }

    fn namespaces(&self) -> BoxFuture<'_, Result<Vec<Namespace>, StoreError>> {
        async move {
            let mut namespaces = Vec::new();
            for database in within(CALL, self.client.list_database_names()).await? {
                let names = self.client.database(&database);
                let names = within(CALL, names.list_collection_names()).await?;
                let own = names.iter().filter_map(|n| Namespace::for_clients(&database, n).ok());
                namespaces.extend(own);
            }
            namespaces.sort_unstable();
            Ok(namespaces)
        }
        .boxed()
    }

    fn find<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        self.search(namespace, Find::default())
    }

    fn search<'a>(
        &'a self,
        namespace: &'a Namespace,
        find: Find,
    ) -> BoxStream<'a, Result<RawDocumentBuf, StoreError>> {
        let cursor = async move {
            let collection = self.collection::<RawDocumentBuf>(namespace);
            let mut query = collection.find(find.filter).skip(find.skip);
            if !find.sort.is_empty() {
                query = query.sort(find.sort);
            }
            match find.limit {
                // To MongoDB, none at all is no limit.
                Some(0) => return Ok(None),
                Some(limit) => query = query.limit(i64::try_from(limit).unwrap_or(i64::MAX)),
                None => {}
            }
            within(CALL, query).await.map(Some)
        };
        documents(cursor)
    }

    fn aggregate<'a>(
        &'a self,
        namespace: &'a Namespace,
        pipeline: Vec<bson::Document>,
    ) -> Option<BoxStream<'a, Result<RawDocumentBuf, StoreError>>> {
        let cursor = async move {
            let collection = self.collection::<RawDocumentBuf>(namespace);
            let aggregate = collection.aggregate(pipeline).max_time(BULK);
            within(BULK, aggregate.with_type::<RawDocumentBuf>()).await.map(Some)
        };
        Some(documents(cursor))
    }

    fn kind<'a>(
        &'a self,
        namespace: &'a Namespace,
    ) -> BoxFuture<'a, Result<CollectionKind, StoreError>> {
        async move {
            Ok(match self.describe(namespace).await? {
                Some(Found { time_series: Some(_), .. }) => CollectionKind::TimeSeries,
                Some(_) => CollectionKind::Unique,
                None => CollectionKind::Missing,
            })
        }
        .boxed()
    }

    fn create_time_series<'a>(
        &'a self,
        namespace: &'a Namespace,
        options: &'a TimeSeries,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let options = time_series_options(options);
            let create = doc! { "create": namespace.collection(), "timeseries": options };
            match self.command(namespace, create).await {
                // Another gateway was faster.
                Err(StoreError::MongoDb(error)) if exists(&error) => Ok(()),
                done => done,
            }
        }
        .boxed()
    }

    fn present<'a>(
        &'a self,
        namespace: &'a Namespace,
        documents: &'a [Document],
    ) -> BoxFuture<'a, Result<Vec<bool>, StoreError>> {
        async move {
            let time_field = match self.describe(namespace).await? {
                Some(Found { time_series: Some(options), .. }) => {
                    options.get_str("timeField").ok().map(str::to_owned)
                }
                _ => None,
            };
            let mut present = Vec::with_capacity(documents.len());
            for documents in documents.chunks(LOOK_UP) {
                let ids = documents.iter().map(|document| Bson::try_from(document.id()));
                let ids: Vec<_> = ids
                    .collect::<Result<_, _>>()
                    .map_err(|error| StoreError::Record(error.to_string()))?;
                let mut filter = doc! { "_id": { "$in": ids.clone() } };
                if let Some(field) = &time_field
                    && let Some((first, last)) = times(documents, field)
                {
                    // Time-series collections are sorted by time, and by nothing else.
                    filter.insert(field, doc! { "$gte": first, "$lte": last });
                }
                let found = self.ids_of(namespace, filter).await?;
                present.extend(ids.iter().map(|id| found.contains(&id.to_string())));
            }
            Ok(present)
        }
        .boxed()
    }

    fn straggle(&self) -> Duration {
        STRAGGLE
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let admin = self.client.database("admin");
            within(PING, admin.run_command(doc! { "ping": 1 })).await.map(drop)
        }
        .boxed()
    }
}

// The connection string may hold a password.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").finish_non_exhaustive()
    }
}
