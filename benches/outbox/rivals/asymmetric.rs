//! Ours.

use std::{collections::VecDeque, path::Path};

use anyhow::Result;
use asymmetric::test_util::Written;

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
    pub(super) fn new(path: &Path) -> Result<Self> {
        let outbox = Outbox::open(path)?;
        Ok(Self { outbox, buffer: Buffer::default(), written: VecDeque::new() })
    }
}

impl Rival for Asymmetric {
    fn name(&self) -> &'static str {
        "asymmetric"
    }

    fn commit(&mut self, batch: &Batch) -> Result<()> {
        if self.written.len() >= batch.backlog()
            && let Some(oldest) = self.written.pop_front()
        {
            self.outbox.acknowledge(oldest, batch);
        }
        self.written.push_back(self.outbox.write(&mut self.buffer, batch)?);
        Ok(())
    }
}
