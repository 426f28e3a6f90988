//! Names of properties, classes and places, and which of them MongoDB refuses.

use std::fmt::Display;

use crate::{attr::Spanned, sink::Sink};

/// The persisted name of the primary key.
pub(crate) const PRIMARY_KEY_NAME: &str = "_id";

/// Longest title of a class, in bytes.
const MAX_TITLE_BYTES: usize = 57;

/// Longest name of a database, in bytes.
const MAX_DATABASE_BYTES: usize = 63;

/// Words of the Realm query language: no property can be named so, in any mix of cases.
const RESERVED: &[&str] = &[
    "and",
    "asc",
    "ascending",
    "beginswith",
    "between",
    "contains",
    "desc",
    "descending",
    "distinct",
    "endswith",
    "falsepredicate",
    "inf",
    "infinity",
    "like",
    "limit",
    "nan",
    "nil",
    "null",
    "or",
    "sort",
    "subquery",
    "truepredicate",
];

/// The same, but only in these cases.
const RESERVED_AS_WRITTEN: &[&str] = &[
    "ALL", "ANY", "B64", "FALSE", "IN", "NONE", "NOT", "SOME", "TRUE", "all", "any", "false", "in",
    "none", "not", "oid", "some", "true", "uuid",
];

/// Reports what is wrong with the persisted name of a property that is no primary key, and whether
/// that is nothing.
pub(crate) fn check_property(name: &Spanned<String>, sink: &mut Sink) -> bool {
    let Spanned { span, value } = name;
    let (message, help) = if value.is_empty() {
        ("a persisted name cannot be empty".to_owned(), "remove `rename`, or give it a name")
    } else if value == PRIMARY_KEY_NAME {
        (
            format!("only the primary key is persisted as `{value}`"),
            "mark the field `#[asymmetric(primary_key)]`, or rename it",
        )
    } else if let Some(refused) = value.chars().find(|c| matches!(c, '$' | '.' | '\0')) {
        (
            format!("a persisted name cannot hold `{}`", written(refused)),
            "MongoDB gives `$`, `.` and NUL a meaning of their own: use letters, digits and `_`",
        )
    } else if is_reserved(value) {
        (
            format!("`{value}` is a word of the query language and cannot name a property"),
            "give it another name: `#[asymmetric(rename = \"..\")]`",
        )
    } else {
        return true;
    };
    sink.at_with_help(*span, message, help);
    false
}

/// A character as it is written in a string.
fn written(character: char) -> String {
    if character == '\0' { "\\0".to_owned() } else { character.escape_default().to_string() }
}

fn is_reserved(name: &str) -> bool {
    RESERVED_AS_WRITTEN.contains(&name)
        || RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Reports what is wrong with the title of a class.
pub(crate) fn check_title(title: &Spanned<String>, sink: &mut Sink) {
    let length = title.value.len();
    if length == 0 {
        refuse(
            title,
            "a title cannot be empty",
            "remove `title` to use the name of the struct",
            sink,
        );
    } else if length > MAX_TITLE_BYTES {
        let message = format!("a title has at most {MAX_TITLE_BYTES} bytes, this one has {length}");
        refuse(title, message, "give the class a shorter one: `title = \"..\"`", sink);
    } else if title.value.contains('\0') {
        refuse(title, "a title cannot hold NUL", "use letters, digits and `_`", sink);
    }
}

/// Reports what is wrong with the name of a data source.
pub(crate) fn check_data_source(name: &Spanned<String>, sink: &mut Sink) {
    let refused = name.value.chars().find(|c| matches!(c, '/' | '\\' | '\0'));
    if name.value.is_empty() {
        refuse(
            name,
            "a data source has a name",
            "remove `data_source` to use `mongodb-atlas`",
            sink,
        );
    } else if let Some(refused) = refused {
        let message = format!("a data source cannot hold `{}`", written(refused));
        refuse(name, message, "write the name that App Services shows", sink);
    }
}

/// Reports what is wrong with the name of a database.
pub(crate) fn check_database(name: &Spanned<String>, sink: &mut Sink) {
    let refused =
        name.value.chars().find(|c| matches!(c, '/' | '\\' | '.' | ' ' | '"' | '$' | '\0'));
    let length = name.value.len();
    if length == 0 {
        refuse(name, "a database has a name", "remove `database` to use `app`", sink);
    } else if length > MAX_DATABASE_BYTES {
        let message =
            format!("a database has at most {MAX_DATABASE_BYTES} bytes, this one has {length}");
        refuse(name, message, "give it a shorter one", sink);
    } else if let Some(refused) = refused {
        let message = format!("the name of a database cannot hold `{}`", written(refused));
        refuse(name, message, "use letters, digits, `_` and `-`", sink);
    }
}

/// Reports what is wrong with the name of a collection.
pub(crate) fn check_collection(name: &Spanned<String>, sink: &mut Sink) {
    let refused = name.value.chars().find(|c| matches!(c, '$' | '\0' | '/' | '\\'));
    if name.value.is_empty() {
        refuse(name, "a collection has a name", "remove `collection` to use the title", sink);
    } else if let Some(refused) = refused {
        let message = format!("the name of a collection cannot hold `{}`", written(refused));
        refuse(name, message, "use letters, digits, `_` and `-`", sink);
    } else if name.value.starts_with("system.") {
        let help = "give it another name";
        refuse(name, "collections named `system.` are MongoDB's own", help, sink);
    }
}

fn refuse(name: &Spanned<String>, message: impl Display, help: &str, sink: &mut Sink) {
    sink.at_with_help(name.span, message, help);
}
