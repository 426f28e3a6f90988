//! The model half of the crate `asymmetric`, from a user's side: what the macros declare, what is
//! encoded, what the schema says.

mod agreement;
mod allocation;
mod bytes;
mod constraints;
mod declarations;
mod defaults;
mod derives;
mod golden;
mod hygiene;
mod json_schema;
mod links;
mod mixed;
mod random;
mod realm_schemas;
mod support;
