//! Operations by name.

use bson::{Bson, Document, doc};

use super::{
    Argument, Collection, DocumentsError,
    change::{Change, Changed},
    read::{PROJECTION, QUERY},
};
use crate::query::{Projection, Update};

/// Does what is asked for and answers what clients expect of it.
pub(crate) async fn run(
    collection: &Collection,
    name: &str,
    argument: &Argument,
) -> Result<Bson, DocumentsError> {
    if !matches!(name, "insertOne" | "insertMany" | "count") {
        collection.check_ordinary()?;
    }
    match name {
        "insertOne" => {
            let document = argument.required(&["document"])?;
            let id = collection.insert(vec![document]).await?.pop().unwrap_or(Bson::Null);
            Ok(doc! { "insertedId": id }.into())
        }
        "insertMany" => {
            let ids = collection.insert(argument.documents("documents")?).await?;
            Ok(doc! { "insertedIds": ids }.into())
        }
        "aggregate" => Ok(collection.aggregate(argument).await?.into()),
        "find" => Ok(collection.find(argument, None).await?.into()),
        "findOne" => {
            let found = collection.find(argument, Some(1)).await?;
            Ok(found.into_iter().next().unwrap_or(Bson::Null))
        }
        "count" => {
            let count = collection.count(argument).await?;
            Ok(Bson::Int64(i64::try_from(count).unwrap_or(i64::MAX)))
        }
        "updateOne" | "updateMany" => {
            let update = update_of(argument)?;
            counts(collection, argument, update, name == "updateMany").await
        }
        "replaceOne" => {
            let update = Update::replacement(&argument.required(&["replacement", "update"])?)?;
            counts(collection, argument, update, false).await
        }
        "deleteOne" | "deleteMany" => {
            let query = argument.required(QUERY)?;
            let many = name == "deleteMany";
            let deleted = collection.change(&query, Document::new(), &Change::Delete, many).await?;
            Ok(doc! { "deletedCount": number(deleted.len()) }.into())
        }
        "findOneAndUpdate" => {
            let update = update_of(argument)?;
            find_and_change(collection, argument, Change::Update(update)).await
        }
        // Some versions of realm-web call a removal by this name, and give no update with it.
        "findOneAndReplace" if !argument.has("update") && !argument.has("replacement") => {
            find_and_change(collection, argument, Change::Delete).await
        }
        "findOneAndReplace" => {
            let update = Update::replacement(&argument.required(&["update", "replacement"])?)?;
            find_and_change(collection, argument, Change::Update(update)).await
        }
        "findOneAndDelete" => find_and_change(collection, argument, Change::Delete).await,
        "watch" => Err(DocumentsError::Watch),
        other => Err(DocumentsError::NoOperation(other.to_owned())),
    }
}

async fn counts(
    collection: &Collection,
    argument: &Argument,
    update: Update,
    many: bool,
) -> Result<Bson, DocumentsError> {
    let query = argument.document(QUERY)?;
    let change = Change::Update(update.clone());
    let changed = collection.change(&query, Document::new(), &change, many).await?;
    if changed.is_empty() && argument.flag("upsert") {
        let (id, _) = collection.upsert(&query, &update).await?;
        return Ok(doc! { "matchedCount": 0, "modifiedCount": 0, "upsertedId": id }.into());
    }
    let modified = changed.iter().filter(|changed| changed.modified).count();
    let (matched, modified) = (number(changed.len()), number(modified));
    Ok(doc! { "matchedCount": matched, "modifiedCount": modified }.into())
}

async fn find_and_change(
    collection: &Collection,
    argument: &Argument,
    change: Change,
) -> Result<Bson, DocumentsError> {
    let query = argument.document(QUERY)?;
    let projection = Projection::compile(&argument.document(PROJECTION)?)?;
    let sort = argument.document(&["sort"])?;
    let changed = collection.change(&query, sort, &change, false).await?.pop();
    let changed = match (changed, change) {
        (None, Change::Update(update)) if argument.flag("upsert") => {
            Some(collection.upsert(&query, &update).await?.1)
        }
        (changed, _) => changed,
    };
    let Some(Changed { before, after, .. }) = changed else { return Ok(Bson::Null) };
    let answered = if argument.flag("returnNewDocument") { after } else { before };
    let Some(document) = answered else { return Ok(Bson::Null) };
    Ok(collection.shown(&document, projection.as_ref())?.unwrap_or(Bson::Null))
}

fn update_of(argument: &Argument) -> Result<Update, DocumentsError> {
    let array_filters =
        if argument.has("arrayFilters") { argument.documents("arrayFilters")? } else { Vec::new() };
    Ok(Update::compile(&argument.required(&["update"])?, &array_filters)?)
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
