//! A station: a device with an outbox, written by several threads.

use std::{path::Path, sync::Arc, thread};

use anyhow::{Context as _, Result};
use asymmetric::{App, Credentials, Progress, Realm, WriteError};
use indicatif::ProgressBar;
use weather_station::models::{Weather, WeatherSensor};

/// A station and its outbox.
pub(crate) struct Station {
    pub(crate) name: String,
    pub(crate) realm: Realm<Weather>,
    observations: Vec<WeatherSensor>,
}

impl Station {
    /// Opens the outbox of the station. The gateway need not be there.
    pub(crate) fn open(
        app: &App,
        directory: &Path,
        name: String,
        observations: Vec<WeatherSensor>,
    ) -> Result<Self> {
        let user = app.log_in_later(Credentials::anonymous());
        let path = directory.join(format!("{name}.realm"));
        let realm = Realm::open(&user, path).with_context(|| format!("the outbox of {name}"))?;
        Ok(Self { name, realm, observations })
    }

    pub(crate) fn observations(&self) -> u64 {
        self.observations.len() as u64
    }

    pub(crate) fn progress(&self) -> Progress {
        self.realm.sync_session().progress()
    }

    /// Writes every observation in a transaction of its own, on `writers` threads at once.
    /// Answers how many were created. Blocks.
    pub(crate) fn replay(&self, writers: usize, bars: &Arc<Bars>) -> Result<u64> {
        thread::scope(|scope| {
            let shares = self.observations.chunks(self.observations.len().div_ceil(writers).max(1));
            let threads: Vec<_> =
                shares.map(|share| scope.spawn(|| write(&self.realm, share, bars))).collect();
            threads.into_iter().try_fold(0, |created, thread| {
                let share = thread.join().map_err(|_| anyhow::anyhow!("a writer panicked"))?;
                Ok(created + share.with_context(|| format!("writing for {}", self.name))?)
            })
        })
    }
}

fn write(realm: &Realm<Weather>, share: &[WeatherSensor], bars: &Bars) -> Result<u64, WriteError> {
    let mut created = 0;
    for observation in share {
        realm.write(|tx| {
            tx.create(observation.clone())?;
            created += 1;
            bars.created.inc(1);
            Ok(())
        })?;
        bars.durable.inc(1);
    }
    Ok(created)
}

/// What is shown while the stations are at work.
pub(crate) struct Bars {
    pub(crate) created: ProgressBar,
    pub(crate) durable: ProgressBar,
    pub(crate) acknowledged: ProgressBar,
}
