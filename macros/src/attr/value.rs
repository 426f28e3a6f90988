//! The values of entries.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{Lit, parse::Parser as _, spanned::Spanned as _};

use super::{Entry, Keyed, Spanned, entry::Form};
use crate::{case::Case, sink::Sink, suggest};

/// A number as a bound of a property.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    Integer(i64),
    Double(f64),
}

/// What `default` says that a property holds where a writer does not know it.
#[derive(Clone)]
pub(crate) enum DefaultValue {
    /// The zero or the empty value of the type: `default` alone.
    Own,
    /// A constant expression.
    Stated(syn::Expr),
}

impl Bound {
    /// Reads a number with or without a minus sign; `None` if it does not fit 64 bits.
    fn parse(tokens: TokenStream) -> Option<Self> {
        // A minus sign is a token of its own before the literal.
        let parser = |input: syn::parse::ParseStream| {
            let minus: Option<syn::Token![-]> = input.parse()?;
            Ok((if minus.is_some() { "-" } else { "" }, input.parse::<Lit>()?))
        };
        match parser.parse2(tokens).ok()? {
            (sign, Lit::Int(number)) => {
                format!("{sign}{}", number.base10_digits()).parse().map(Self::Integer).ok()
            }
            (sign, Lit::Float(number)) => {
                let value = format!("{sign}{}", number.base10_digits()).parse::<f64>();
                value.ok().filter(|value| value.is_finite()).map(Self::Double)
            }
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "only to compare a minimum with a maximum")]
    pub(crate) fn as_f64(&self) -> f64 {
        match self {
            Self::Integer(value) => *value as f64,
            Self::Double(value) => *value,
        }
    }
}

impl Entry {
    /// Where `key` stands, which must be alone. If it is not, it still says what is meant.
    pub(super) fn word(&self, sink: &mut Sink) -> Span {
        let key = &self.key;
        let value = match &self.form {
            Form::Word => None,
            Form::Value(equals, value) => Some(value.span_or(*equals)),
            Form::List(span, _) => Some(*span),
        };
        if let Some(span) = value {
            let help = format!("write `{key}` alone");
            sink.at_with_help(span, format!("`{key}` takes no value"), help);
        }
        key.span()
    }

    /// The value of `key = "text"`.
    pub(crate) fn string(&self, example: &str, sink: &mut Sink) -> Option<Keyed<Spanned<String>>> {
        let key = &self.key;
        match self.literal(sink, &format!("{key} = \"{example}\""))? {
            Lit::Str(text) => {
                let value = Spanned { span: text.span(), value: text.value() };
                Some(Keyed { key: key.span(), value })
            }
            other => {
                let message = format!("`{key}` takes a string");
                let help = format!("write `{key} = \"{example}\"`");
                sink.at_with_help(other.span(), message, help);
                None
            }
        }
    }

    /// The value of `rename_all = "camelCase"`.
    pub(crate) fn case(&self, sink: &mut Sink) -> Option<Case> {
        let text = self.string("camelCase", sink)?.value;
        let case = Case::named(&text.value);
        if case.is_none() {
            let known = Case::ALL.map(|(name, _)| name);
            let help = if let Some(meant) = suggest::nearest(&text.value, known) {
                format!("did you mean \"{meant}\"?")
            } else {
                let known = known.map(|name| format!("\"{name}\""));
                format!("known are {}", known.join(", "))
            };
            let message = format!("\"{}\" is no convention for names", text.value);
            sink.at_with_help(text.span, message, help);
        }
        case
    }

    /// The value of `key = 12`: a length or a number of elements.
    pub(super) fn count(&self, sink: &mut Sink) -> Option<Keyed<u64>> {
        let key = &self.key;
        let help = || format!("write a whole number: `{key} = 64`");
        match self.literal(sink, &format!("{key} = 64"))? {
            Lit::Int(number) => {
                let value = number.base10_parse::<u64>().ok();
                if value.is_none() {
                    sink.at_with_help(number.span(), format!("`{number}` is no count"), help());
                }
                value.map(|value| Keyed { key: key.span(), value })
            }
            other => {
                sink.at_with_help(other.span(), format!("`{key}` counts"), help());
                None
            }
        }
    }

    /// The value of `key = -1.5`.
    pub(super) fn bound(&self, sink: &mut Sink) -> Option<Keyed<Bound>> {
        let key = &self.key;
        let Form::Value(equals, tokens) = &self.form else {
            self.missing_value(&format!("{key} = 150"), sink);
            return None;
        };
        let value = Bound::parse(tokens.clone());
        if value.is_none() {
            sink.at_with_help(
                tokens.span_or(*equals),
                format!("`{key}` takes a number"),
                format!("write a literal that fits 64 bits: `{key} = -40` or `{key} = 0.5`"),
            );
        }
        value.map(|value| Keyed { key: key.span(), value })
    }

    /// `key` alone, or the constant of `key = -1.5`, `key = "text"` or `key = SOME_CONSTANT`.
    pub(super) fn default_value(&self, sink: &mut Sink) -> Option<Keyed<DefaultValue>> {
        let key = &self.key;
        let (at, value) = match &self.form {
            Form::Word => return Some(Keyed { key: key.span(), value: DefaultValue::Own }),
            Form::Value(equals, tokens) => (tokens.span_or(*equals), syn::parse2(tokens.clone())),
            Form::List(span, _) => (*span, Err(syn::Error::new(*span, ""))),
        };
        if value.is_err() {
            sink.at_with_help(
                at,
                format!("`{key}` takes a constant"),
                format!(
                    "write `{key} = true`, `{key} = -1.5`, `{key} = \"text\"` or the name of a \
                     constant; `{key}` alone is zero or empty"
                ),
            );
        }
        value.ok().map(|value| Keyed { key: key.span(), value: DefaultValue::Stated(value) })
    }

    /// The value of `key = some::path`, without quotes.
    pub(crate) fn path(&self, example: &str, sink: &mut Sink) -> Option<Keyed<syn::Path>> {
        let key = &self.key;
        let Form::Value(equals, tokens) = &self.form else {
            self.missing_value(&format!("{key} = {example}"), sink);
            return None;
        };
        if let Ok(path) = syn::Path::parse_mod_style.parse2(tokens.clone()) {
            return Some(Keyed { key: key.span(), value: path });
        }
        self.not_unquoted("a path", example, tokens.span_or(*equals), tokens, sink);
        None
    }

    /// The value of `key = name`, without quotes.
    pub(super) fn name(&self, example: &str, sink: &mut Sink) -> Option<syn::Ident> {
        let key = &self.key;
        let Form::Value(equals, tokens) = &self.form else {
            self.missing_value(&format!("{key} = {example}"), sink);
            return None;
        };
        if let Ok(name) = syn::parse2::<syn::Ident>(tokens.clone()) {
            return Some(name);
        }
        self.not_unquoted("a name", example, tokens.span_or(*equals), tokens, sink);
        None
    }

    /// Reports a value that should be `what`, which some people put into quotes.
    fn not_unquoted(
        &self,
        what: &str,
        example: &str,
        at: Span,
        value: &TokenStream,
        sink: &mut Sink,
    ) {
        let key = &self.key;
        let help = match syn::parse2::<syn::LitStr>(value.clone()) {
            Ok(text) => format!("write it without quotes: `{key} = {}`", text.value()),
            Err(_) => format!("write `{key} = {example}`"),
        };
        sink.at_with_help(at, format!("`{key}` takes {what}"), help);
    }

    fn literal(&self, sink: &mut Sink, example: &str) -> Option<Lit> {
        let Form::Value(equals, tokens) = &self.form else {
            self.missing_value(example, sink);
            return None;
        };
        let literal = syn::parse2(tokens.clone()).ok();
        let mut parts = tokens.clone().into_iter();
        if let (None, Some(TokenTree::Literal(_)), Some(next)) =
            (&literal, parts.next(), parts.next())
        {
            sink.at(next.span(), format!("expected `,` before `{next}`"));
        } else if literal.is_none() {
            let message = format!("`{}` takes a literal", self.key);
            sink.at_with_help(tokens.span_or(*equals), message, format!("write `{example}`"));
        }
        literal
    }

    fn missing_value(&self, example: &str, sink: &mut Sink) {
        let span = match &self.form {
            Form::List(span, _) => *span,
            _ => self.key.span(),
        };
        sink.at_with_help(
            span,
            format!("`{}` needs a value", self.key),
            format!("write `{example}`"),
        );
    }
}

trait SpanOr {
    /// Where the tokens stand, or another place if there are none.
    fn span_or(&self, other: Span) -> Span;
}

impl SpanOr for TokenStream {
    fn span_or(&self, other: Span) -> Span {
        if self.is_empty() { other } else { self.span() }
    }
}
