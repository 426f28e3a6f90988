//! The schema of a class, all of it constant.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};

use crate::{
    attr::{
        Keyed,
        class::Granularity,
        field::{Bound, DefaultValue},
    },
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
    let properties = class
        .properties
        .iter()
        .enumerate()
        .map(|(position, property)| self::property(p, position, property));
    quote! {
        const PROPERTIES: &'static [#p::PropertySchema] = &[#(#properties),*];
    }
}

fn property(p: &TokenStream, position: usize, property: &Property) -> TokenStream {
    let Property { ty, cfg, name, role, description, constraints, default, .. } = property;
    let described = description.as_ref().map(|text| quote!(.described(#text)));
    let constrained = (!constraints.is_empty()).then(|| {
        let rules = constraints.iter().map(|constraint| {
            let asked = asked_by(constraint.key, ty);
            rule(p, &asked, &constraint.rule)
        });
        quote!(.constrained(#p::Constraints::NONE #(#rules)*))
    });
    let fit = match role {
        Role::Plain => quote!(true),
        Role::PrimaryKey => quote!(<#ty as #p::PrimaryKey>::IS_PRIMARY_KEY),
        Role::Time => quote!(<#ty as #p::DateProperty>::IS_DATE),
    };
    let arguments = quote! {
        #name,
        <#ty as #p::Property>::TYPE,
        <#ty as #p::Property>::OPTIONAL,
        <#ty as #p::Property>::TWICE_OPTIONAL,
        <#ty as #p::Property>::ALLOWED,
        #fit,
    };
    let plain = call(first_span(ty), quote!(#p::property), arguments);
    let schema = quote!(#plain #described #constrained);
    let schema = match default {
        Some(default) => with_default(p, position, ty, default, &schema),
        None => schema,
    };
    quote!(#(#cfg)* #schema)
}

/// A call at another place: where the function panics, the compiler points there.
fn call(at: Span, function: TokenStream, arguments: TokenStream) -> TokenStream {
    let function = placed_at(at, function);
    let mut arguments = Group::new(Delimiter::Parenthesis, arguments);
    arguments.set_span(at.resolved_at(Span::call_site()));
    quote!(#function #arguments)
}

/// The schema of a property with its default, which is a constant of the field's type, or what the
/// class states; whether it breaks a rule is found out by evaluating the schema.
fn with_default(
    p: &TokenStream,
    position: usize,
    ty: &syn::Type,
    default: &Keyed<DefaultValue>,
    schema: &TokenStream,
) -> TokenStream {
    let asked = asked_by(default.key, ty);
    let (function, value) = match default.value {
        DefaultValue::Own => {
            (quote!(#p::with_own_default), quote!(<#asked as #p::Defaultable>::ZERO))
        }
        DefaultValue::Stated(_) => {
            let constant = quote!(<#asked as #p::Defaultable>::Constant);
            let value = quote!(<#constant as #p::DefaultConstant<Self, #position>>::DEFAULT);
            (quote!(#p::with_default), placed_at(default.key, value))
        }
    };
    call(default.key, function, quote!(#schema, #value))
}

/// Emits one implementation for each default that is an expression: the expression then stands in
/// the scope of the class, and the compiler itself says what does not fit the type of the field.
/// The condition, which may stand where it does not hold because it names a lifetime, leaves it to
/// the schema to report a type without defaults. Beside lifetimes of the class it would keep the
/// compiler from looking up what the constant's type is.
pub(super) fn stated_defaults(p: &TokenStream, class: &Class) -> TokenStream {
    let Class { ident, generics, .. } = class;
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let own: Vec<_> = conditions.iter().flat_map(|conditions| &conditions.predicates).collect();
    let borrows = !generics.params.is_empty();
    let stated = class.properties.iter().enumerate().filter_map(|(position, property)| {
        let Property { ty, cfg, default, .. } = property;
        let Keyed { key, value: DefaultValue::Stated(value) } = default.as_ref()? else {
            return None;
        };
        let asked = asked_by(*key, ty);
        let constant = placed_at(*key, quote!(<#asked as #p::Defaultable>::Constant));
        let condition = (!borrows).then(|| quote!(for<'__asymmetric> #asked: #p::Defaultable,));
        Some(quote! {
            #(#cfg)*
            #[automatically_derived]
            impl #parameters #p::StatesDefault<#position> for #ident #arguments
            where #condition #(#own),*
            {
                type Constant = #constant;
                const CONSTANT: #constant = #value;
            }
        })
    });
    stated.collect()
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
pub(super) fn asked_by(key: Span, ty: &syn::Type) -> TokenStream {
    placed_at(key, ty.to_token_stream())
}

/// The same tokens, as if they stood elsewhere. Names keep their meaning.
pub(crate) fn placed_at(span: Span, tokens: TokenStream) -> TokenStream {
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

/// Where a type stands.
pub(crate) fn first_span(ty: &syn::Type) -> Span {
    ty.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
