//! Every key of every attribute, once.

pub(crate) const ASYMMETRIC: &str = "asymmetric";
pub(crate) const EMBEDDED: &str = "embedded";
pub(crate) const PROPERTY: &str = "property";

pub(crate) const COLLECTION: &str = "collection";
pub(crate) const CRATE: &str = "crate";
pub(crate) const DATABASE: &str = "database";
pub(crate) const DATA_SOURCE: &str = "data_source";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const DESCRIPTION: &str = "description";
pub(crate) const EXCLUSIVE_MAXIMUM: &str = "exclusive_maximum";
pub(crate) const EXCLUSIVE_MINIMUM: &str = "exclusive_minimum";
pub(crate) const GRANULARITY: &str = "granularity";
pub(crate) const MAXIMUM: &str = "maximum";
pub(crate) const MAX_ITEMS: &str = "max_items";
pub(crate) const MAX_LENGTH: &str = "max_length";
pub(crate) const META: &str = "meta";
pub(crate) const MINIMUM: &str = "minimum";
pub(crate) const MIN_ITEMS: &str = "min_items";
pub(crate) const MIN_LENGTH: &str = "min_length";
pub(crate) const PATTERN: &str = "pattern";
pub(crate) const PRIMARY_KEY: &str = "primary_key";
pub(crate) const RENAME: &str = "rename";
pub(crate) const RENAME_ALL: &str = "rename_all";
pub(crate) const SKIP: &str = "skip";
pub(crate) const TIME: &str = "time";
pub(crate) const TIME_SERIES: &str = "time_series";
pub(crate) const TITLE: &str = "title";

/// What people write who come from elsewhere, and what it is called here.
pub(crate) const SYNONYMS: &[(&str, &str)] = &[
    ("column", RENAME),
    ("db", DATABASE),
    ("doc", DESCRIPTION),
    ("id", PRIMARY_KEY),
    ("ignore", SKIP),
    ("ignored", SKIP),
    ("key", PRIMARY_KEY),
    ("len", MAX_LENGTH),
    ("map_to", RENAME),
    ("max", MAXIMUM),
    ("min", MINIMUM),
    ("name", RENAME),
    ("pk", PRIMARY_KEY),
    ("primary", PRIMARY_KEY),
    ("regex", PATTERN),
    ("service", DATA_SOURCE),
    ("table", COLLECTION),
    ("transient", SKIP),
];
