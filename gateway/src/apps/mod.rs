//! Apps: what a client names in its URL, and the configuration that belongs to it.
//!
//! An app is the files of a directory as the App Services CLI exports it, in today's layout or that
//! of 2021. [`AppFiles`] keeps them byte for byte, [`AppConfig`] is what the gateway understands of
//! them. A change of the configuration is a change of files, so what is pulled out is what was
//! put in, with everything that the gateway does not serve.

pub(crate) mod access;
mod app;
pub(crate) mod archive;
mod config;
pub(crate) mod document;
mod error;
mod files;
mod index;
mod reader;
mod rules;
pub(crate) mod state;

#[cfg(test)]
mod tests;

pub(crate) use self::{
    app::{App, default_group_id, derive_id},
    index::{Apps, Configured},
    rules::{AppRules, place_of},
};
pub use self::{
    config::{
        AppConfig, AuthProvider, Collection, CustomUserData, DataApi, DataSource, Function,
        Identity, Layout, MetadataField, Settings, Sync, SyncKind, SyncState, Value,
    },
    error::{ConfigError, Problem},
    files::{AppFiles, ReadError},
};
