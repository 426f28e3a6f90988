//! Reading.

use std::ops::Bound;

use redb::{Database, ReadOnlyTable, ReadableDatabase, ReadableTable};

use super::{
    file::{self, DOCUMENTS, NAMESPACES},
    key::{self, NamespaceId},
};
use crate::{Namespace, store::Document};

/// Size of the pages in which documents are read.
const PAGE_BYTES: usize = 256 * 1024;

/// One state of the tables.
pub(super) struct Snapshot {
    namespaces: ReadOnlyTable<&'static str, (u32, u64)>,
    documents: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl Snapshot {
    pub(super) fn new(database: &Database) -> Result<Self, redb::Error> {
        let read = database.begin_read()?;
        Ok(Self {
            namespaces: read.open_table(NAMESPACES)?,
            documents: read.open_table(DOCUMENTS)?,
        })
    }

    pub(super) fn get(
        &self,
        namespace: &Namespace,
        id: &Document,
    ) -> Result<Option<Vec<u8>>, redb::Error> {
        let Some((namespace, _)) = file::namespace(&self.namespaces, namespace)? else {
            return Ok(None);
        };
        let mut key = Vec::new();
        key::write(namespace, id.id(), &mut key);
        Ok(self.documents.get(key.as_slice())?.map(|document| document.value().to_vec()))
    }

    pub(super) fn count(&self, namespace: &Namespace) -> Result<u64, redb::Error> {
        let entry = file::namespace(&self.namespaces, namespace)?;
        Ok(entry.map_or(0, |(_, count)| count))
    }

    /// The namespaces that are not the gateway's own, sorted.
    pub(super) fn namespaces(&self) -> Result<Vec<Namespace>, redb::Error> {
        let mut namespaces = Vec::new();
        for entry in self.namespaces.iter()? {
            let (name, _) = entry?;
            let parts = name.value().split_once('.');
            let namespace =
                parts.and_then(|(database, name)| Namespace::for_clients(database, name).ok());
            namespaces.extend(namespace);
        }
        Ok(namespaces)
    }

    /// Documents of a namespace, from the one behind `after` on.
    pub(super) fn page(
        &self,
        namespace: &Namespace,
        after: Option<&[u8]>,
    ) -> Result<Page, redb::Error> {
        let mut page = Page::default();
        let Some((NamespaceId(number), _)) = file::namespace(&self.namespaces, namespace)? else {
            return Ok(page);
        };
        let first = NamespaceId(number).prefix();
        let behind = NamespaceId(number + 1).prefix();
        let start = after.map_or(Bound::Included(first.as_slice()), Bound::Excluded);
        let mut bytes = 0;
        for entry in self.documents.range::<&[u8]>((start, Bound::Excluded(behind.as_slice())))? {
            let (key, document) = entry?;
            bytes += document.value().len();
            page.documents.push(document.value().to_vec());
            if bytes >= PAGE_BYTES {
                page.last = Some(key.value().to_vec());
                break;
            }
        }
        Ok(page)
    }
}

/// Some documents in a row.
#[derive(Default)]
pub(super) struct Page {
    pub(super) documents: Vec<Vec<u8>>,
    /// Key of the last one, if there may be more.
    pub(super) last: Option<Vec<u8>>,
}
