//! `JsonSchema` of the crate `schemars`, for classes and for what is stored as something simpler.
//!
//! What is described is a document as relaxed Extended JSON, made of the same constant schema as
//! the JSON for App Services. Generated code calls a macro that does nothing without the feature
//! `schemars`, so that what the procedural macros generate does not depend on features.

#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __asymmetric_json_schema {
    ($($ignored:tt)*) => {};
}

/// Implements `JsonSchema` in generated code: for a class, from its `SCHEMA`; for what is stored as
/// something simpler, from its type.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __asymmetric_json_schema {
    (class $object:ident [$($parameters:tt)*] [$($class:tt)*] [$($conditions:tt)*]) => {
        $crate::__asymmetric_json_schema! {
            [$($parameters)*] [$($class)*] [$($conditions)*]
            $crate::__private_0_1_0::title_of(
                &<Self as $crate::__private_0_1_0::$object>::SCHEMA.title,
            );
            $crate::__private_0_1_0::json_schema_of(
                <Self as $crate::__private_0_1_0::$object>::SCHEMA.to_json_schema(),
            )
        }
    };
    (property $name:ident [$($parameters:tt)*] [$($class:tt)*] [$($conditions:tt)*]) => {
        $crate::__asymmetric_json_schema! {
            [$($parameters)*] [$($class)*] [$($conditions)*]
            $crate::__private_0_1_0::Cow::Borrowed(::core::stringify!($name));
            $crate::__private_0_1_0::property_json_schema::<Self>()
        }
    };
    (
        [$($parameters:tt)*] [$($class:tt)*] [$($conditions:tt)*]
        $name:expr; $schema:expr
    ) => {
        #[automatically_derived]
        impl $($parameters)* $crate::__private_0_1_0::JsonSchema for $($class)* $($conditions)* {
            fn schema_name() -> $crate::__private_0_1_0::Cow<'static, $crate::__private_0_1_0::str> {
                $name
            }
            fn schema_id() -> $crate::__private_0_1_0::Cow<'static, $crate::__private_0_1_0::str> {
                $crate::__private_0_1_0::Cow::Borrowed(::core::concat!(
                    ::core::module_path!(),
                    "::",
                    ::core::stringify!($($class)*),
                ))
            }
            fn json_schema(
                _: &mut $crate::__private_0_1_0::SchemaGenerator,
            ) -> $crate::__private_0_1_0::JsonSchemaValue {
                $schema
            }
        }
    };
}

#[cfg(feature = "schemars")]
pub use with_schemars::{json_schema_of, property_json_schema, title_of};

#[cfg(feature = "schemars")]
mod with_schemars {
    use std::borrow::Cow;

    use asymmetric_schema::{Constraints, PropertySchema, Shared};
    use schemars::{JsonSchema, Schema, SchemaGenerator};

    use crate::model::{Link, LinkedObject, ObjectId, Property};

    /// A title as `schemars` wants it.
    #[must_use]
    pub fn title_of(title: &Shared<str>) -> Cow<'static, str> {
        match title {
            Shared::Static(title) => Cow::Borrowed(title),
            Shared::Counted(title) => Cow::Owned(title.to_string()),
        }
    }

    /// The JSON of a schema as `schemars` wants it.
    #[must_use]
    pub fn json_schema_of(json: impl TryInto<Schema>) -> Schema {
        // Whatever a class is rendered as is an object.
        json.try_into().unwrap_or_default()
    }

    /// The schema of a type of properties.
    #[must_use]
    pub fn property_json_schema<T: Property + ?Sized>() -> Schema {
        let property = PropertySchema::new("", T::TYPE);
        json_schema_of(
            property.constrained(Constraints::NONE.with_allowed(T::ALLOWED)).to_json_schema(),
        )
    }

    impl JsonSchema for ObjectId {
        fn schema_name() -> Cow<'static, str> {
            Cow::Borrowed("ObjectId")
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            property_json_schema::<Self>()
        }
    }

    /// Described as the primary key that it is stored as.
    impl<T: LinkedObject> JsonSchema for Link<T> {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            Cow::Owned(format!("LinkTo{}", T::TITLE))
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            property_json_schema::<Self>()
        }
    }
}
