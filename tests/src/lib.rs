//! The model as users see it: encoding, schemas, and what the compiler refuses.

/// What the README shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// What the guide shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/book/getting-started.md")]
struct GettingStarted;
