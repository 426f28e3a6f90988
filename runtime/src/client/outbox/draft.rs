//! A transaction that is being made.

use std::{io, path::Path, sync::Arc};

use asymmetric_protocol::chunk::{ClassId, Objects};

use super::{PrimaryKeys, spill::Spill};

/// Bytes of documents that a transaction holds in memory.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Keys for which memory is kept from one transaction to the next.
const MAX_SPARE_KEYS: usize = 64 * 1024;

/// The objects of a transaction that is being made.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(super) objects: Objects,
    primary_keys: PrimaryKeys,
    pub(super) spill: Option<Spill>,
    /// Why the transaction can only be rolled back.
    failed: Option<Arc<io::Error>>,
}

impl Draft {
    /// Lets `encode` append one object of a class, and remembers its key.
    ///
    /// Nothing is left of it if `encode` fails.
    pub(crate) fn push_with<E>(
        &mut self,
        class: ClassId,
        encode: impl FnOnce(&mut Vec<u8>, &mut PrimaryKeys) -> Result<(), E>,
    ) -> Result<(), E> {
        let primary_keys = &mut self.primary_keys;
        self.objects.push_with(class, |documents| encode(documents, primary_keys)).map(drop)
    }

    /// Moves the objects into a file in `directory` if they are too many for memory.
    pub(crate) fn relieve(&mut self, directory: &Path) -> Result<(), Arc<io::Error>> {
        if self.objects.bytes() < MAX_BYTES {
            return Ok(());
        }
        self.spill(directory)
    }

    fn spill(&mut self, directory: &Path) -> Result<(), Arc<io::Error>> {
        let Self { objects, primary_keys, spill, failed } = self;
        if let Some(error) = failed {
            return Err(Arc::clone(error));
        }
        let spilled = match spill {
            Some(spill) => spill.push(objects, primary_keys),
            None => Spill::create(directory)
                .and_then(|new| spill.insert(new).push(objects, primary_keys)),
        };
        spilled.map_err(|error| Arc::clone(failed.insert(Arc::new(error))))
    }

    /// Ends the transaction. Answers the class of an object whose primary key an earlier one has,
    /// if that could not be told before.
    pub(crate) fn finish(&mut self, directory: &Path) -> Result<Option<ClassId>, Arc<io::Error>> {
        if self.spill.is_some() && !self.objects.is_empty() {
            self.spill(directory)?;
        }
        match (&self.failed, &mut self.spill) {
            (Some(error), _) => Err(Arc::clone(error)),
            (None, Some(spill)) => spill.finish().map_err(Arc::new),
            (None, None) => Ok(None),
        }
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> u64 {
        u64::from(self.objects.len()) + self.spill.as_ref().map_or(0, Spill::objects)
    }

    /// Forgets everything and keeps the memory, unless a huge transaction took it.
    pub(crate) fn clear(&mut self) {
        if self.primary_keys.len() > MAX_SPARE_KEYS {
            *self = Self::default();
        }
        self.objects.clear();
        self.primary_keys.clear();
        self.spill = None;
        self.failed = None;
    }
}
