//! Declarations in places where nothing means what it usually does.

/// Nothing is imported, not even what always is.
mod without_prelude {
    #![no_implicit_prelude]

    #[::asymmetric::asymmetric(title = "Bare", rename_all = "camelCase")]
    pub(crate) struct Reading {
        #[asymmetric(primary_key)]
        pub(crate) id: ::asymmetric::ObjectId,
        #[asymmetric(max_length = 3, pattern = "a", default = "a")]
        pub(crate) name: ::std::option::Option<::std::string::String>,
        #[asymmetric(minimum = 0, default)]
        pub(crate) counts: Count,
        pub(crate) place: Place,
        pub(crate) state: State,
    }

    #[::asymmetric::embedded]
    pub(crate) struct Place {
        #[asymmetric(max_items = 3)]
        pub(crate) heights: ::std::vec::Vec<f64>,
    }

    #[derive(::asymmetric::Property)]
    pub(crate) struct Count(pub(crate) i32);

    #[derive(::asymmetric::PropertyEnum)]
    pub(crate) enum State {
        On,
    }

    ::asymmetric::realm_schema! { pub(crate) struct Telemetry = [Reading]; }
}

/// Everything is shadowed.
mod shadowed {
    #![allow(dead_code, non_camel_case_types, reason = "they only shadow others")]

    use asymmetric::{ObjectId, asymmetric, embedded, realm_schema};

    pub(crate) struct Result;
    pub(crate) struct Option;
    pub(crate) struct Vec;
    pub(crate) struct Property;
    pub(crate) struct Schema;
    pub(crate) struct str;
    pub(crate) struct u8;
    pub(crate) struct usize;
    pub(crate) struct bool;
    pub(crate) mod core {}
    pub(crate) mod std {}

    #[asymmetric]
    pub(crate) struct String {
        #[asymmetric(primary_key)]
        pub(crate) id: ObjectId,
        #[asymmetric(minimum = 0, default = 3)]
        pub(crate) out: i32,
        pub(crate) start: Inner,
    }

    #[embedded]
    pub(crate) struct Inner {
        #[asymmetric(default)]
        pub(crate) __asymmetric_out: i32,
    }

    realm_schema! { pub(crate) struct AsymmetricObject = [String]; }
}

/// The crate goes by another name, and the original one is something else.
mod renamed {
    pub(crate) mod deep {
        pub(crate) use ::asymmetric as renamed;
    }

    #[deep::renamed::asymmetric(crate = deep::renamed)]
    pub(crate) struct Reading {
        #[asymmetric(primary_key)]
        pub(crate) id: deep::renamed::ObjectId,
        pub(crate) place: Place,
        #[asymmetric(default = 1)]
        pub(crate) count: Count,
        pub(crate) state: State,
    }

    #[deep::renamed::embedded(crate = self::deep::renamed)]
    pub(crate) struct Place {
        pub(crate) height: f64,
    }

    #[derive(deep::renamed::Property)]
    #[property(crate = deep::renamed)]
    pub(crate) struct Count(pub(crate) i32);

    #[derive(deep::renamed::PropertyEnum)]
    #[property(crate = deep::renamed)]
    pub(crate) enum State {
        On,
    }

    deep::renamed::realm_schema! {
        #[asymmetric(crate = deep::renamed)]
        pub(crate) struct Telemetry = [Reading];
    }
}

/// The declaration is put together by a macro.
mod in_a_macro {
    use asymmetric::{ObjectId, asymmetric, realm_schema};

    macro_rules! class {
        ($name:ident, $field:ident: $ty:ty, $title:literal, $least:literal) => {
            #[asymmetric(title = $title)]
            pub(crate) struct $name {
                #[asymmetric(primary_key)]
                pub(crate) id: ObjectId,
                #[asymmetric(minimum = $least, maximum = 100, default = $least)]
                pub(crate) $field: $ty,
                pub(crate) out: Option<$ty>,
            }

            realm_schema! { pub(crate) struct Telemetry = [$name]; }
        };
    }

    class!(Reading, value: f64, "Made", -3.5);
}

/// Every lint is an error, also those of clippy that most people leave out.
mod strict {
    #![deny(warnings, missing_docs, unused, clippy::all, clippy::pedantic, clippy::nursery)]
    #![deny(missing_debug_implementations, single_use_lifetimes, unused_qualifications)]
    #![deny(unused_results, let_underscore_drop, trivial_casts, variant_size_differences)]
    #![forbid(unsafe_code)]
    #![allow(clippy::redundant_pub_crate, reason = "contradicts `unreachable_pub`")]

    use asymmetric::{
        DateTime, ObjectId, Property, PropertyEnum, asymmetric, embedded, realm_schema,
    };

    /// A reading.
    #[asymmetric(time_series(time = taken_at))]
    #[derive(Debug)]
    pub(crate) struct Reading {
        /// Its key.
        #[asymmetric(primary_key)]
        pub(crate) id: ObjectId,
        /// When it was taken.
        pub(crate) taken_at: DateTime,
        /// What was read.
        #[asymmetric(exclusive_minimum = -1.5, maximum = 3, default = 0.5)]
        pub(crate) value: Option<Value>,
        /// How.
        #[asymmetric(min_items = 1)]
        pub(crate) mode: Vec<Mode>,
        /// Why.
        #[asymmetric(min_length = 1, pattern = "b", default = "b")]
        pub(crate) reason: Option<&'static str>,
    }

    /// A value.
    #[derive(Debug, Property)]
    pub(crate) struct Value(pub(crate) f64);

    /// A mode.
    #[derive(Debug, PropertyEnum)]
    pub(crate) enum Mode {
        /// The only one.
        Fast,
    }

    /// A place.
    #[embedded]
    #[derive(Debug)]
    pub(crate) struct Place {
        /// How high.
        pub(crate) height: f64,
    }

    realm_schema! {
        /// What is sent.
        pub(crate) struct Telemetry = [Reading];
    }
}

#[test]
fn declarations_mean_the_same_wherever_they_stand() {
    use asymmetric::Schema as _;
    use bson::{DateTime, doc};

    use crate::support::assert_encodes;

    let id = asymmetric::ObjectId::from_bytes([1; 12]);
    assert_encodes(
        &without_prelude::Reading {
            id,
            name: Some("a".into()),
            counts: without_prelude::Count(1),
            place: without_prelude::Place { heights: vec![2.0] },
            state: without_prelude::State::On,
        },
        &doc! { "_id": id, "name": "a", "counts": 1, "place": { "heights": [2.0] }, "state": "On" },
    );
    let start = shadowed::Inner { __asymmetric_out: 3 };
    assert_encodes(
        &shadowed::String { id, out: 2, start },
        &doc! { "_id": id, "out": 2, "start": { "__asymmetric_out": 3 } },
    );
    let (place, count) = (renamed::Place { height: 1.0 }, renamed::Count(1));
    assert_encodes(
        &renamed::Reading { id, place, count, state: renamed::State::On },
        &doc! { "_id": id, "place": { "height": 1.0 }, "count": 1, "state": "On" },
    );
    assert_encodes(
        &in_a_macro::Reading { id, value: 1.0, out: None },
        &doc! { "_id": id, "value": 1.0 },
    );
    assert_encodes(
        &strict::Reading {
            id,
            taken_at: DateTime::from_millis(1),
            value: Some(strict::Value(0.0)),
            mode: vec![strict::Mode::Fast],
            reason: None,
        },
        &doc! { "_id": id, "taken_at": DateTime::from_millis(1), "value": 0.0, "mode": ["Fast"] },
    );
    assert!(strict::Place { height: 1.0 }.height > 0.0);
    let titles = [
        without_prelude::Telemetry::REALM,
        shadowed::AsymmetricObject::REALM,
        renamed::Telemetry::REALM,
        in_a_macro::Telemetry::REALM,
        strict::Telemetry::REALM,
    ]
    .map(|realm| realm.classes[0].title.to_string());
    assert_eq!(titles, ["Bare", "String", "Reading", "Made", "Reading"]);
}
