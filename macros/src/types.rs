//! Types of fields that can be told to be wrong by their looks, with advice that the compiler
//! could not give. All others are judged by the trait `Property`.

use quote::ToTokens as _;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, Type};

use crate::sink::Sink;

/// Types of the standard library that MongoDB has no counterpart for, and what to use.
const REFUSED: &[(&str, &str)] = &[
    ("u64", "use `i64`, or `Decimal128` for numbers that do not fit"),
    ("u128", "use `Decimal128`, `i64`, or `Uuid` if it is an identifier"),
    ("i128", "use `Decimal128`, or `i64`"),
    ("usize", "use `i64`: what is stored must not depend on the device"),
    ("isize", "use `i64`: what is stored must not depend on the device"),
    ("char", "use `String`"),
    ("str", "use `String`"),
    ("Instant", "use `SystemTime` or `DateTime`: an `Instant` means nothing on another machine"),
    ("NaiveDateTime", "use `chrono::DateTime<Utc>`: what is stored is an instant, in UTC"),
    ("NaiveDate", "use `String`, or `chrono::DateTime<Utc>` if an instant is meant"),
    ("PrimitiveDateTime", "use `time::UtcDateTime`: what is stored is an instant, in UTC"),
    ("Zoned", "use `jiff::Timestamp`: what is stored is an instant, in UTC"),
    ("Duration", "store a number and say the unit in its name: `elapsed_ms: i64`"),
    ("PathBuf", "use `String`"),
    ("OsString", "use `String`"),
];

/// Pointers and cells, which add nothing to a value that is stored.
const WRAPPERS: &[&str] = &["Box", "Rc", "Arc", "Cell", "RefCell", "Mutex", "RwLock"];

/// Reports what is wrong with the type of a field of `class`, inside and out.
pub(crate) fn check(ty: &Type, class: &Ident, sink: &mut Sink) {
    match ty {
        Type::Path(path) => {
            let Some(segment) = path.path.segments.last() else { return };
            check_named(segment, path.path.segments.len() == 1, class, sink);
        }
        Type::Reference(reference) => match &*reference.elem {
            // Borrowed strings and slices are fine, `str` elsewhere is not.
            Type::Path(path) if path.path.is_ident("str") => {}
            Type::Slice(slice) => check(&slice.elem, class, sink),
            other => check(other, class, sink),
        },
        Type::Array(array) => check(&array.elem, class, sink),
        Type::Paren(inner) => check(&inner.elem, class, sink),
        Type::Group(inner) => check(&inner.elem, class, sink),
        Type::Tuple(tuple) if tuple.elems.is_empty() => refuse(
            ty,
            "`()` holds nothing to store",
            "remove the field, or put `#[asymmetric(skip)]` on it",
            sink,
        ),
        Type::Tuple(_) => refuse(
            ty,
            "a tuple has no names to store its parts under",
            "declare a struct with `#[embedded]`; a `Vec` if the parts are alike",
            sink,
        ),
        Type::Ptr(_) | Type::FnPtr(_) | Type::TraitObject(_) | Type::ImplTrait(_) => refuse(
            ty,
            format!("`{}` cannot be stored", text(ty)),
            "properties hold values; put `#[asymmetric(skip)]` on the field if it should not be stored",
            sink,
        ),
        // Left to the compiler: it knows best what is wrong with these.
        _ => {}
    }
}

fn check_named(segment: &PathSegment, alone: bool, class: &Ident, sink: &mut Sink) {
    let name = segment.ident.to_string();
    if alone && (segment.ident == *class || name == "Self") {
        sink.at_with_help(
            segment.ident.span(),
            format!("`{class}` contains itself"),
            "a schema is finite: keep all of them in one list of the object that embeds them",
        );
        return;
    }
    if segment.arguments.is_none() {
        if let Some((_, advice)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            let message = format!("MongoDB has no counterpart of `{name}`");
            sink.at_with_help(segment.ident.span(), message, advice);
        }
        return;
    }
    for inner in arguments(segment) {
        if name == "Option" && is_option(inner) {
            refuse(
                inner,
                "an `Option` in an `Option` cannot be stored",
                "a property is there or not: write one `Option`",
                sink,
            );
        }
        // `Box<str>`, `Arc<str>` and `Cow<str>` are strings.
        if matches!(inner, Type::Path(path) if path.path.is_ident("str")) {
            continue;
        }
        let before = sink.count();
        check(inner, class, sink);
        if WRAPPERS.contains(&name.as_str()) && sink.count() == before {
            sink.at_with_help(
                segment.ident.span(),
                format!("`{name}<{}>` cannot be stored", text(inner)),
                format!("objects are written and gone, and share nothing: write `{}`", text(inner)),
            );
        }
    }
}

/// Whether the type looks like an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| {
        segment.ident == "Option" && !segment.arguments.is_none()
    }))
}

/// The types in angle brackets.
fn arguments(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// A type as people write it.
pub(crate) fn text(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in
        [(" < ", "<"), ("< ", "<"), (" >", ">"), (" ::", "::"), (":: ", "::"), (" ,", ",")]
    {
        text = text.replace(spaced, tight);
    }
    text
}

fn refuse(ty: &Type, message: impl std::fmt::Display, help: &str, sink: &mut Sink) {
    sink.on_with_help(ty, message, help);
}
