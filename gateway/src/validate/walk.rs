//! Walking a document along its schema.

use std::cmp::Ordering;

use bson::raw::{RawArray, RawBson, RawBsonRef, RawDocument};

use super::{
    NullRules, ViolationCode as Code,
    equality::{equal, repeated},
    node::{
        ArrayRules, Combined, Dependency, Limit, Node, NumberRules, ObjectRules, Property, Rest,
        StringRules,
    },
    number::Number,
    types::{TypeSet, name_of},
    violation::{Found, Path},
};

/// What is the same for the whole document.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    pub(super) nulls: NullRules,
}

impl Walk {
    pub(super) fn document(
        self,
        node: &Node,
        document: &RawDocument,
        at: &Path<'_>,
        found: &mut Found,
    ) {
        self.value(node, RawBsonRef::Document(document), at, found);
    }

    fn value(self, node: &Node, value: RawBsonRef<'_>, at: &Path<'_>, found: &mut Found) {
        if !node.types.meets(TypeSet::of_value(value)) {
            return wrong_type(node, value, at, found);
        }
        if let Some(allowed) = &node.allowed
            && !allowed.iter().any(|allowed| equal(allowed.as_raw_bson_ref(), value))
        {
            found.add(at, Code::Enum, || format!("must be one of {}", list(allowed)));
        }
        if let Some(constant) = &node.constant
            && !equal(constant.as_raw_bson_ref(), value)
        {
            found.add(at, Code::Const, || format!("must be {}", text_of(constant)));
        }
        match value {
            RawBsonRef::Document(document) => {
                if let Some(rules) = &node.object {
                    self.object(rules, document, at, found);
                }
            }
            RawBsonRef::Array(array) => {
                if let Some(rules) = &node.array {
                    self.array(rules, array, at, found);
                }
            }
            RawBsonRef::String(text) => {
                if let Some(rules) = &node.string {
                    string(rules, text, at, found);
                }
            }
            value => {
                if let Some(rules) = &node.number
                    && let Some(value) = Number::of(value)
                {
                    number(rules, value, at, found);
                }
            }
        }
        if let Some(combined) = &node.combined {
            self.combined(combined, value, at, found);
        }
    }

    fn object(self, rules: &ObjectRules, document: &RawDocument, at: &Path<'_>, found: &mut Found) {
        let mut seen = Seen::default();
        let mut count = 0;
        for element in document {
            if found.is_full() {
                return;
            }
            let Ok((name, value)) = element else { return unreadable(at, found) };
            count += 1;
            self.property(rules, (name.as_str(), value), at, &mut seen, found);
        }
        if seen.count < rules.required {
            missing(rules, document, at, found);
        }
        if rules.min_properties.is_some_and(|min| count < min) {
            let min = rules.min_properties.unwrap_or_default();
            found.add(at, Code::MinProperties, || format!("must have at least {min} properties"));
        }
        if rules.max_properties.is_some_and(|max| count > max) {
            let max = rules.max_properties.unwrap_or_default();
            found.add(at, Code::MaxProperties, || format!("must have at most {max} properties"));
        }
        for (name, dependency) in &rules.dependencies {
            if has(document, name) {
                self.dependency(name, dependency, document, at, found);
            }
        }
    }

    fn property(
        self,
        rules: &ObjectRules,
        (name, value): (&str, RawBsonRef<'_>),
        at: &Path<'_>,
        seen: &mut Seen,
        found: &mut Found,
    ) {
        let at = &Path::Name(at, name);
        let mut described = false;
        if let Some(property) = find(&rules.properties, name) {
            // What is undefined is as good as missing.
            if let Some(number) = property.required
                && !matches!(value, RawBsonRef::Undefined)
            {
                seen.mark(number);
            }
            if let Some(node) = &property.node {
                described = true;
                let nullable = property.required.is_none() && self.nulls.optional_properties;
                if !(nullable && is_null(value)) {
                    self.value(node, value, at, found);
                }
            }
        }
        for (pattern, node) in &rules.patterns {
            if pattern.pattern.is_match(name) {
                described = true;
                self.value(node, value, at, found);
            }
        }
        if !described {
            match &rules.rest {
                Rest::Allowed => {}
                Rest::Refused => found.add(at, Code::AdditionalProperty, || {
                    "is no property of the schema, which allows no others".to_owned()
                }),
                Rest::Of(_) if self.nulls.elements && is_null(value) => {}
                Rest::Of(node) => self.value(node, value, at, found),
            }
        }
        if let Some(node) = &rules.names {
            let mut bad = Found::any();
            self.value(node, RawBsonRef::String(name), at, &mut bad);
            if !bad.is_empty() {
                found.add(at, Code::PropertyName, || "has a name that is not allowed".to_owned());
            }
        }
    }

    fn dependency(
        self,
        name: &str,
        dependency: &Dependency,
        document: &RawDocument,
        at: &Path<'_>,
        found: &mut Found,
    ) {
        match dependency {
            Dependency::Schema(node) => self.document(node, document, at, found),
            Dependency::Properties(needed) => {
                for needed in needed.iter().filter(|needed| !has(document, needed)) {
                    found.add(&Path::Name(at, needed), Code::MissingDependency, || {
                        format!("must be there, because `{name}` is")
                    });
                }
            }
        }
    }

    fn array(self, rules: &ArrayRules, array: &RawArray, at: &Path<'_>, found: &mut Found) {
        let mut length = 0_usize;
        let mut contained = rules.contains.is_none();
        for (place, element) in array.into_iter().enumerate() {
            if found.is_full() {
                return;
            }
            let Ok(value) = element else { return unreadable(at, found) };
            length += 1;
            let here = &Path::Position(at, place);
            let null = self.nulls.elements && is_null(value);
            match (rules.first.get(place), &rules.rest) {
                (Some(_), _) | (None, Rest::Of(_)) if null => {}
                (Some(node), _) | (None, Rest::Of(node)) => self.value(node, value, here, found),
                (None, Rest::Allowed) => {}
                (None, Rest::Refused) => found.add(here, Code::AdditionalItems, || {
                    format!("is one element too many: {} are allowed", rules.first.len())
                }),
            }
            if let Some(node) = rules.contains.as_ref().filter(|_| !contained) {
                contained = self.fits(node, value, here);
            }
        }
        let length = length as u64;
        if rules.min_items.is_some_and(|min| length < min) {
            let min = rules.min_items.unwrap_or_default();
            found.add(at, Code::MinItems, || format!("must have at least {min} elements"));
        }
        if rules.max_items.is_some_and(|max| length > max) {
            let max = rules.max_items.unwrap_or_default();
            found.add(at, Code::MaxItems, || format!("must have at most {max} elements"));
        }
        if !contained {
            found.add(at, Code::Contains, || "must hold an element that it does not".to_owned());
        }
        if rules.unique
            && let Some((first, second)) = repeated(array)
        {
            found.add(at, Code::Unique, || format!("has equal elements, {first} and {second}"));
        }
    }

    fn combined(self, rules: &Combined, value: RawBsonRef<'_>, at: &Path<'_>, found: &mut Found) {
        let Combined { all_of, any_of, one_of, not, condition } = rules;
        let before = found.is_empty();
        for node in all_of {
            self.value(node, value, at, found);
        }
        if before && !found.is_empty() && !all_of.is_empty() {
            found.add(at, Code::AllOf, || "must fit all schemas of `allOf`".to_owned());
        }
        if let Some(nodes) = any_of
            && !nodes.iter().any(|node| self.fits(node, value, at))
        {
            found.add(at, Code::AnyOf, || "must fit a schema of `anyOf`".to_owned());
        }
        if let Some(nodes) = one_of {
            let fitting = nodes.iter().filter(|node| self.fits(node, value, at)).count();
            if fitting != 1 {
                found.add(at, Code::OneOf, || {
                    format!("must fit one schema of `oneOf`, and fits {fitting}")
                });
            }
        }
        if not.as_ref().is_some_and(|node| self.fits(node, value, at)) {
            found.add(at, Code::Not, || "must not fit the schema of `not`".to_owned());
        }
        if let Some(rules) = condition {
            let (branch, code) = if self.fits(&rules.test, value, at) {
                (&rules.then, Code::Then)
            } else {
                (&rules.otherwise, Code::Else)
            };
            if branch.as_ref().is_some_and(|node| !self.fits(node, value, at)) {
                let word = if code == Code::Then { "then" } else { "else" };
                found.add(at, code, || format!("must fit the schema of `{word}`"));
            }
        }
    }

    fn fits(self, node: &Node, value: RawBsonRef<'_>, at: &Path<'_>) -> bool {
        let mut found = Found::any();
        self.value(node, value, at, &mut found);
        found.is_empty()
    }
}

fn is_null(value: RawBsonRef<'_>) -> bool {
    matches!(value, RawBsonRef::Null | RawBsonRef::Undefined)
}

fn has(document: &RawDocument, name: &str) -> bool {
    document.into_iter().flatten().any(|(found, _)| found.as_str() == name)
}

fn find<'p>(properties: &'p [Property], name: &str) -> Option<&'p Property> {
    let place = properties.binary_search_by(|property| (*property.name).cmp(name)).ok()?;
    properties.get(place)
}

/// Which required properties were there, each counted once although a document may repeat a name.
#[derive(Default)]
struct Seen {
    bits: [u64; super::keywords::MAX_REQUIRED / 64],
    count: usize,
}

impl Seen {
    fn mark(&mut self, number: usize) {
        let bit = 1 << (number % 64);
        if let Some(bits) = self.bits.get_mut(number / 64)
            && *bits & bit == 0
        {
            *bits |= bit;
            self.count += 1;
        }
    }
}

fn missing(rules: &ObjectRules, document: &RawDocument, at: &Path<'_>, found: &mut Found) {
    for property in rules.properties.iter().filter(|property| property.required.is_some()) {
        let there = document.into_iter().flatten().any(|(name, value)| {
            name.as_str() == &*property.name && !matches!(value, RawBsonRef::Undefined)
        });
        if !there {
            let at = &Path::Name(at, &property.name);
            found.add(at, Code::Required, || "is required and missing".to_owned());
        }
    }
}

fn string(rules: &StringRules, text: &str, at: &Path<'_>, found: &mut Found) {
    let StringRules { min_length, max_length, pattern } = rules;
    if min_length.is_some() || max_length.is_some() {
        let length = text.chars().count() as u64;
        if let Some(min) = min_length.filter(|min| length < *min) {
            found.add(at, Code::MinLength, || {
                format!("must have at least {min} characters, and has {length}")
            });
        }
        if let Some(max) = max_length.filter(|max| length > *max) {
            found.add(at, Code::MaxLength, || {
                format!("must have at most {max} characters, and has {length}")
            });
        }
    }
    if let Some(pattern) = pattern
        && !pattern.pattern.is_match(text)
    {
        found.add(at, Code::Pattern, || format!("must match `{}`", pattern.text));
    }
}

fn number(rules: &NumberRules, value: Number, at: &Path<'_>, found: &mut Found) {
    let NumberRules { minimum, maximum, multiple_of } = rules;
    // NaN is within no bounds.
    let within = |limit: &Limit, side: Ordering| match value.compare(limit.number) {
        Some(Ordering::Equal) => !limit.exclusive,
        order => order == Some(side),
    };
    if let Some(limit) = minimum
        && !within(limit, Ordering::Greater)
    {
        let (code, word) = if limit.exclusive {
            (Code::ExclusiveMinimum, "above")
        } else {
            (Code::Minimum, "at least")
        };
        found.add(at, code, || format!("must be {word} {}", limit.text));
    }
    if let Some(limit) = maximum
        && !within(limit, Ordering::Less)
    {
        let (code, word) = if limit.exclusive {
            (Code::ExclusiveMaximum, "below")
        } else {
            (Code::Maximum, "at most")
        };
        found.add(at, code, || format!("must be {word} {}", limit.text));
    }
    if let Some((divisor, text)) = multiple_of
        && !value.is_multiple_of(*divisor)
    {
        found.add(at, Code::MultipleOf, || format!("must be a multiple of {text}"));
    }
}

fn wrong_type(node: &Node, value: RawBsonRef<'_>, at: &Path<'_>, found: &mut Found) {
    if node.types == TypeSet::NONE {
        found.add(at, Code::False, || "is not allowed".to_owned());
    } else {
        found.add(at, Code::InvalidType, || {
            format!("must be of type {}, and is {}", node.type_names, name_of(value))
        });
    }
}

fn unreadable(at: &Path<'_>, found: &mut Found) {
    found.add(at, Code::Internal, || "is not valid BSON".to_owned());
}

fn list(values: &[RawBson]) -> String {
    /// So many values say what is meant.
    const SHOWN: usize = 10;
    let mut text = values.iter().take(SHOWN).map(text_of).collect::<Vec<_>>().join(", ");
    if values.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

fn text_of(value: &RawBson) -> String {
    match value {
        RawBson::String(text) => format!("`{text}`"),
        other => match bson::Bson::try_from(other.clone()) {
            Ok(value) => value.to_string(),
            Err(_) => "another value".to_owned(),
        },
    }
}
