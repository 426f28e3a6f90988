//! What each operator does.

use bson::{Bson, DateTime, Document, Timestamp};

use super::{
    Operator, list,
    place::{find, put, take},
};
use crate::query::{QueryError, arithmetic::Arithmetic, order::order_of};

pub(super) fn apply(
    operator: Operator,
    document: &mut Document,
    path: &[String],
    value: &Bson,
) -> Result<(), QueryError> {
    let wrong = |operator, wanted| Err(QueryError::argument(operator, wanted));
    match operator {
        Operator::Set | Operator::SetOnInsert => put(document, path, value.clone()),
        Operator::Unset => {
            take(document, path);
            Ok(())
        }
        Operator::Rename => {
            let Some(to) = value.as_str().filter(|to| !to.is_empty()) else {
                return wrong("$rename", "names of fields");
            };
            let to: Vec<_> = to.split('.').map(str::to_owned).collect();
            if to.iter().any(|name| name.is_empty() || name.starts_with('$')) {
                return Err(QueryError::Path(to.join(".")));
            }
            match take(document, path) {
                Some(value) => put(document, &to, value),
                None => Ok(()),
            }
        }
        Operator::Increment | Operator::Multiply => {
            let (name, arithmetic) = match operator {
                Operator::Multiply => ("$mul", Arithmetic::Multiply),
                _ => ("$inc", Arithmetic::Add),
            };
            let zero = Bson::Int32(0);
            let old = find(document, path).unwrap_or(&zero);
            match arithmetic.apply(old, value) {
                Some(new) => put(document, path, new),
                None => wrong(name, "numbers, and makes one of 64 bits at most"),
            }
        }
        Operator::Minimum | Operator::Maximum => {
            let better = find(document, path).is_none_or(|old| {
                let order = order_of(value, old);
                if operator == Operator::Minimum { order.is_lt() } else { order.is_gt() }
            });
            if better { put(document, path, value.clone()) } else { Ok(()) }
        }
        Operator::Bits => match bits(find(document, path), value) {
            Some(new) => put(document, path, new),
            None => wrong("$bit", "`and`, `or` and `xor` with whole numbers"),
        },
        Operator::CurrentDate => {
            let kind = value.as_document().and_then(|kind| kind.get_str("$type").ok());
            match (value, kind) {
                (Bson::Boolean(true), _) | (_, Some("date")) => {
                    put(document, path, DateTime::now().into())
                }
                (_, Some("timestamp")) => {
                    let seconds = DateTime::now().timestamp_millis() / 1000;
                    let time = u32::try_from(seconds).unwrap_or(u32::MAX);
                    put(document, path, Bson::Timestamp(Timestamp { time, increment: 1 }))
                }
                _ => wrong("$currentDate", "true, or a `$type` of \"date\" or \"timestamp\""),
            }
        }
        Operator::Push
        | Operator::AddToSet
        | Operator::Pull
        | Operator::PullAll
        | Operator::Pop => list::apply(operator, document, path, value),
    }
}

fn bits(old: Option<&Bson>, operations: &Bson) -> Option<Bson> {
    let mut result = old.cloned().unwrap_or(Bson::Int32(0));
    for (name, operand) in operations.as_document().filter(|all| !all.is_empty())? {
        let wide: fn(i64, i64) -> i64 = match name.as_str() {
            "and" => |a, b| a & b,
            "or" => |a, b| a | b,
            "xor" => |a, b| a ^ b,
            _ => return None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "bits of 32 make bits of 32")]
        let narrow = |a: i32, b: i32| wide(a.into(), b.into()) as i32;
        result = match (&result, operand) {
            (Bson::Int32(a), Bson::Int32(b)) => Bson::Int32(narrow(*a, *b)),
            (Bson::Int32(a), Bson::Int64(b)) => Bson::Int64(wide((*a).into(), *b)),
            (Bson::Int64(a), Bson::Int32(b)) => Bson::Int64(wide(*a, (*b).into())),
            (Bson::Int64(a), Bson::Int64(b)) => Bson::Int64(wide(*a, *b)),
            _ => return None,
        };
    }
    Some(result)
}
