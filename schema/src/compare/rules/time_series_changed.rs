//! Other time-series options.

use super::{ClassPair, Find, Rule, Verdict};
use crate::{TimeSeries, to_canonical_string};

pub(super) const RULE: Rule = Rule {
    id: "time_series_changed",
    verdict: Verdict::Destructive,
    meaning: "A collection became a time-series collection, ceased to be one, or has other \
        options. MongoDB cannot change that of a collection that exists: it has to be made anew.",
    advice: "Make a new class with a collection of its own; or create the collection anew and \
        allow the change.",
    find: Find::Class(find),
};

fn find(pair: &ClassPair<'_>) -> Option<String> {
    let (old, new) = pair.both()?;
    let options = |series: &Option<TimeSeries>| match series {
        None => "no time series".to_owned(),
        Some(series) => to_canonical_string(&series.to_json()),
    };
    (old.time_series != new.time_series)
        .then(|| format!("{} became {}", options(&old.time_series), options(&new.time_series)))
}
