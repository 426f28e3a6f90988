//! Every rule over every pair of versions in `tests/rules/`, forwards and backwards.
//! `cargo xtask bless` rewrites the findings and the page of rules.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of tests are tests")]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use asymmetric_schema::{ClassDocument, Place, RULES, TimeSeries, compare, rules_to_markdown};
use expect_test::expect_file;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

/// Reads one side of a pair: a list of classes.
fn classes(path: &Path) -> Vec<ClassDocument> {
    let classes: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let class = |class: &Value| {
        let name = |index: usize| class["place"][index].as_str().unwrap().to_owned();
        let place = Place { data_source: name(0), database: name(1), collection: name(2) };
        let links = class.get("relationships").cloned();
        let mut read = ClassDocument::from_json(place, class["schema"].clone(), links).unwrap();
        read.asymmetric = class.get("asymmetric").is_none_or(|kind| kind.as_bool().unwrap());
        read.time_series =
            class.get("time_series").map(|options| TimeSeries::from_json(options.clone()).unwrap());
        read
    };
    classes.as_array().unwrap().iter().map(class).collect()
}

/// Every pair: the id of the rule it is for, and both versions.
fn pairs() -> Vec<(String, [Vec<ClassDocument>; 2])> {
    let mut pairs: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let versions = ["old.json", "new.json"].map(|side| classes(&entry.path().join(side)));
            (entry.file_name().into_string().unwrap(), versions)
        })
        .collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    pairs
}

#[test]
fn every_rule_finds_what_its_pair_is_about_and_nothing_else() {
    let mut rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(rules.len(), RULES.len(), "two rules have one id");
    for (id, [old, new]) in pairs() {
        assert!(rules.remove(id.as_str()), "{id}: no rule has this id");
        let found: BTreeSet<&str> =
            compare(&old, &new).iter().map(|finding| finding.rule.id).collect();
        assert_eq!(found, BTreeSet::from([id.as_str()]));
    }
    assert_eq!(rules, BTreeSet::new(), "rules without a pair");
}

#[test]
fn findings_of_all_rules_over_all_pairs() {
    for (id, [old, new]) in pairs() {
        let mut text = String::new();
        for (direction, findings) in
            [("forwards", compare(&old, &new)), ("backwards", compare(&new, &old))]
        {
            writeln!(text, "{direction}").unwrap();
            for finding in findings {
                writeln!(text, "  {:<11}  {finding}", finding.rule.verdict).unwrap();
            }
        }
        expect_file![folder().join(id).join("findings.txt")].assert_eq(&text);
    }
}

#[test]
fn page_of_rules_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema-rules.md");
    expect_file![page].assert_eq(&rules_to_markdown());
}
