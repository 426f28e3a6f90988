//! Exports the schemas of the tests, as the build script of a user would.

use std::{env, path::PathBuf};

#[path = "src/counted.rs"]
#[expect(dead_code, unreachable_pub, reason = "the values are for the tests, which use the module")]
mod counted;
#[path = "src/everything.rs"]
#[expect(dead_code, unreachable_pub, reason = "the values are for the tests, which use the module")]
mod everything;

fn main() -> asymmetric_schema_gen::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    asymmetric_schema_gen::export::<counted::Counting>().to(out.join("counting")).run()?;
    asymmetric_schema_gen::export::<everything::Types>().run()
}
