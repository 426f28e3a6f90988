//! Exports the schema of the class with everything, as the build script of a user would.

#[path = "src/everything.rs"]
#[expect(dead_code, unreachable_pub, reason = "the values are for the tests, which use the module")]
mod everything;

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<everything::Types>().run()
}
