//! What holds for every schema and every value.

use bson::{Bson, RawDocumentBuf};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    NullRules, Validator,
    strategies::{schema, value},
    violations,
};

fn fits(schema: &Value, value: &Bson) -> bool {
    let document = RawDocumentBuf::try_from(&bson::doc! { "v": value.clone() }).unwrap();
    let schema = json!({ "properties": { "v": schema } });
    violations(&schema, NullRules::STRICT, &document).is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The quick way of looking, which stops at the first violation, sees what the full one sees.
    #[test]
    fn combinations_of_one_schema_mean_that_schema(schema in schema(), value in value()) {
        let expected = fits(&schema, &value);
        for same in [
            json!({ "not": { "not": schema } }),
            json!({ "allOf": [schema] }),
            json!({ "anyOf": [schema, false] }),
            json!({ "oneOf": [false, schema] }),
            json!({ "allOf": [true, { "anyOf": [schema] }] }),
            json!({ "if": schema, "else": false }),
        ] {
            prop_assert_eq!(fits(&same, &value), expected, "{}", same);
        }
        prop_assert_eq!(fits(&json!({ "not": schema }), &value), !expected);
        prop_assert_eq!(fits(&json!({ "if": schema, "then": false }), &value), !expected);
    }

    #[test]
    fn a_value_fits_the_enum_that_lists_it(value in value()) {
        let listed = value.clone().into_canonical_extjson();
        let schemas = [json!({ "enum": ["other", listed] }), json!({ "const": listed })];
        prop_assert_eq!(schemas.map(|schema| fits(&schema, &value)), [true, true]);
    }

    /// Whoever loses a required property loses nothing else.
    #[test]
    fn exactly_the_missing_properties_are_missed(
        names in proptest::sample::subsequence(vec!["a", "b", "c", "d", "e"], 0..=5),
        missing in proptest::sample::subsequence(vec!["a", "b", "c", "d", "e"], 0..=5),
    ) {
        let schema = json!({ "required": names });
        let present = ["e", "c", "a", "b", "d"].into_iter().filter(|name| !missing.contains(name));
        let document: bson::Document = present.map(|name| (name.to_owned(), Bson::Null)).collect();
        let document = RawDocumentBuf::try_from(&document).unwrap();
        let expected: Vec<_> = names
            .iter()
            .filter(|name| missing.contains(name))
            .map(|name| format!("{name} required"))
            .collect();
        prop_assert_eq!(violations(&schema, NullRules::STRICT, &document), expected);
    }

    /// Bytes that the walk cannot read are a violation at most.
    #[test]
    fn damage_never_makes_the_walk_panic(
        schema in schema(),
        value in value(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let validator = Validator::compile(
            &json!({ "properties": { "v": schema } }),
            NullRules::STRICT,
        ).unwrap();
        let document = RawDocumentBuf::try_from(&bson::doc! { "v": value }).unwrap();
        let mut bytes = document.into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(document) = bson::RawDocument::from_bytes(&bytes) {
            let verdict = validator.validate(document);
            prop_assert!(verdict.is_ok() || verdict.unwrap_err().iter().count() > 0);
        }
    }
}
