//! What holds for the rules together, whatever the schemas.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::document::strategies;

fn worst(findings: &[Finding]) -> Option<Verdict> {
    findings.iter().map(|finding| finding.rule.verdict).max()
}

proptest! {
    #[test]
    fn a_version_does_not_differ_from_itself(class in strategies::class()) {
        let classes = [class];
        prop_assert_eq!(compare(&classes, &classes), []);
    }

    #[test]
    fn what_is_additive_both_ways_is_equal(
        (old, new) in (strategies::realm(), strategies::realm())
    ) {
        let (forwards, backwards) = (compare(&old, &new), compare(&new, &old));
        if worst(&forwards).max(worst(&backwards)) <= Some(Verdict::Additive) {
            prop_assert_eq!(&forwards, &[]);
            prop_assert_eq!(&backwards, &[]);
        }
    }

    #[test]
    fn a_difference_is_seen_from_both_sides(
        (old, new) in (strategies::edited_class())
    ) {
        let at = |findings: Vec<Finding>| {
            findings.into_iter().map(|finding| finding.at).collect::<BTreeSet<_>>()
        };
        let (old, new) = ([old], [new]);
        prop_assert_eq!(at(compare(&old, &new)), at(compare(&new, &old)));
    }

    #[test]
    fn classes_without_findings_have_one_fingerprint(
        (old, new) in (strategies::edited_class())
    ) {
        let equal = old.fingerprint() == new.fingerprint();
        prop_assert_eq!(compare(&[old], &[new]).is_empty(), equal);
    }
}
