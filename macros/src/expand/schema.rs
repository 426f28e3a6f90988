//! The schema of a class, all of it constant.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};

use crate::{
    attr::class::Granularity,
    attr::field::{Bound, DefaultValue},
    checked::Rule,
    checked::{Class, Property, Role},
    input::Kind,
};

/// Emits `PROPERTIES`: one element per stored field, under the field's `#[cfg]`.
///
/// - type, optionality and allowed strings are asked of the field's type, always in the same
///   words: where the type is no property, the compiler then says so once;
/// - what the property is for is asked of the type too, as a constant that is always true.
pub(super) fn properties(p: &TokenStream, class: &Class) -> TokenStream {
    let properties = class.properties.iter().map(|property| self::property(p, property));
    quote! {
        const PROPERTIES: &'static [#p::PropertySchema] = &[#(#properties),*];
    }
}

fn property(p: &TokenStream, property: &Property) -> TokenStream {
    let Property { ty, cfg, name, role, description, constraints, default, .. } = property;
    let described = description.as_ref().map(|text| quote!(.described(#text)));
    let constrained = (!constraints.is_empty()).then(|| {
        let rules = constraints.iter().map(|constraint| {
            let asked = asked_by(constraint.key, ty);
            rule(p, &asked, &constraint.rule)
        });
        quote!(.constrained(#p::Constraints::NONE #(#rules)*))
    });
    let defaulting = default.as_ref().map(|(key, value)| {
        let value = self::default(p, &asked_by(*key, ty), value);
        quote!(.defaulting_to(#value))
    });
    let fit = match role {
        Role::Plain => quote!(true),
        Role::PrimaryKey => quote!(<#ty as #p::PrimaryKey>::IS_PRIMARY_KEY),
        Role::Time => quote!(<#ty as #p::DateProperty>::IS_DATE),
    };
    quote! {
        #(#cfg)*
        #p::property(
            #name,
            <#ty as #p::Property>::TYPE,
            <#ty as #p::Property>::OPTIONAL,
            <#ty as #p::Property>::ALLOWED,
            #fit,
        ) #described #constrained #defaulting
    }
}

fn rule(p: &TokenStream, asked: &TokenStream, rule: &Rule) -> TokenStream {
    match rule {
        Rule::Minimum { bound, exclusive } => {
            let bound = self::bound(p, asked, bound);
            quote!(.with_minimum(#bound, #exclusive))
        }
        Rule::Maximum { bound, exclusive } => {
            let bound = self::bound(p, asked, bound);
            quote!(.with_maximum(#bound, #exclusive))
        }
        Rule::MinLength(count) => quote!(.with_min_length(#count)),
        Rule::MaxLength(count) => quote!(.with_max_length(#count)),
        Rule::Pattern(pattern) => quote!(.with_pattern(#pattern)),
        Rule::MinItems(count) => quote!(.with_min_items(#count)),
        Rule::MaxItems(count) => quote!(.with_max_items(#count)),
    }
}

/// A default as a constant expression: whether it fits is asked of the type.
fn default(p: &TokenStream, asked: &TokenStream, value: &DefaultValue) -> TokenStream {
    let fits = |literal| quote!(<#asked as #p::DefaultsTo<#literal>>::FITS);
    match value {
        DefaultValue::Bool(value) => {
            let fits = fits(quote!(#p::bool));
            quote!(#p::default_bool(#fits, #value))
        }
        DefaultValue::Number(Bound::Integer(value)) => {
            let fits = fits(quote!(#p::i64));
            quote!(#p::default_integer(#fits, <#asked as #p::Property>::TYPE, #value))
        }
        DefaultValue::Number(Bound::Double(value)) => {
            let fits = fits(quote!(#p::f64));
            quote!(#p::default_double(#fits, #value))
        }
        DefaultValue::String(value) => {
            let fits = fits(quote!(#p::str));
            quote!(#p::default_string(#fits, #value))
        }
    }
}

/// A bound as a constant expression:
///
/// - a fraction bounds only types that have fractions;
/// - a whole number bounds all numbers, and becomes a double for those.
pub(super) fn bound(p: &TokenStream, asked: &TokenStream, bound: &Bound) -> TokenStream {
    match bound {
        Bound::Integer(value) => quote!(#p::whole(<#asked as #p::Number>::WHOLE, #value)),
        Bound::Double(value) => {
            quote!(#p::fraction(<#asked as #p::Fractional>::HAS_FRACTIONS, #value))
        }
    }
}

/// Emits `SCHEMA`: title and properties, then whatever the attribute says beyond that.
pub(super) fn schema(p: &TokenStream, class: &Class) -> TokenStream {
    let (schema, object) = match class.kind {
        Kind::Asymmetric => (quote!(ObjectSchema), quote!(AsymmetricObject)),
        Kind::Embedded => (quote!(EmbeddedSchema), quote!(EmbeddedObject)),
    };
    let Class { title, .. } = class;
    let described = class.description.as_ref().map(|text| quote!(.described(#text)));
    let data_source = class.data_source.as_ref().map(|name| quote!(.in_data_source(#name)));
    let database = class.database.as_ref().map(|name| quote!(.in_database(#name)));
    let collection = class.collection.as_ref().map(|name| quote!(.in_collection(#name)));
    let time_series = class.time_series.as_ref().map(|options| {
        let time = &options.time;
        let meta = options.meta.as_ref().map_or_else(
            || quote!(#p::Option::None),
            |meta| quote!(#p::Option::Some(#p::Shared::Static(#meta))),
        );
        let granularity = match options.granularity.unwrap_or(Granularity::Seconds) {
            Granularity::Seconds => quote!(Seconds),
            Granularity::Minutes => quote!(Minutes),
            Granularity::Hours => quote!(Hours),
        };
        quote! {
            .as_time_series(#p::TimeSeries {
                time: #p::Shared::Static(#time),
                meta: #meta,
                granularity: #p::Granularity::#granularity,
            })
        }
    });
    quote! {
        const SCHEMA: #p::#schema =
            #p::#schema::new(#title, <Self as #p::#object>::PROPERTIES)
                #described #data_source #database #collection #time_series;
    }
}

/// The type of a field at the place of the key that asks something of it: where the type cannot
/// answer, the compiler then points at the key.
pub(super) fn asked_by(key: proc_macro2::Span, ty: &syn::Type) -> TokenStream {
    placed_at(key, ty.to_token_stream())
}

/// The same tokens, as if they stood elsewhere. Names keep their meaning.
pub(crate) fn placed_at(span: proc_macro2::Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let stream = placed_at(span, group.stream());
            let mut moved = Group::new(group.delimiter(), stream);
            moved.set_span(span.resolved_at(group.span()));
            moved.into()
        }
        mut token => {
            token.set_span(span.resolved_at(token.span()));
            token
        }
    });
    moved.collect()
}
