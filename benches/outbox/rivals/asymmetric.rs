//! Ours.

use std::{collections::VecDeque, path::Path};

use anyhow::Result;
use asymmetric::test_util::Written;
use asymmetric_protocol::chunk::Codec;

use super::Rival;
use crate::{
    documents::Batch,
    outbox::{Buffer, Outbox},
};

pub(super) struct Asymmetric {
    outbox: Outbox,
    buffer: Buffer,
    written: VecDeque<Written>,
}

impl Asymmetric {
    pub(super) fn plain(path: &Path) -> Result<Self> {
        Self::new(path, Codec::None)
    }

    pub(super) fn compressed(path: &Path) -> Result<Self> {
        Self::new(path, Codec::Zstd)
    }

    fn new(path: &Path, codec: Codec) -> Result<Self> {
        let outbox = Outbox::open(path, codec)?;
        Ok(Self { outbox, buffer: Buffer::default(), written: VecDeque::new() })
    }
}

impl Rival for Asymmetric {
    /// Objects are encoded straight into the buffer of their transaction.
    fn prepare(&mut self, batch: &Batch) -> Result<()> {
        self.outbox.encode(&mut self.buffer, batch)
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        if self.written.len() >= batch.backlog()
            && let Some(oldest) = self.written.pop_front()
        {
            self.outbox.acknowledge(oldest, batch.bytes().len() as u64);
        }
        self.written.push_back(self.outbox.commit(&mut self.buffer)?);
        Ok(())
    }
}
