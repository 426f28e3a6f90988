//! Schemas as people and programs write them, made up.

use proptest::{collection, option, prelude::*};
use serde_json::{Map, Number, Value};

use super::{Additional, ClassDocument, Items, Node, Place, Relationship, Types};
use crate::{Granularity, TimeSeries};

pub(crate) fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "title", "description", "c/d", "~"])
            .prop_map(str::to_owned),
        1 => "[a-zA-Z.$ \"]{0,4}",
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-3_i64..20).prop_map(Number::from),
        any::<i64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("JSON has finite numbers", Number::from_f64),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(Value::Number),
        name().prop_map(Value::String),
    ]
}

pub(crate) fn json() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            collection::btree_map(name(), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn types() -> impl Strategy<Value = Types> {
    let bson = || {
        prop::sample::select(vec!["string", "int", "long", "double", "array", "object", "mixed"])
            .prop_map(str::to_owned)
    };
    prop_oneof![
        8 => bson().prop_map(Types::Bson),
        1 => Just(Types::Any),
        1 => collection::vec(bson(), 0..3).prop_map(Types::BsonUnion),
        1 => bson().prop_map(Types::Json),
        1 => collection::vec(bson(), 0..3).prop_map(Types::JsonUnion),
    ]
}

/// Keywords that a [`Node`] has no field for.
fn other() -> impl Strategy<Value = (String, Value)> {
    let keyword = prop::sample::select(vec!["validate", "multipleOf", "dependencies", "x-unit"]);
    (keyword.prop_map(str::to_owned), json())
}

fn leaf() -> impl Strategy<Value = Node> {
    let words = (option::of(name()), option::of(name()), option::of(name()));
    let values = (option::of(scalar()), option::of(collection::vec(scalar(), 0..3)));
    let numbers = collection::vec(option::weighted(0.2, number()), 6);
    let flags = collection::vec(option::weighted(0.2, any::<bool>()), 3);
    let other = collection::vec(other(), 0..2);
    (types(), words, values, numbers, flags, other).prop_map(
        |(types, (title, description, pattern), (default, allowed), numbers, flags, other)| {
            let mut numbers = numbers.into_iter();
            let mut number = || numbers.next().flatten();
            let mut flags = flags.into_iter();
            let mut flag = || flags.next().flatten();
            Node {
                types,
                title,
                description,
                default,
                allowed,
                pattern,
                minimum: number(),
                maximum: number(),
                min_length: number(),
                max_length: number(),
                min_items: number(),
                max_items: number(),
                exclusive_minimum: flag(),
                exclusive_maximum: flag(),
                unique_items: flag(),
                other: other.into_iter().collect(),
                ..Node::default()
            }
        },
    )
}

pub(crate) fn node() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let items = prop_oneof![
            3 => inner.clone().prop_map(|item| Items::All(Box::new(item))),
            1 => collection::vec(inner.clone(), 0..3).prop_map(Items::Each),
        ];
        let additional = prop_oneof![
            any::<bool>().prop_map(Additional::Allowed),
            inner.clone().prop_map(|values| Additional::Values(Box::new(values))),
        ];
        let properties = collection::btree_map(name(), inner, 0..3);
        let required = collection::vec(name(), 0..3);
        (
            leaf(),
            option::weighted(0.3, items),
            option::weighted(0.3, additional),
            option::of(properties),
            option::of(required),
        )
            .prop_map(|(leaf, items, additional_properties, properties, required)| Node {
                items,
                required,
                properties,
                additional_properties,
                ..leaf
            })
    })
}

fn relationship() -> impl Strategy<Value = Relationship> {
    (name(), name(), any::<bool>(), option::weighted(0.2, json())).prop_map(
        |(collection, foreign_key, is_list, source)| Relationship {
            reference: format!("#/relationship/main/db/{collection}"),
            foreign_key,
            is_list,
            other: source.map(|source| ("source_key".to_owned(), source)).into_iter().collect(),
        },
    )
}

fn time_series() -> impl Strategy<Value = TimeSeries> {
    (name(), option::of(name()), prop::sample::select(Granularity::ALL.to_vec())).prop_map(
        |(time, meta, granularity)| TimeSeries {
            time: time.into(),
            meta: meta.map(Into::into),
            granularity,
        },
    )
}

pub(crate) fn class() -> impl Strategy<Value = ClassDocument> {
    let part = || prop::sample::select(vec!["a", "b"]).prop_map(str::to_owned);
    let place = (part(), part(), part());
    let relationships = collection::btree_map(name(), relationship(), 0..2);
    (place, any::<bool>(), node(), relationships, option::weighted(0.2, time_series())).prop_map(
        |((data_source, database, collection), asymmetric, schema, relationships, time_series)| {
            ClassDocument {
                place: Place { data_source, database, collection },
                asymmetric,
                schema,
                relationships,
                time_series,
            }
        },
    )
}

/// A few classes that may share titles and collections.
pub(crate) fn realm() -> impl Strategy<Value = Vec<ClassDocument>> {
    collection::vec(class(), 0..3)
}

/// What our own classes are written as: no keyword that says nothing, sorted `required`.
fn tidy_node() -> impl Strategy<Value = Node> {
    let word = || prop::sample::select(vec!["a", "b"]).prop_map(str::to_owned);
    let bound = || option::weighted(0.3, (0_i64..3).prop_map(Number::from));
    let scalar = (
        prop::sample::select(vec!["string", "int"]),
        (bound(), bound(), bound()),
        (option::weighted(0.3, word()), option::weighted(0.3, word().prop_map(Value::String))),
        option::weighted(0.3, collection::btree_set(word(), 1..3)),
    )
        .prop_map(|(bson, (minimum, max_length, min_items), (pattern, default), allowed)| Node {
            types: Types::Bson(bson.to_owned()),
            minimum,
            max_length,
            min_items,
            pattern,
            default,
            allowed: allowed.map(|words| words.into_iter().map(Value::String).collect()),
            ..Node::default()
        });
    scalar.prop_recursive(2, 8, 2, move |inner| {
        let items = (inner.clone(), option::of(Just(true))).prop_map(|(item, unique_items)| Node {
            types: Types::Bson("array".to_owned()),
            items: Some(Items::All(Box::new(item))),
            unique_items,
            ..Node::default()
        });
        let map = inner.clone().prop_map(|values| Node {
            types: Types::Bson("object".to_owned()),
            properties: Some([].into()),
            additional_properties: Some(Additional::Values(Box::new(values))),
            ..Node::default()
        });
        prop_oneof![items, map, tidy_object(inner)]
    })
}

fn tidy_object(property: impl Strategy<Value = Node>) -> impl Strategy<Value = Node> {
    let name = prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned);
    let title = prop::sample::select(vec!["One", "Two"]);
    (title, collection::btree_map(name, (property, any::<bool>()), 0..3)).prop_map(
        |(title, properties)| {
            let required = properties.iter().filter(|(_, (_, required))| *required);
            Node {
                types: Types::Bson("object".to_owned()),
                title: Some(title.to_owned()),
                required: Some(required.map(|(name, _)| name.clone()).collect()),
                properties: Some(properties.into_iter().map(|(k, (node, _))| (k, node)).collect()),
                ..Node::default()
            }
        },
    )
}

/// Two versions of a class that have most in common.
pub(crate) fn edited_class() -> impl Strategy<Value = (ClassDocument, ClassDocument)> {
    (tidy_object(tidy_node()), tidy_node(), tidy_node(), option::weighted(0.5, any::<bool>()))
        .prop_map(|(mut schema, before, after, required)| {
            schema.title = Some("Reading".to_owned());
            let place = || Place {
                data_source: "main".to_owned(),
                database: "db".to_owned(),
                collection: "readings".to_owned(),
            };
            let version = |edited: Node, is_required: bool| {
                let mut schema = schema.clone();
                schema.properties.get_or_insert_default().insert("edited".to_owned(), edited);
                if is_required {
                    schema.required.get_or_insert_default().push("edited".to_owned());
                }
                ClassDocument {
                    place: place(),
                    asymmetric: true,
                    schema,
                    relationships: [].into(),
                    time_series: None,
                }
            };
            match required {
                // Only whether the property is required is edited.
                Some(required) => (version(before.clone(), required), version(before, !required)),
                None => (version(before, false), version(after, false)),
            }
        })
}
