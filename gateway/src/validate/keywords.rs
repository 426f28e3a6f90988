//! The keywords of a schema by the kind of values they rule.

use std::collections::BTreeMap;

use asymmetric_schema::Pattern;
use bson::raw::RawBson;
use serde_json::{Map, Value};

use super::{
    CompileError,
    compile::Compiler,
    node::{
        ArrayRules, Dependency, Limit, NamedPattern, Node, NumberRules, ObjectRules, Property,
        Rest, StringRules,
    },
    number::Number,
    types::TypeSet,
};

/// Most required properties of one object: MongoDB documents hold more, but no class has them.
pub(super) const MAX_REQUIRED: usize = 1024;

/// The keywords of one schema.
pub(super) struct Keywords<'c, 's> {
    pub(super) compiler: &'c mut Compiler,
    pub(super) schema: &'s Map<String, Value>,
}

type Compiled<T> = Result<T, CompileError>;
type Dependencies = Box<[(Box<str>, Dependency)]>;

impl Keywords<'_, '_> {
    /// `bsonType` or `type`, and what to call the types.
    pub(super) fn types(&mut self) -> Compiled<(Option<TypeSet>, Box<str>)> {
        let exact = self.type_names("bsonType", TypeSet::of_bson_type)?;
        let general = self.type_names("type", TypeSet::of_json_type)?;
        match (exact, general) {
            (Some(_), Some(_)) => {
                Err(self.compiler.error("has both `bsonType` and `type`; keep one of them"))
            }
            (Some((types, names)), None) | (None, Some((types, names))) => Ok((Some(types), names)),
            (None, None) => Ok((None, Box::default())),
        }
    }

    fn type_names(
        &mut self,
        keyword: &'static str,
        of: fn(&str) -> Option<TypeSet>,
    ) -> Compiled<Option<(TypeSet, Box<str>)>> {
        let Some(value) = self.schema.get(keyword) else { return Ok(None) };
        let names = match value {
            Value::Array(names) if !names.is_empty() => names.as_slice(),
            name => std::slice::from_ref(name),
        };
        self.compiler.inside(keyword, |compiler| {
            let mut types = TypeSet::NONE;
            let mut text = String::new();
            for name in names {
                let Some(name) = name.as_str() else {
                    return Err(compiler.error("must be the name of a type, or several"));
                };
                let Some(found) = of(name) else {
                    return Err(compiler.error(format!("does not know the type `{name}`")));
                };
                types = types.or(found);
                if !text.is_empty() {
                    text.push_str(" or ");
                }
                text.push_str(name);
            }
            Ok(Some((types, text.into())))
        })
    }

    pub(super) fn allowed(&mut self) -> Compiled<Option<Box<[RawBson]>>> {
        let Some(value) = self.schema.get("enum") else { return Ok(None) };
        self.compiler.inside("enum", |compiler| match value {
            Value::Array(values) if !values.is_empty() => {
                values.iter().map(|value| compiler.value(value)).collect::<Result<_, _>>().map(Some)
            }
            _ => Err(compiler.error("must be an array of values, at least one")),
        })
    }

    pub(super) fn number_rules(&mut self) -> Compiled<Option<Box<NumberRules>>> {
        let minimum = self.limit("minimum", "exclusiveMinimum")?;
        let maximum = self.limit("maximum", "exclusiveMaximum")?;
        let multiple_of = self.number("multipleOf")?;
        if let Some((number, _)) = &multiple_of
            && !number.compare(Number::Integer(0)).is_some_and(std::cmp::Ordering::is_gt)
        {
            return Err(self.wrong("multipleOf", "must be a number above zero"));
        }
        let found = minimum.is_some() || maximum.is_some() || multiple_of.is_some();
        Ok(found.then(|| Box::new(NumberRules { minimum, maximum, multiple_of })))
    }

    /// A bound, and whether it is exclusive: a boolean beside the bound, or a bound of its own as in
    /// later drafts of JSON Schema.
    fn limit(&mut self, keyword: &'static str, exclusive: &'static str) -> Compiled<Option<Limit>> {
        let bound = self.number(keyword)?;
        match (bound, self.schema.get(exclusive)) {
            (Some((number, text)), None) => Ok(Some(Limit { number, exclusive: false, text })),
            (Some((number, text)), Some(Value::Bool(exclusive))) => {
                Ok(Some(Limit { number, exclusive: *exclusive, text }))
            }
            (None, None) => Ok(None),
            (None, Some(Value::Number(_))) => {
                let bound = self.number(exclusive)?;
                Ok(bound.map(|(number, text)| Limit { number, exclusive: true, text }))
            }
            (None, Some(Value::Bool(_))) => {
                Err(self.wrong(exclusive, &format!("needs `{keyword}` beside it")))
            }
            _ => Err(self.wrong(exclusive, "must be true or false")),
        }
    }

    fn number(&mut self, keyword: &'static str) -> Compiled<Option<(Number, Box<str>)>> {
        let Some(value) = self.schema.get(keyword) else { return Ok(None) };
        self.compiler.inside(keyword, |compiler| {
            let number = compiler.value(value)?;
            let number = Number::of(number.as_raw_bson_ref());
            let number = number.ok_or_else(|| compiler.error("must be a number"))?;
            let text = match value {
                Value::Object(typed) => {
                    typed.values().next().and_then(Value::as_str).map(Into::into)
                }
                _ => None,
            };
            Ok(Some((number, text.unwrap_or_else(|| value.to_string().into()))))
        })
    }

    pub(super) fn string_rules(&mut self) -> Compiled<Option<Box<StringRules>>> {
        let min_length = self.count("minLength")?;
        let max_length = self.count("maxLength")?;
        let pattern = match self.schema.get("pattern") {
            None => None,
            Some(Value::String(pattern)) => Some(self.pattern("pattern", pattern)?),
            Some(_) => return Err(self.wrong("pattern", "must be a string")),
        };
        let found = min_length.is_some() || max_length.is_some() || pattern.is_some();
        Ok(found.then(|| Box::new(StringRules { min_length, max_length, pattern })))
    }

    fn pattern(&mut self, keyword: &str, text: &str) -> Compiled<NamedPattern> {
        let pattern = Pattern::new(text).map_err(|error| {
            self.wrong(keyword, &format!("is no regular expression that is supported: {error}"))
        })?;
        Ok(NamedPattern { pattern, text: text.into() })
    }

    pub(super) fn array_rules(&mut self) -> Compiled<Option<Box<ArrayRules>>> {
        let mut rules = ArrayRules {
            min_items: self.count("minItems")?,
            max_items: self.count("maxItems")?,
            unique: self.flag("uniqueItems")?,
            contains: self.compiler.nested(self.schema, "contains")?,
            ..ArrayRules::default()
        };
        let mut found = rules.min_items.is_some() || rules.max_items.is_some();
        found |= rules.unique || rules.contains.is_some();
        match self.schema.get("items") {
            Some(Value::Array(schemas)) => {
                rules.first = self.compiler.inside("items", |compiler| compiler.nodes(schemas))?;
                rules.rest = self.rest("additionalItems")?;
                found = true;
            }
            Some(_) => {
                // Without schemas of single elements, `additionalItems` has nothing to say.
                rules.rest = self.rest("items")?;
                found = true;
            }
            None => {}
        }
        Ok(found.then(|| Box::new(rules)))
    }

    pub(super) fn object_rules(&mut self) -> Compiled<Option<Box<ObjectRules>>> {
        let (properties, required) = self.properties()?;
        let rules = ObjectRules {
            properties,
            required,
            patterns: self.pattern_properties()?,
            rest: self.rest("additionalProperties")?,
            min_properties: self.count("minProperties")?,
            max_properties: self.count("maxProperties")?,
            dependencies: self.dependencies()?,
            names: self.compiler.nested(self.schema, "propertyNames")?,
        };
        let mut found = !rules.properties.is_empty() || !rules.patterns.is_empty();
        found |= !matches!(rules.rest, Rest::Allowed) || !rules.dependencies.is_empty();
        found |= rules.min_properties.is_some() || rules.max_properties.is_some();
        found |= rules.names.is_some();
        Ok(found.then(|| Box::new(rules)))
    }

    /// The properties that `properties` and `required` name, and how many are required.
    fn properties(&mut self) -> Compiled<(Box<[Property]>, usize)> {
        let mut named: BTreeMap<Box<str>, Property> = BTreeMap::new();
        for (name, node) in self.nodes_by_name("properties")? {
            let property = Property { name: name.clone(), required: None, node: Some(node) };
            named.insert(name, property);
        }
        let mut count = 0;
        for name in self.names("required", self.schema.get("required"))? {
            let property = named.entry(name.clone());
            let property =
                property.or_insert_with(|| Property { name, required: None, node: None });
            if property.required.is_none() {
                property.required = Some(count);
                count += 1;
            }
        }
        if count > MAX_REQUIRED {
            return Err(
                self.wrong("required", &format!("names more than {MAX_REQUIRED} properties"))
            );
        }
        Ok((named.into_values().collect(), count))
    }

    fn pattern_properties(&mut self) -> Compiled<Box<[(NamedPattern, Node)]>> {
        let nodes = self.nodes_by_name("patternProperties")?;
        let compiled = nodes
            .into_iter()
            .map(|(text, node)| Ok((self.pattern("patternProperties", &text)?, node)));
        compiled.collect()
    }

    fn dependencies(&mut self) -> Compiled<Dependencies> {
        let Some(value) = self.schema.get("dependencies") else { return Ok(Box::default()) };
        let Some(entries) = value.as_object() else {
            return Err(self.wrong("dependencies", "must be an object"));
        };
        let entries = entries.iter().map(|(name, value)| {
            let dependency = match value {
                Value::Array(_) => Dependency::Properties(
                    self.names("dependencies", Some(value))?.into_boxed_slice(),
                ),
                schema => Dependency::Schema(self.compiler.inside("dependencies", |compiler| {
                    compiler.inside(name.as_str(), |compiler| compiler.node(schema))
                })?),
            };
            Ok((name.as_str().into(), dependency))
        });
        entries.collect()
    }

    fn nodes_by_name(&mut self, keyword: &'static str) -> Compiled<Vec<(Box<str>, Node)>> {
        let Some(value) = self.schema.get(keyword) else { return Ok(Vec::new()) };
        let Some(schemas) = value.as_object() else {
            return Err(self.wrong(keyword, "must be an object of schemas"));
        };
        self.compiler.inside(keyword, |compiler| {
            let nodes = schemas.iter().map(|(name, schema)| {
                let node = compiler.inside(name.as_str(), |compiler| compiler.node(schema))?;
                Ok((name.as_str().into(), node))
            });
            nodes.collect()
        })
    }

    /// A schema, or a boolean in its place.
    fn rest(&mut self, keyword: &'static str) -> Compiled<Rest> {
        match self.schema.get(keyword) {
            None | Some(Value::Bool(true)) => Ok(Rest::Allowed),
            Some(Value::Bool(false)) => Ok(Rest::Refused),
            Some(schema) => {
                self.compiler.inside(keyword, |compiler| compiler.node(schema)).map(Rest::Of)
            }
        }
    }

    fn names(&self, keyword: &'static str, value: Option<&Value>) -> Compiled<Vec<Box<str>>> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let names = value.as_array().and_then(|names| {
            names.iter().map(|name| name.as_str().map(Into::into)).collect::<Option<Vec<_>>>()
        });
        names.ok_or_else(|| self.wrong(keyword, "must be an array of names"))
    }

    fn count(&self, keyword: &'static str) -> Compiled<Option<u64>> {
        let Some(value) = self.schema.get(keyword) else { return Ok(None) };
        // Some tools write whole numbers with a point.
        let whole = || {
            let number = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..9e15).contains(n));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the number is whole and in range"
            )]
            number.map(|number| number as u64)
        };
        match value.as_u64().or_else(whole) {
            Some(count) => Ok(Some(count)),
            None => Err(self.wrong(keyword, "must be a whole number, zero or more")),
        }
    }

    fn flag(&self, keyword: &'static str) -> Compiled<bool> {
        match self.schema.get(keyword) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(keyword, "must be true or false")),
        }
    }

    fn wrong(&self, keyword: &str, problem: &str) -> CompileError {
        let CompileError { at, .. } = self.compiler.error("");
        let at = if at.is_empty() { keyword.to_owned() } else { format!("{at}.{keyword}") };
        CompileError { at, problem: problem.to_owned() }
    }
}
