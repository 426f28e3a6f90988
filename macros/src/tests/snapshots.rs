//! Expansions, compared with the files in `expected/`.
//!
//! `UPDATE_EXPECT=1` rewrites the files; they are meant to be read. A few more, of the compiled
//! macros, are in `tests/expand`: those need cargo-expand, and a build for each case.

use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::quote;

use crate::{derive, expand, input::Kind, realm};

/// An expansion as people would have written it.
fn formatted(expansion: TokenStream) -> String {
    let file = syn::parse2(expansion).expect("the expansion is a list of items");
    prettyplease::unparse(&file)
}

#[test]
fn an_asymmetric_class() {
    let item = quote! {
        /// One reading of one station.
        #[derive(Debug)]
        pub struct WeatherSensor {
            pub device_id: String,
            /// Made on the device.
            #[asymmetric(primary_key)]
            pub id: ObjectId,
            #[cfg(feature = "wind")]
            wind: Option<Wind>,
            #[asymmetric(skip)]
            cache: Cache,
        }
    };
    let attribute = quote!(database = "telemetry", rename_all = "camelCase");
    expect_file!["expected/asymmetric.rs"].assert_eq(&formatted(expand::class(
        Kind::Asymmetric,
        attribute,
        &item,
    )));
}

#[test]
fn an_embedded_class() {
    let item = quote! {
        struct Wind<'a> {
            #[asymmetric(minimum = 0)]
            speed: f64,
            direction: &'a str,
        }
    };
    let attribute = quote!(title = "WindVector");
    expect_file!["expected/embedded.rs"].assert_eq(&formatted(expand::class(
        Kind::Embedded,
        attribute,
        &item,
    )));
}

#[test]
fn every_constraint() {
    let item = quote! {
        struct Reading {
            #[asymmetric(primary_key)]
            id: i64,
            #[asymmetric(minimum = -40, exclusive_maximum = 60.5)]
            celsius: f64,
            #[asymmetric(min_length = 1, max_length = 8, pattern = "^[a-z]+$")]
            name: Option<String>,
            #[asymmetric(min_items = 1, max_items = 2)]
            samples: Vec<f64>,
        }
    };
    let expansion = expand::class(Kind::Asymmetric, TokenStream::new(), &item);
    expect_file!["expected/constraints.rs"].assert_eq(&formatted(expansion));
}

#[test]
fn a_default_of_every_sort() {
    let item = quote! {
        struct Reading {
            #[asymmetric(primary_key)]
            id: i64,
            #[asymmetric(default = false)]
            manual: bool,
            #[asymmetric(default = -1, minimum = -1)]
            channel: i32,
            #[asymmetric(default = 0.5)]
            weight: f64,
            #[asymmetric(default = "KJFK")]
            station: String,
            #[asymmetric(default)]
            retries: i64,
        }
    };
    let expansion = expand::class(Kind::Asymmetric, TokenStream::new(), &item);
    expect_file!["expected/default.rs"].assert_eq(&formatted(expansion));
}

#[test]
fn a_time_series_in_a_renamed_crate() {
    let item = quote! {
        struct Reading {
            #[asymmetric(primary_key)]
            id: ObjectId,
            #[asymmetric(rename = "at")]
            taken_at: DateTime,
            device: String,
        }
    };
    let attribute = quote! {
        crate = other::name, time_series(time = taken_at, meta = device, granularity = hours)
    };
    expect_file!["expected/time_series.rs"].assert_eq(&formatted(expand::class(
        Kind::Asymmetric,
        attribute,
        &item,
    )));
}

#[test]
fn a_class_with_mistakes_keeps_its_fields_and_gets_stubs() {
    let item = quote! {
        pub struct Reading {
            #[asymmetric(primary_key)]
            pub id: ObjectId,
            #[asymmetric(minlength = 3)]
            pub name: String,
            #[asymmetric(rename = "limit")]
            pub count: u64,
        }
    };
    let expansion = expand::class(Kind::Asymmetric, quote!(titel = "a"), &item);
    expect_file!["expected/mistakes.rs"].assert_eq(&formatted(expansion));
}

#[test]
fn a_realm_schema() {
    let input = quote! {
        /// What is sent.
        pub struct Telemetry = [WeatherSensor, crate::models::Press<'_>];
    };
    expect_file!["expected/realm_schema.rs"].assert_eq(&formatted(realm::expand(input)));
}

#[test]
fn a_newtype() {
    let item = quote!(
        struct Name<'a>(&'a str);
    );
    expect_file!["expected/newtype.rs"].assert_eq(&formatted(derive::newtype::expand(item)));
}

#[test]
fn an_enum_without_fields() {
    let item = quote! {
        #[property(rename_all = "kebab-case")]
        enum State {
            On,
            #[property(rename = "OFF")]
            Off,
            VeryHot,
        }
    };
    expect_file!["expected/property_enum.rs"]
        .assert_eq(&formatted(derive::property_enum::expand(item)));
}
