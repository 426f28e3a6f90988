//! A lock from its text.

use std::str::FromStr;

use serde_json::{Map, Value};
use toml::{Table, Value as Toml};

use super::{Allowance, Entry, Lock, LockError};
use crate::{ClassDocument, Place, TimeSeries, rule};

impl FromStr for Lock {
    type Err = LockError;

    fn from_str(text: &str) -> Result<Self, LockError> {
        if sides(text).is_some() {
            return Err(LockError::Conflict);
        }
        let mut table: Table =
            text.parse().map_err(|error: toml::de::Error| LockError::NotToml(error.to_string()))?;
        match table.remove("format") {
            Some(Toml::Integer(1)) => {}
            Some(Toml::Integer(other)) => return Err(LockError::Format(Some(other))),
            _ => return Err(LockError::Format(None)),
        }
        let mut lock = Self::default();
        for block in blocks(&mut table, "class")? {
            lock.entries.push(entry(block)?);
        }
        // Blocks of one class stand together, whatever a merge made of them.
        lock.entries.sort_by(|a, b| (&a.realm, &a.class).cmp(&(&b.realm, &b.class)));
        for mut block in blocks(&mut table, "pending")? {
            let realm = block.string("realm")?;
            lock.allow(&realm, allowance(&mut block)?);
            block.end()?;
        }
        match table.keys().next() {
            Some(key) => Err(LockError::block(format!("`{key}`"), "is unknown")),
            None => Ok(lock),
        }
    }
}

impl Lock {
    /// Reads a lock in which a merge may have stopped: then it holds what either side accepted.
    ///
    /// # Errors
    ///
    /// As for [`str::parse`], for either side.
    pub fn merged(text: &str) -> Result<Self, LockError> {
        let Some([ours, theirs]) = sides(text) else { return text.parse() };
        let (mut lock, theirs): (Self, Self) = (ours.parse()?, theirs.parse()?);
        lock.merge(theirs);
        Ok(lock)
    }
}

/// The text of each side, where git left the lines of both; `None` if it did not.
fn sides(text: &str) -> Option<[String; 2]> {
    #[derive(Clone, Copy, PartialEq)]
    enum Part {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let (mut part, mut conflict) = (Part::Both, false);
    let mut sides = [String::new(), String::new()];
    for line in text.split_inclusive('\n') {
        let marker = line.split_whitespace().next().unwrap_or_default();
        part = match (marker, part) {
            ("<<<<<<<", Part::Both) => Part::Ours,
            ("|||||||", Part::Ours) => Part::Base,
            ("=======", Part::Ours | Part::Base) => Part::Theirs,
            (">>>>>>>", Part::Theirs) => Part::Both,
            _ => {
                let [ours, theirs] = &mut sides;
                if matches!(part, Part::Both | Part::Ours) {
                    ours.push_str(line);
                }
                if matches!(part, Part::Both | Part::Theirs) {
                    theirs.push_str(line);
                }
                continue;
            }
        };
        conflict = true;
    }
    conflict.then_some(sides)
}

/// A table of the file whose keys are taken out one by one.
struct Block {
    name: String,
    table: Table,
}

fn blocks(table: &mut Table, key: &str) -> Result<Vec<Block>, LockError> {
    let values = match table.remove(key) {
        None => return Ok(Vec::new()),
        Some(Toml::Array(values)) => values,
        Some(_) => return Err(LockError::block(format!("`{key}`"), "should be a list of tables")),
    };
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| match value {
            Toml::Table(table) => {
                let class = table.get("class").and_then(Toml::as_str);
                let name = match class {
                    Some(class) => format!("`{class}`"),
                    None => format!("block {} of `{key}`", index + 1),
                };
                Ok(Block { name, table })
            }
            _ => Err(LockError::block(format!("`{key}`"), "should be a list of tables")),
        })
        .collect()
}

impl Block {
    fn wrong(&self, key: &str, wanted: &str) -> LockError {
        LockError::block(&self.name, format!("`{key}` should be {wanted}"))
    }

    fn string(&mut self, key: &str) -> Result<String, LockError> {
        match self.table.remove(key) {
            Some(Toml::String(text)) => Ok(text),
            _ => Err(self.wrong(key, "a string")),
        }
    }

    fn bool(&mut self, key: &str) -> Result<Option<bool>, LockError> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Toml::Boolean(value)) => Ok(Some(value)),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    fn place(&mut self) -> Result<Place, LockError> {
        let names = match self.table.remove("place") {
            Some(Toml::Array(names)) => names,
            _ => Vec::new(),
        };
        match names.as_slice() {
            [Toml::String(data_source), Toml::String(database), Toml::String(collection)] => {
                Ok(Place {
                    data_source: data_source.clone(),
                    database: database.clone(),
                    collection: collection.clone(),
                })
            }
            _ => Err(self.wrong("place", "data source, database and collection")),
        }
    }

    /// A table of JSON texts; empty if there is none.
    fn json_table(&mut self, key: &str) -> Result<Map<String, Value>, LockError> {
        let table = match self.table.remove(key) {
            None => return Ok(Map::new()),
            Some(Toml::Table(table)) => table,
            Some(_) => return Err(self.wrong(key, "a table")),
        };
        table
            .into_iter()
            .map(|(name, value)| {
                let value = self.json(&format!("{key}.{name}"), &value)?;
                Ok((name, value))
            })
            .collect()
    }

    fn json(&self, key: &str, value: &Toml) -> Result<Value, LockError> {
        let text = value.as_str().ok_or_else(|| self.wrong(key, "JSON in a string"))?;
        serde_json::from_str(text)
            .map_err(|error| LockError::block(&self.name, format!("`{key}` is no JSON: {error}")))
    }

    /// Whatever is left has no meaning.
    fn end(self) -> Result<(), LockError> {
        match self.table.keys().next() {
            Some(key) => Err(LockError::block(self.name, format!("`{key}` is unknown"))),
            None => Ok(()),
        }
    }
}

fn entry(mut block: Block) -> Result<Entry, LockError> {
    let (realm, class) = (block.string("realm")?, block.string("class")?);
    let version = if block.bool("removed")? == Some(true) {
        None
    } else {
        Some(version(&mut block, &class)?)
    };
    let allowed = match block.table.remove("allowed") {
        None => Vec::new(),
        Some(list) => {
            let mut table = Table::from_iter([("allowed".to_owned(), list)]);
            let allowances = blocks(&mut table, "allowed")?.into_iter().map(|mut block| {
                let allowance = allowance(&mut block)?;
                block.end().map(|()| allowance)
            });
            allowances.collect::<Result<_, _>>()?
        }
    };
    block.end()?;
    Ok(Entry { realm, class, version, allowed })
}

fn version(block: &mut Block, class: &str) -> Result<ClassDocument, LockError> {
    let text = block.string("fingerprint")?;
    let fingerprint = text.parse().map_err(|_| block.wrong("fingerprint", "64 digits"))?;
    let place = block.place()?;
    let asymmetric = block.bool("asymmetric")?.unwrap_or(true);
    let time_series = match block.table.remove("time_series") {
        None => None,
        Some(text) => {
            let options = TimeSeries::from_json(block.json("time_series", &text)?);
            Some(options.map_err(|error| LockError::document(class, "time_series", &error))?)
        }
    };
    let mut schema = block.json_table("schema")?;
    schema.entry("title").or_insert_with(|| class.into());
    let properties = block.json_table("properties")?;
    if !properties.is_empty() {
        schema.insert("properties".to_owned(), properties.into());
    }
    let links = block.json_table("links")?;
    let version = ClassDocument::from_json(place, schema.into(), Some(links.into()))
        .map_err(|error| LockError::document(class, "schema", &error))?;
    let version = ClassDocument { asymmetric, time_series, ..version };
    if version.fingerprint() == fingerprint {
        Ok(version)
    } else {
        Err(LockError::Damaged { class: class.to_owned(), fingerprint })
    }
}

fn allowance(block: &mut Block) -> Result<Allowance, LockError> {
    let (rule_id, at, reason) =
        (block.string("rule")?, block.string("at")?, block.string("reason")?);
    if rule(&rule_id).is_none() {
        return Err(LockError::block(&block.name, format!("no rule is called `{rule_id}`")));
    }
    Ok(Allowance::new(&rule_id, &at, &reason))
}
