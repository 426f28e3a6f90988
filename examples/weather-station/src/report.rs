//! The table at the end.

use std::{fmt, time::Duration};

/// What became of the observations of one station.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) station: String,
    /// Observations in the file.
    pub(crate) observations: u64,
    pub(crate) created: u64,
    pub(crate) acknowledged: u64,
    pub(crate) rejected: u64,
    /// Documents in the gateway's store.
    pub(crate) found: u64,
    /// Objects still in the outbox, after opening it again.
    pub(crate) left: u64,
    /// Until the last object was durable on the device.
    pub(crate) durable_after: Duration,
    /// Until the last object was acknowledged.
    pub(crate) took: Duration,
}

impl Row {
    /// Whether every observation was created, acknowledged and stored, and none is left.
    pub(crate) fn agrees(&self) -> bool {
        let Self { observations, created, acknowledged, rejected, found, left, .. } = *self;
        [created, acknowledged, found] == [observations; 3] && [rejected, left] == [0; 2]
    }
}

/// All stations and their sum.
pub(crate) struct Table(pub(crate) Vec<Row>);

impl Table {
    pub(crate) fn agrees(&self) -> bool {
        self.0.iter().all(Row::agrees)
    }

    fn sum(&self) -> Row {
        let mut sum = Row { station: "all".to_owned(), ..Row::default() };
        for row in &self.0 {
            sum.created += row.created;
            sum.acknowledged += row.acknowledged;
            sum.rejected += row.rejected;
            sum.found += row.found;
            sum.left += row.left;
            sum.durable_after = sum.durable_after.max(row.durable_after);
            sum.took = sum.took.max(row.took);
        }
        sum
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<8}{:>9}{:>14}{:>10}{:>16}{:>16}{:>10}{:>12}",
            "station",
            "created",
            "acknowledged",
            "rejected",
            "found in store",
            "left on device",
            "seconds",
            "objects/s"
        )?;
        for row in self.0.iter().chain([&self.sum()]) {
            let Row { station, created, acknowledged, rejected, found, left, took, .. } = row;
            let seconds = took.as_secs_f64();
            let rate = rate(*acknowledged, *took);
            writeln!(
                f,
                "{station:<8}{created:>9}{acknowledged:>14}{rejected:>10}{found:>16}{left:>16}\
                 {seconds:>10.2}{rate:>12.0}"
            )?;
        }
        let Row { created, acknowledged, durable_after, took, .. } = self.sum();
        writeln!(
            f,
            "durable on the devices after {:.2} s ({:.0} objects/s), \
             acknowledged after {:.2} s ({:.0} objects/s)",
            durable_after.as_secs_f64(),
            rate(created, durable_after),
            took.as_secs_f64(),
            rate(acknowledged, took),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(objects: u64, time: Duration) -> f64 {
    objects as f64 / time.as_secs_f64().max(f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_agrees_only_if_every_number_does() {
        let good = Row { observations: 5, created: 5, acknowledged: 5, found: 5, ..Row::default() };
        assert!(good.agrees());
        for bad in [
            Row { created: 4, ..good.clone() },
            Row { acknowledged: 4, ..good.clone() },
            Row { found: 6, ..good.clone() },
            Row { rejected: 1, ..good.clone() },
            Row { left: 1, ..good.clone() },
        ] {
            assert!(!bad.agrees(), "{bad:?}");
            assert!(!Table(vec![good.clone(), bad]).agrees());
        }
    }
}
