//! The lives of a file: it may be restored from a backup, and go on from there.
//!
//! A restored file counts its versions anew from where the backup was made, for other objects.
//! Ordinary collections know objects by their `_id`, whatever the version; a time-series collection
//! has only the sequence numbers, and would take new objects for old ones. So what a file writes
//! after it was restored belongs to another life of it, and each life is an outbox of its own.
//!
//! What is sent again was written no later than the latest that is known of its life; what a
//! restored file writes is written later, as long as the clock of the device does not run backwards
//! by more than it was away.

use asymmetric_protocol::ClientFileId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::batches::Transaction;
use crate::store::{Record, Records, StoreError};

/// Lives that are remembered. Two copies of a file that take turns begin one every time.
const MAX_LIVES: usize = 32;

/// The lives of a file, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lives {
    #[serde(rename = "_id")]
    file: String,
    lives: Vec<Life>,
}

/// How far a life of a file has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Life {
    number: i64,
    version: i64,
    /// When the latest of its transactions was written, in milliseconds since 1970.
    written_at: i64,
}

impl Record for Lives {
    const COLLECTION: &'static str = "device_sync_lives";
}

impl Lives {
    /// Finds the life of each transaction, beginning another where there is none; writes down how
    /// far they come before it answers. `None` if somebody else did so at the same moment.
    pub(super) async fn claim(
        records: &Records,
        file: ClientFileId,
        transactions: &[Transaction],
    ) -> Result<Option<Vec<ClientFileId>>, StoreError> {
        let id = file.to_string();
        let known = records.get::<Self>(id.as_str()).await?;
        let mut lives = known.clone().unwrap_or(Self { file: id, lives: Vec::new() });
        let numbers: Vec<_> = transactions.iter().map(|of| lives.life_of(*of)).collect();
        let written = match known {
            Some(known) if known == lives => true,
            Some(known) => records.exchange(&known, &lives).await?,
            None => records.insert(&lives).await?,
        };
        Ok(written.then(|| numbers.into_iter().map(|number| outbox_of(file, number)).collect()))
    }

    fn life_of(&mut self, of: Transaction) -> i64 {
        // The numbers of the protocol are below 2^63.
        let (version, written_at) = (of.version.cast_signed(), of.written_at);
        let sent_again = |life: &&Life| version <= life.version && written_at <= life.written_at;
        if let Some(life) = self.lives.iter().find(sent_again) {
            return life.number;
        }
        let number = match self.lives.last_mut() {
            Some(life) if version > life.version => {
                life.version = version;
                life.written_at = life.written_at.max(written_at);
                return life.number;
            }
            Some(life) => life.number + 1,
            None => 0,
        };
        self.lives.push(Life { number, version, written_at });
        if self.lives.len() > MAX_LIVES {
            self.lives.remove(0);
        }
        number
    }
}

/// The outbox that a life of a file would be. The first is that of the file.
fn outbox_of(file: ClientFileId, life: i64) -> ClientFileId {
    if life == 0 {
        return file;
    }
    let digest = Sha256::new()
        .chain_update("restored realm file")
        .chain_update(file.as_bytes())
        .chain_update(life.to_le_bytes())
        .finalize();
    ClientFileId::from_bytes(*digest.first_chunk().expect("a digest has more than 12 bytes"))
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn lives_of(transactions: &[(u64, i64)]) -> Vec<i64> {
        let mut lives = Lives { file: String::new(), lives: Vec::new() };
        let transactions = transactions.iter();
        transactions
            .map(|(version, written_at)| {
                lives.life_of(Transaction { version: *version, written_at: *written_at })
            })
            .collect()
    }

    #[test]
    fn a_file_has_one_life_however_often_it_sends_something() {
        let twice = [(2, 100), (3, 110), (7, 120), (3, 110), (7, 120), (8, 130)];
        assert_eq!(lives_of(&twice), [0; 6]);
        // The clock of a device may be set back.
        assert_eq!(lives_of(&[(2, 100), (3, 50), (4, 60), (3, 50), (4, 60), (5, 110)]), [0; 6]);
    }

    #[test]
    fn a_restored_file_begins_another_life_and_sends_both_again() {
        let restored = [(2, 100), (3, 110), (4, 120), (3, 200), (4, 210), (5, 220)];
        assert_eq!(lives_of(&restored), [0, 0, 0, 1, 1, 1]);
        let again = [(2, 100), (3, 110), (3, 200), (2, 100), (3, 110), (3, 200), (4, 210)];
        assert_eq!(lives_of(&again), [0, 0, 1, 0, 0, 1, 1]);
        let twice = [(5, 100), (3, 200), (2, 300), (3, 200), (5, 100), (3, 310)];
        assert_eq!(lives_of(&twice), [0, 1, 2, 1, 0, 2]);
    }

    #[test]
    fn two_copies_that_take_turns_are_told_apart_and_remembered_within_bounds() {
        let turns: Vec<_> = (0..200).map(|turn| (2, turn)).collect();
        let lives = lives_of(&turns);
        assert_eq!(lives, (0..200).collect::<Vec<_>>());
    }
}
