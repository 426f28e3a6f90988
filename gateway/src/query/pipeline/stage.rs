//! The stages that there are.

use bson::{Bson, Document};

use super::{
    group::Group,
    shape::{Fields, Shape},
};
use crate::query::{Expression, Filter, Projection, QueryError, Sort, value::whole};

/// Most stages of a pipeline.
const MAX_STAGES: usize = 1000;

/// A pipeline, compiled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pipeline {
    pub(super) stages: Vec<Stage>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stage {
    Match(Filter),
    Project(Shape),
    /// New fields, by their paths.
    Add(Fields),
    /// Fields that go, if there are any.
    Leave(Option<Projection>),
    Sort(Sort),
    Skip(u64),
    Limit(u64),
    /// The name of the field that holds the number.
    Count(String),
    Group(Group),
    Unwind(Unwind),
}

/// A document for each element of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unwind {
    pub(super) path: Vec<String>,
    /// Where the place of the element goes.
    pub(super) index: Option<Vec<String>>,
    /// Whether documents without an element stay.
    pub(super) preserve: bool,
}

impl Pipeline {
    /// Compiles stages. What is not known here is refused, never guessed.
    pub(crate) fn compile(stages: &[Document]) -> Result<Self, QueryError> {
        if stages.len() > MAX_STAGES {
            return Err(QueryError::TooDeep);
        }
        let stages = stages.iter().map(Stage::compile).collect::<Result<_, _>>()?;
        Ok(Self { stages })
    }
}

/// The name of a stage and its argument.
pub(crate) fn stage_of(stage: &Document) -> Result<(&str, &Bson), QueryError> {
    let mut parts = stage.iter();
    match (parts.next(), parts.next()) {
        (Some((name, argument)), None) if name.starts_with('$') => Ok((name, argument)),
        _ => Err(QueryError::argument("pipeline", "stages: objects with the name of each alone")),
    }
}

impl Stage {
    fn compile(stage: &Document) -> Result<Self, QueryError> {
        let (name, argument) = stage_of(stage)?;
        let document = || {
            let document = argument.as_document();
            document.ok_or_else(|| QueryError::argument(name, "an object"))
        };
        let number = |least: i64| {
            let number = whole(argument).filter(|number| *number >= least);
            let number = number.and_then(|number| u64::try_from(number).ok());
            number.ok_or_else(|| {
                QueryError::argument(name, "a whole number, and for `$limit` above 0")
            })
        };
        Ok(match name {
            "$match" => Self::Match(Filter::compile(document()?)?),
            "$project" => Self::Project(Shape::compile(document()?)?),
            "$addFields" | "$set" => Self::Add(Fields::compile(name, document()?)?),
            "$unset" => Self::Leave(unset(argument)?),
            "$sort" => Self::Sort(Sort::compile(document()?)?),
            "$skip" => Self::Skip(number(0)?),
            "$limit" => Self::Limit(number(1)?),
            "$count" => match argument {
                Bson::String(field) if !field.is_empty() && !field.contains(['.', '$', '\0']) => {
                    Self::Count(field.clone())
                }
                _ => return Err(QueryError::argument(name, "the name of a field")),
            },
            "$group" => Self::Group(Group::compile(document()?)?),
            "$unwind" => Self::Unwind(Unwind::compile(argument)?),
            _ => return Err(QueryError::Stage(name.to_owned())),
        })
    }
}

fn unset(argument: &Bson) -> Result<Option<Projection>, QueryError> {
    let names = match argument {
        Bson::Array(names) => names.as_slice(),
        name => std::slice::from_ref(name),
    };
    let mut projection = Document::new();
    for name in names {
        let name = name.as_str().filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| QueryError::argument("$unset", "names of fields"))?;
        projection.insert(name, 0);
    }
    Projection::compile(&projection)
}

impl Unwind {
    fn compile(argument: &Bson) -> Result<Self, QueryError> {
        const WANTED: &str = "the path of an array, like `$list`";
        let wrong = || QueryError::argument("$unwind", WANTED);
        let path = |value: &Bson| match Expression::compile(value) {
            Ok(Expression::Field(path)) => Ok(path),
            _ => Err(wrong()),
        };
        match argument {
            Bson::Document(options) => {
                let known = ["path", "includeArrayIndex", "preserveNullAndEmptyArrays"];
                if let Some(other) = options.keys().find(|key| !known.contains(&key.as_str())) {
                    return Err(QueryError::Operator(other.clone()));
                }
                let index = match options.get("includeArrayIndex") {
                    None => None,
                    Some(Bson::String(name)) if !name.is_empty() && !name.starts_with('$') => {
                        Some(name.split('.').map(str::to_owned).collect())
                    }
                    Some(_) => return Err(wrong()),
                };
                Ok(Self {
                    path: path(options.get("path").ok_or_else(wrong)?)?,
                    index,
                    preserve: options.get_bool("preserveNullAndEmptyArrays").unwrap_or(false),
                })
            }
            value => Ok(Self { path: path(value)?, index: None, preserve: false }),
        }
    }
}
