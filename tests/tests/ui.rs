//! What the compiler says: one mistake per file, and the whole message beside it.
//!
//! Messages differ between compilers; they are compared on the one that `rust-toolchain.toml` or
//! the developer has set, and rewritten with `TRYBUILD=overwrite`.

#[test]
fn every_mistake_is_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*/*.rs");
}
