//! The primary keys of one transaction, to notice the second object with the same one.

use std::hash::{BuildHasher, RandomState};

use asymmetric_protocol::chunk::ClassId;

/// Keys are kept as hashes that point at the documents they were taken from: no allocation per
/// object, and a comparison of the bytes decides.
#[derive(Debug, Default)]
pub(crate) struct PrimaryKeys {
    hasher: RandomState,
    /// Slots of an open-addressed table: class and offset of a document, or nothing.
    slots: Vec<Option<(ClassId, usize)>>,
    len: usize,
}

impl PrimaryKeys {
    /// Remembers the key of the document at `offset` of `documents`; `false` if an earlier
    /// document of the same class has it.
    pub(crate) fn insert(&mut self, class: ClassId, documents: &[u8], offset: usize) -> bool {
        let Some(key) = primary_key(documents, offset) else { return true };
        if self.len * 2 >= self.slots.len() {
            self.grow(documents);
        }
        let slot = self.find(class, key, documents);
        match self.slots.get_mut(slot) {
            Some(slot @ None) => *slot = Some((class, offset)),
            _ => return false,
        }
        self.len += 1;
        true
    }

    /// How many keys are remembered.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Class and offset of every document whose key is remembered.
    pub(super) fn iter(&self) -> impl Iterator<Item = (ClassId, usize)> {
        self.slots.iter().flatten().copied()
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(None);
        self.len = 0;
    }

    /// The slot that holds this key, or the free one where it belongs.
    fn find(&self, class: ClassId, key: &[u8], documents: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let hash = self.hasher.hash_one((class, key));
        let mut slot = usize::try_from(hash & mask as u64).unwrap_or(0);
        while let Some(Some((other, offset))) = self.slots.get(slot) {
            if *other == class && primary_key(documents, *offset) == Some(key) {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self, documents: &[u8]) {
        let capacity = (self.slots.len() * 2).max(16);
        let old = std::mem::replace(&mut self.slots, vec![None; capacity]);
        for (class, offset) in old.into_iter().flatten() {
            if let Some(key) = primary_key(documents, offset) {
                let slot = self.find(class, key, documents);
                if let Some(free) = self.slots.get_mut(slot) {
                    *free = Some((class, offset));
                }
            }
        }
    }
}

/// Type byte and value of the `_id` that every encoded object starts with.
pub(crate) fn primary_key(documents: &[u8], offset: usize) -> Option<&[u8]> {
    let element = documents.get(offset..)?.get(4..)?;
    let value = element.get(1..)?.strip_prefix(b"_id\0")?;
    let bytes = match element.first()? {
        0x07 => 12,
        0x10 => 4,
        0x12 => 8,
        0x02 => 4 + length_of(value)?,
        0x05 => 5 + length_of(value)?,
        _ => return None,
    };
    element.get(..5 + bytes)
}

fn length_of(value: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*value.first_chunk()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{doc, oid::ObjectId};

    fn document(id: impl Into<bson::Bson>) -> Vec<u8> {
        doc! { "_id": id.into(), "n": 1 }.to_vec().unwrap()
    }

    #[test]
    fn only_the_same_key_of_the_same_class_is_refused() {
        let binary = bson::Binary { subtype: bson::spec::BinarySubtype::Uuid, bytes: vec![7; 16] };
        let ids: [bson::Bson; 6] = [
            1_i32.into(),
            1_i64.into(),
            "1".into(),
            ObjectId::from_bytes([1; 12]).into(),
            binary.into(),
            "2".into(),
        ];
        let mut keys = PrimaryKeys::default();
        let mut documents = Vec::new();
        for class in [1, 2] {
            for id in &ids {
                let offset = documents.len();
                documents.extend(document(id.clone()));
                assert!(keys.insert(ClassId::new(class), &documents, offset), "{class} {id}");
                assert!(!keys.insert(ClassId::new(class), &documents, offset), "{class} {id}");
            }
        }
        keys.clear();
        assert!(keys.insert(ClassId::new(1), &documents, 0));
    }

    #[test]
    fn many_keys_are_told_apart() {
        let mut keys = PrimaryKeys::default();
        let mut documents = Vec::new();
        let mut offsets = Vec::new();
        let count = if cfg!(miri) { 200_i64 } else { 5_000 };
        for number in 0..count {
            offsets.push(documents.len());
            documents.extend(document(number));
            assert!(keys.insert(ClassId::new(0), &documents, *offsets.last().unwrap()));
        }
        assert!(offsets.iter().all(|offset| !keys.insert(ClassId::new(0), &documents, *offset)));
    }
}
