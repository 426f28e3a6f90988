//! Documents on their way through a pipeline.

use bson::{Bson, Document, RawDocumentBuf, doc};

use super::{
    group::Groups,
    stage::{Pipeline, Stage, Unwind},
};
use crate::query::{
    QueryError,
    value::{at, put, weight_of},
};

/// Bytes that a pipeline may hold at once, about.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes that it may make out of arrays, about: seconds of work.
const MAX_WORK: usize = 4 * 1024 * 1024 * 1024;
/// Most documents of an answer.
const MAX_DOCUMENTS: usize = 50_000;

/// A pipeline that works.
#[derive(Debug)]
pub(crate) struct Running {
    stages: Vec<(Stage, State)>,
    answer: Vec<Document>,
    bytes: usize,
    /// Bytes of documents that `$unwind` has made, which multiply.
    work: usize,
    /// Nothing that comes now would change the answer.
    sated: bool,
}

/// What a stage has seen.
#[derive(Debug)]
enum State {
    Nothing,
    /// Documents that were counted.
    Number(u64),
    Sorted(Vec<RawDocumentBuf>),
    Grouped(Groups),
}

impl Running {
    pub(crate) fn new(pipeline: Pipeline) -> Self {
        let stages = pipeline.stages.into_iter().map(|stage| {
            let state = match stage {
                Stage::Skip(_) | Stage::Limit(_) | Stage::Count(_) => State::Number(0),
                Stage::Sort(_) => State::Sorted(Vec::new()),
                Stage::Group(_) => State::Grouped(Groups::default()),
                _ => State::Nothing,
            };
            (stage, state)
        });
        Self { stages: stages.collect(), answer: Vec::new(), bytes: 0, work: 0, sated: false }
    }

    /// Takes a document. Answers whether it can do with more.
    pub(crate) fn push(&mut self, document: Document) -> Result<bool, QueryError> {
        self.feed(0, document)?;
        Ok(!self.sated)
    }

    /// The answer, once all documents are in.
    pub(crate) fn finish(mut self) -> Result<Vec<Document>, QueryError> {
        for place in 0..self.stages.len() {
            let Some((stage, slot)) = self.stages.get_mut(place) else { break };
            let held = match (&*stage, std::mem::replace(slot, State::Nothing)) {
                (Stage::Sort(sort), State::Sorted(mut documents)) => {
                    documents.sort_by(|left, right| sort.compare(left, right));
                    documents.iter().map(|d| Document::try_from(&**d)).collect::<Result<_, _>>()
                }
                (Stage::Group(group), State::Grouped(groups)) => Ok(group.documents(groups)),
                (Stage::Count(field), State::Number(count @ 1..)) => {
                    let count = i32::try_from(count).map_or_else(
                        |_| Bson::Int64(i64::try_from(count).unwrap_or(i64::MAX)),
                        Bson::Int32,
                    );
                    Ok(vec![doc! { field: count }])
                }
                (_, other) => {
                    *slot = other;
                    continue;
                }
            };
            for document in held.map_err(|error| QueryError::Value(error.to_string()))? {
                self.feed(place + 1, document)?;
            }
        }
        Ok(self.answer)
    }

    fn feed(&mut self, mut place: usize, mut document: Document) -> Result<(), QueryError> {
        while let Some((stage, state)) = self.stages.get_mut(place) {
            match (&*stage, state) {
                (Stage::Match(filter), _) if !filter.matches(&raw(&document)?) => return Ok(()),
                (Stage::Project(shape), _) => document = bounded(shape.apply(&document)?)?,
                (Stage::Add(fields), _) => {
                    let before = document.clone();
                    fields.put(&before, &mut document)?;
                    document = bounded(document)?;
                }
                (Stage::Leave(Some(projection)), _) => {
                    let left = projection.apply(&raw(&document)?);
                    document = Document::try_from(&*left)
                        .map_err(|error| QueryError::Value(error.to_string()))?;
                }
                (Stage::Skip(skip), State::Number(seen)) if *seen < *skip => {
                    *seen += 1;
                    return Ok(());
                }
                (Stage::Limit(limit), State::Number(seen)) => {
                    if *seen >= *limit {
                        return Ok(());
                    }
                    *seen += 1;
                    let full = *seen >= *limit;
                    if full && self.flows_until(place) {
                        self.sated = true;
                    }
                }
                (Stage::Count(_), State::Number(seen)) => {
                    *seen += 1;
                    return Ok(());
                }
                (Stage::Sort(_), State::Sorted(documents)) => {
                    let raw = raw(&document)?;
                    let bytes = raw.as_bytes().len();
                    documents.push(raw);
                    return self.hold(bytes);
                }
                (Stage::Group(group), State::Grouped(groups)) => {
                    let bytes = group.add(groups, &document)?;
                    return self.hold(bytes);
                }
                (Stage::Unwind(unwind), _) => {
                    let unwind = unwind.clone();
                    let weight = weight_of(&document);
                    return unwind.each(document, |document| {
                        self.work += weight;
                        if self.work > MAX_WORK {
                            return Err(QueryError::TooMuch("4 GiB of documents unwound"));
                        }
                        self.feed(place + 1, document)
                    });
                }
                _ => {}
            }
            place += 1;
        }
        self.hold(weight_of(&document))?;
        self.answer.push(document);
        if self.answer.len() > MAX_DOCUMENTS {
            return Err(QueryError::TooMuch("50,000 documents"));
        }
        Ok(())
    }

    /// Whether everything before this stage hands documents on as they come.
    fn flows_until(&self, place: usize) -> bool {
        let holds =
            |stage: &Stage| matches!(stage, Stage::Sort(_) | Stage::Group(_) | Stage::Count(_));
        !self.stages.iter().take(place).any(|(stage, _)| holds(stage))
    }

    fn hold(&mut self, bytes: usize) -> Result<(), QueryError> {
        self.bytes += bytes;
        if self.bytes > MAX_BYTES {
            Err(QueryError::TooMuch("64 MiB of documents"))
        } else {
            Ok(())
        }
    }
}

impl Unwind {
    fn each(
        &self,
        document: Document,
        mut give: impl FnMut(Document) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        let place = |mut document: Document, index: Bson| {
            if let Some(path) = &self.index {
                put(&mut document, path, Some(index));
            }
            document
        };
        match at(&document, &self.path) {
            Some(Bson::Array(values)) if !values.is_empty() => {
                for (index, value) in (0_i64..).zip(values) {
                    let mut document = document.clone();
                    put(&mut document, &self.path, Some(value));
                    give(place(document, index.into()))?;
                }
                Ok(())
            }
            Some(Bson::Array(_)) if self.preserve => {
                let mut document = document;
                put(&mut document, &self.path, None);
                give(place(document, Bson::Null))
            }
            None | Some(Bson::Null | Bson::Undefined) if self.preserve => {
                give(place(document, Bson::Null))
            }
            None | Some(Bson::Array(_) | Bson::Null | Bson::Undefined) => Ok(()),
            Some(_) => give(place(document, Bson::Null)),
        }
    }
}

fn raw(document: &Document) -> Result<RawDocumentBuf, QueryError> {
    RawDocumentBuf::try_from(document).map_err(|error| QueryError::Value(error.to_string()))
}

/// A document that was computed, unless it grows without bounds from stage to stage.
fn bounded(document: Document) -> Result<Document, QueryError> {
    if weight_of(&document) > MAX_BYTES {
        return Err(QueryError::TooMuch("64 MiB computed of one document"));
    }
    Ok(document)
}
