//! The rules as a page of the documentation.

use std::fmt::Write as _;

use super::{RULES, Rule, Verdict};

const HEAD: &str = "\
# Rules of compatibility

What may change in a schema, and what that does to programs in the field. `asymmetric schema check` and build scripts
judge by these rules; `asymmetric schema explain RULE` prints one of them. This page is made from the rules themselves.

A change is judged against every version that was ever accepted, because programs of every version may still be
running. What is additive needs nothing. What is breaking or destructive needs an allowance with a reason, which
`asymmetric schema breaking --allow RULE@PLACE --reason \"…\"` writes into `schema.lock`; `PLACE` is a class, or a
property below it: `Reading.wind.speed`, where `[]` steps into a list, set or map.

| rule | verdict | about |
|---|---|---|
";

/// All rules as Markdown: the content of `docs/schema-rules.md`.
#[must_use]
pub fn rules_to_markdown() -> String {
    let mut page = HEAD.to_owned();
    for rule in RULES {
        let first = rule.meaning.split_once(". ").map_or(rule.meaning, |(first, _)| first);
        let first = first.trim_end_matches('.');
        write_to(
            &mut page,
            format_args!("| [`{0}`](#{0}) | {1} | {first} |\n", rule.id, rule.verdict),
        );
    }
    for verdict in [Verdict::Additive, Verdict::Breaking, Verdict::Destructive] {
        let mut title = verdict.as_str().to_owned();
        title[..1].make_ascii_uppercase();
        write_to(&mut page, format_args!("\n## {title}\n"));
        for rule in RULES.iter().filter(|rule| rule.verdict == verdict) {
            let Rule { id, meaning, advice, .. } = rule;
            write_to(
                &mut page,
                format_args!("\n### {id}\n\n{meaning}\n\n**What to do:** {advice}\n"),
            );
        }
    }
    page
}

fn write_to(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes everything");
}
