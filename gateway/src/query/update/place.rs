//! Places in a document: finding them, and getting there.

use bson::{Bson, Document, RawDocumentBuf, doc};

use crate::query::{Filter, QueryError};

/// How far beyond its end an array is filled with nulls.
const MAX_FILL: usize = 100_000;
/// Most places that a path may mean.
const MAX_PLACES: usize = 100_000;

/// The path of a change. It may mean several places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target(Vec<Segment>);

#[derive(Clone, Debug, PartialEq)]
enum Segment {
    Name(String),
    /// Every element of an array, `$[]`.
    All,
    /// Those that a filter is for, `$[name]`.
    Matching(String, Filter),
}

impl Target {
    pub(super) fn parse(path: &str, filters: &[(String, Filter)]) -> Result<Self, QueryError> {
        let wrong = || QueryError::Path(path.to_owned());
        let segments = path.split('.').enumerate().map(|(place, part)| {
            let element = part.strip_prefix("$[").and_then(|part| part.strip_suffix(']'));
            match element {
                Some(_) if place == 0 => Err(wrong()),
                Some("") => Ok(Segment::All),
                Some(name) => match filters.iter().find(|(known, _)| known == name) {
                    Some((name, filter)) => Ok(Segment::Matching(name.clone(), filter.clone())),
                    None => {
                        Err(QueryError::argument("arrayFilters", "a filter for each `$[name]`"))
                    }
                },
                // `$` is the element that the query found, which is not known here.
                None if part == "$" => Err(QueryError::Operator("$".to_owned())),
                None if part.is_empty() || part.starts_with('$') || part.contains('\0') => {
                    Err(wrong())
                }
                None => Ok(Segment::Name(part.to_owned())),
            }
        });
        segments.collect::<Result<_, _>>().map(Self)
    }

    /// The names of fields up to the first `$[]`.
    pub(super) fn names(&self) -> Vec<&str> {
        let names = self.0.iter().map_while(|segment| match segment {
            Segment::Name(name) => Some(name.as_str()),
            Segment::All | Segment::Matching(..) => None,
        });
        names.collect()
    }

    pub(super) fn uses(&self, filter: &str) -> bool {
        self.0.iter().any(|segment| matches!(segment, Segment::Matching(name, _) if name == filter))
    }

    /// The paths that are meant, in a document as it is now.
    pub(super) fn places(&self, document: &Document) -> Result<Vec<Vec<String>>, QueryError> {
        let mut places = vec![Vec::new()];
        for segment in &self.0 {
            if let Segment::Name(name) = segment {
                for place in &mut places {
                    place.push(name.clone());
                }
                continue;
            }
            let mut inner = Vec::new();
            for place in places {
                let Some(Bson::Array(elements)) = find(document, &place) else {
                    return Err(QueryError::Path(place.join(".")));
                };
                for (index, element) in elements.iter().enumerate() {
                    if segment.means(element)? {
                        inner.push([place.as_slice(), &[index.to_string()]].concat());
                    }
                }
                if inner.len() > MAX_PLACES {
                    return Err(QueryError::TooMuch("100,000 elements of arrays"));
                }
            }
            places = inner;
        }
        Ok(places)
    }
}

impl Segment {
    fn means(&self, element: &Bson) -> Result<bool, QueryError> {
        let Self::Matching(name, filter) = self else { return Ok(true) };
        let named = RawDocumentBuf::try_from(&doc! { name: element.clone() });
        let named = named.map_err(|error| QueryError::Value(error.to_string()))?;
        Ok(filter.matches(&named))
    }
}

/// The value at a path, with numbers for the places of arrays.
pub(super) fn find<'a>(document: &'a Document, path: &[String]) -> Option<&'a Bson> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(document.get(first)?, |value, name| match value {
        Bson::Document(inner) => inner.get(name),
        Bson::Array(list) => list.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Puts a value at a path and makes documents on the way where nothing is.
pub(super) fn put(document: &mut Document, path: &[String], value: Bson) -> Result<(), QueryError> {
    let blocked = || QueryError::Path(path.join("."));
    let Some((last, parents)) = path.split_last() else { return Err(blocked()) };
    let mut place = Place::Document(document);
    for name in parents {
        place = place.step(name).ok_or_else(blocked)?;
    }
    match place {
        Place::Document(document) => {
            document.insert(last, value);
        }
        Place::List(values) => *element(values, last).ok_or_else(blocked)? = value,
    }
    Ok(())
}

/// Takes a field out. An element of an array leaves null behind, so that the others stay in place.
pub(super) fn take(document: &mut Document, path: &[String]) -> Option<Bson> {
    let (last, parents) = path.split_last()?;
    let mut place = Place::Document(document);
    for name in parents {
        place = place.existing(name)?;
    }
    match place {
        Place::Document(document) => document.remove(last),
        Place::List(values) => {
            let element = values.get_mut(last.parse::<usize>().ok()?)?;
            Some(std::mem::replace(element, Bson::Null))
        }
    }
}

enum Place<'a> {
    Document(&'a mut Document),
    List(&'a mut Vec<Bson>),
}

impl<'a> Place<'a> {
    fn step(self, name: &str) -> Option<Self> {
        let value = match self {
            Self::Document(document) => {
                document.entry(name.to_owned()).or_insert(Document::new().into())
            }
            Self::List(list) => {
                let value = element(list, name)?;
                if *value == Bson::Null {
                    *value = Document::new().into();
                }
                value
            }
        };
        Self::of(value)
    }

    fn existing(self, name: &str) -> Option<Self> {
        Self::of(match self {
            Self::Document(document) => document.get_mut(name)?,
            Self::List(list) => list.get_mut(name.parse::<usize>().ok()?)?,
        })
    }

    fn of(value: &'a mut Bson) -> Option<Self> {
        match value {
            Bson::Document(document) => Some(Self::Document(document)),
            Bson::Array(list) => Some(Self::List(list)),
            _ => None,
        }
    }
}

/// The element of this place; the array grows until it has it.
fn element<'a>(values: &'a mut Vec<Bson>, place: &str) -> Option<&'a mut Bson> {
    let place: usize = place.parse().ok()?;
    if place >= values.len().checked_add(MAX_FILL)? {
        return None;
    }
    if place >= values.len() {
        values.resize(place + 1, Bson::Null);
    }
    values.get_mut(place)
}
