//! Exports the schemas of the models as App Services JSON, and holds them against what was ever
//! accepted.

#[path = "src/models.rs"]
pub mod models;

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<models::Weather>()
        .to("app-services")
        .locked_by("app-services/schema.lock")
        .run()
}
