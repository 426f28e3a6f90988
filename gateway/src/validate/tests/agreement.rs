//! The walk says of documents what MongoDB's own `$jsonSchema` says.

use std::collections::BTreeSet;

use asymmetric_schema::{ClassDocument, Place};
use asymmetric_testkit::MongoServer;
use bson::{Bson, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use super::{
    NullRules, Validator,
    strategies::{schema, value_without_decimals},
};

const SCHEMAS: usize = 300;
const DOCUMENTS: i32 = 400;

struct Values {
    _server: MongoServer,
    collection: Collection<bson::Document>,
    raw: Vec<RawDocumentBuf>,
}

impl Values {
    /// A collection of generated values, each as `v` of a document.
    async fn generate(runner: &mut TestRunner) -> Self {
        let mut draw = || value_without_decimals().new_tree(runner).unwrap().current();
        let documents: Vec<_> = (0..DOCUMENTS).map(|id| doc! { "_id": id, "v": draw() }).collect();
        let server = MongoServer::start().unwrap();
        let client = Client::with_uri_str(server.uri()).await.unwrap();
        let collection = client.database("plant").collection::<bson::Document>("values");
        collection.insert_many(&documents).await.unwrap();
        let raw = documents.iter().map(|d| RawDocumentBuf::try_from(d).unwrap()).collect();
        Self { _server: server, collection, raw }
    }

    /// The `_id`s of those that satisfy a `{"$jsonSchema": …}`.
    async fn satisfying(&self, filter: &Value) -> BTreeSet<i32> {
        let filter = Bson::try_from(filter.clone()).unwrap();
        let find = self.collection.find(filter.as_document().unwrap().clone());
        let found: Vec<_> =
            find.projection(doc! { "_id": 1 }).await.unwrap().try_collect().await.unwrap();
        found.iter().map(|found| found.get_i32("_id").unwrap()).collect()
    }
}

#[tokio::test]
async fn a_validator_of_a_collection_lets_through_whatever_fits_the_schema() {
    let mut runner = TestRunner::deterministic();
    let values = Values::generate(&mut runner).await;
    let (mut fitting, mut refused) = (0, Vec::new());
    for _ in 0..SCHEMAS / 3 {
        let schema = schema().new_tree(&mut runner).unwrap().current();
        let whole = json!({ "properties": { "v": schema } });
        let place = Place {
            data_source: "mongodb-atlas".to_owned(),
            database: "plant".to_owned(),
            collection: "values".to_owned(),
        };
        let class = ClassDocument::from_json(place, whole.clone(), None).unwrap();
        let through = values.satisfying(&class.to_validator()).await;
        let validator = Validator::compile(&whole, NullRules::INGEST).unwrap();
        for (id, document) in (0..).zip(&values.raw) {
            let fits = validator.validate(document).is_ok();
            fitting += usize::from(fits);
            if fits && !through.contains(&id) {
                refused.push(format!("{schema} as {}: {document:?}", class.to_validator()));
            }
        }
    }
    assert!(refused.is_empty(), "{} refused, the first: {}", refused.len(), refused[0]);
    assert!(fitting > SCHEMAS * values.raw.len() / 15, "{fitting}");
}

#[tokio::test]
async fn generated_documents_fit_generated_schemas_where_mongodb_says_so() {
    let mut runner = TestRunner::deterministic();
    let values = Values::generate(&mut runner).await;
    let (mut fitting, mut disagreements) = (0, Vec::new());
    for _ in 0..SCHEMAS {
        let schema = schema().new_tree(&mut runner).unwrap().current();
        let whole = json!({ "properties": { "v": schema } });
        let theirs = values.satisfying(&json!({ "$jsonSchema": whole })).await;

        let validator = Validator::compile(&whole, NullRules::STRICT).unwrap();
        for (id, document) in (0..).zip(&values.raw) {
            let ours = validator.validate(document);
            fitting += usize::from(ours.is_ok());
            if ours.is_ok() != theirs.contains(&id) {
                disagreements.push(format!("{schema} on {document:?}: we say {ours:?}"));
            }
        }
    }
    assert!(
        disagreements.is_empty(),
        "{} disagreements, the first: {:#?}",
        disagreements.len(),
        disagreements.iter().take(5).collect::<Vec<_>>()
    );
    // Neither verdict is rare.
    let pairs = SCHEMAS * values.raw.len();
    assert!((pairs / 5..pairs * 4 / 5).contains(&fitting), "{fitting} of {pairs}");
}
