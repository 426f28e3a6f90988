//! The walk says of documents what MongoDB's own `$jsonSchema` says.

use std::collections::BTreeSet;

use asymmetric_testkit::MongoServer;
use bson::{Bson, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::Client;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::json;

use super::{
    NullRules, Validator,
    strategies::{schema, value_without_decimals},
};

const SCHEMAS: usize = 300;
const DOCUMENTS: i32 = 400;

#[tokio::test]
async fn generated_documents_fit_generated_schemas_where_mongodb_says_so() {
    let mut runner = TestRunner::deterministic();
    let mut draw = || value_without_decimals().new_tree(&mut runner).unwrap().current();
    let documents: Vec<_> = (0..DOCUMENTS).map(|id| doc! { "_id": id, "v": draw() }).collect();
    let server = MongoServer::start().unwrap();
    let client = Client::with_uri_str(server.uri()).await.unwrap();
    let collection = client.database("plant").collection::<bson::Document>("values");
    collection.insert_many(&documents).await.unwrap();
    let raw: Vec<_> = documents.iter().map(|d| RawDocumentBuf::try_from(d).unwrap()).collect();

    let (mut fitting, mut disagreements) = (0, Vec::new());
    for _ in 0..SCHEMAS {
        let schema = schema().new_tree(&mut runner).unwrap().current();
        let whole = json!({ "properties": { "v": schema } });
        let filter = doc! { "$jsonSchema": Bson::try_from(whole.clone()).unwrap() };
        let found = collection.find(filter).projection(doc! { "_id": 1 }).await.unwrap();
        let found: Vec<_> = found.try_collect().await.unwrap();
        let theirs: BTreeSet<_> = found.iter().map(|found| found.get_i32("_id").unwrap()).collect();

        let validator = Validator::compile(&whole, NullRules::STRICT).unwrap();
        for (id, document) in (0..).zip(&raw) {
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
    let pairs = SCHEMAS * raw.len();
    assert!((pairs / 5..pairs * 4 / 5).contains(&fitting), "{fitting} of {pairs}");
}
