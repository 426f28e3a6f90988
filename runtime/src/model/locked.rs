//! The guard of the schema lock in the program itself.

#[doc = include_str!("docs/assert_locked.md")]
#[macro_export]
macro_rules! assert_locked {
    (@last [$($schema:tt)+] :: $($rest:tt)+) => {
        $crate::assert_locked!(@last [$($schema)+] $($rest)+);
    };
    (@last [$($schema:tt)+] $segment:ident :: $($rest:tt)+) => {
        $crate::assert_locked!(@last [$($schema)+] $($rest)+);
    };
    (@last [$($schema:tt)+] $name:ident) => {
        const _: () = {
            const SCHEMA: &$crate::__private_0_1_0::RealmSchema =
                &<$($schema)+ as $crate::__private_0_1_0::Schema>::REALM;
            // Set by the build script, as `asymmetric-schema-gen` does for every export with a lock.
            const LOCKED: &$crate::__private_0_1_0::str = ::core::env!(
                ::core::concat!("ASYMMETRIC_LOCKED_", ::core::stringify!($name)),
                ::core::concat!(
                    "the build script of this package locks no realm schema `",
                    ::core::stringify!($name),
                    "`: call `asymmetric_schema_gen::export::<",
                    ::core::stringify!($name),
                    ">().to(\"app-services\").locked_by(\"schema.lock\").run()` in build.rs",
                )
            );
            ::core::assert!(
                $crate::__private_0_1_0::is_locked(SCHEMA, LOCKED),
                ::core::concat!(
                    "the classes of `",
                    ::core::stringify!($name),
                    "` in this program are not those that build.rs held against the schema lock: \
                     give the models the same features and the same `cfg`s in both, then run \
                     `asymmetric schema lock` and commit what it writes",
                ),
            );
        };
    };
    ($($schema:tt)+) => {
        $crate::assert_locked!(@last [$($schema)+] $($schema)+);
    };
}
