//! Comparing what restricts the values of a property.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::{Additional, Node};

/// Which way a constraint moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// It refuses more.
    Tightened,
    /// It refuses less.
    Relaxed,
}

/// What moved this way, as a sentence; `None` if nothing did.
pub(super) fn changes(old: &Node, new: &Node, direction: Direction) -> Option<String> {
    let found: Vec<String> = all(old, new)
        .into_iter()
        .flatten()
        .filter(|(way, _)| *way == direction)
        .map(|(_, change)| change)
        .collect();
    (!found.is_empty()).then(|| found.join(", "))
}

type Change = (Direction, String);

fn all(old: &Node, new: &Node) -> Vec<Option<Change>> {
    let closed = |node: &Node| node.additional_properties == Some(Additional::Allowed(false));
    let lower = |keyword, old, new| bound(keyword, old, new, Ordering::Greater);
    let upper = |keyword, old, new| bound(keyword, old, new, Ordering::Less);
    vec![
        lower(
            "minimum",
            Bound::of(old.minimum.as_ref(), old.exclusive_minimum),
            Bound::of(new.minimum.as_ref(), new.exclusive_minimum),
        ),
        upper(
            "maximum",
            Bound::of(old.maximum.as_ref(), old.exclusive_maximum),
            Bound::of(new.maximum.as_ref(), new.exclusive_maximum),
        ),
        lower(
            "minLength",
            Bound::of(old.min_length.as_ref(), None),
            Bound::of(new.min_length.as_ref(), None),
        ),
        upper(
            "maxLength",
            Bound::of(old.max_length.as_ref(), None),
            Bound::of(new.max_length.as_ref(), None),
        ),
        lower(
            "minItems",
            Bound::of(old.min_items.as_ref(), None),
            Bound::of(new.min_items.as_ref(), None),
        ),
        upper(
            "maxItems",
            Bound::of(old.max_items.as_ref(), None),
            Bound::of(new.max_items.as_ref(), None),
        ),
        pattern(old.pattern.as_deref(), new.pattern.as_deref()),
        match (closed(old), closed(new)) {
            (false, true) => Some((Direction::Tightened, "unknown keys are refused".to_owned())),
            (true, false) => Some((Direction::Relaxed, "unknown keys are allowed".to_owned())),
            _ => None,
        },
    ]
}

/// A bound that is in force.
#[derive(Clone, Copy)]
struct Bound<'a> {
    number: &'a Number,
    exclusive: bool,
}

impl<'a> Bound<'a> {
    fn of(number: Option<&'a Number>, exclusive: Option<bool>) -> Option<Self> {
        let exclusive = exclusive == Some(true);
        number.map(|number| Self { number, exclusive })
    }
}

/// A bound is tighter if its number lies in the direction `tighter`, or is excluded.
fn bound(
    keyword: &str,
    old: Option<Bound<'_>>,
    new: Option<Bound<'_>>,
    tighter: Ordering,
) -> Option<Change> {
    match (old, new) {
        (None, None) => None,
        (None, Some(new)) => {
            Some((Direction::Tightened, format!("`{keyword}` {} is new", new.number)))
        }
        (Some(old), None) => {
            Some((Direction::Relaxed, format!("`{keyword}` {} is gone", old.number)))
        }
        (Some(old), Some(new)) => {
            let order = compare(new.number, old.number);
            let order = if order == Ordering::Equal {
                match (old.exclusive, new.exclusive) {
                    (false, true) => tighter,
                    (true, false) => tighter.reverse(),
                    _ => return None,
                }
            } else {
                order
            };
            let way = if order == tighter { Direction::Tightened } else { Direction::Relaxed };
            let excluded = |bound: Bound<'_>| if bound.exclusive { " excluded" } else { "" };
            Some((
                way,
                format!(
                    "`{keyword}` {}{} became {}{}",
                    old.number,
                    excluded(old),
                    new.number,
                    excluded(new)
                ),
            ))
        }
    }
}

fn compare(a: &Number, b: &Number) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_i128(), b.as_i128()) {
        return a.cmp(&b);
    }
    let float = |number: &Number| number.as_f64().unwrap_or(0.0);
    float(a).total_cmp(&float(b))
}

fn pattern(old: Option<&str>, new: Option<&str>) -> Option<Change> {
    match (old, new) {
        (None, Some(new)) => Some((Direction::Tightened, format!("`pattern` `{new}` is new"))),
        (Some(old), None) => Some((Direction::Relaxed, format!("`pattern` `{old}` is gone"))),
        (Some(old), Some(new)) if old != new => {
            Some((Direction::Tightened, format!("`pattern` `{old}` became `{new}`")))
        }
        _ => None,
    }
}

/// Values as a list for a sentence.
pub(super) fn list<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}
