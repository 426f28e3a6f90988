//! Exports the schemas of the models as App Services JSON.

#[path = "src/models.rs"]
pub mod models;

fn main() -> asymmetric_schema_gen::Result<()> {
    asymmetric_schema_gen::export::<models::Weather>().to("app-services").run()
}
