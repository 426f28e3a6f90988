//! Power lost at every write, every sync and every change of the file's length.

use asymmetric_testkit::{
    FaultyBackend,
    faulty_backend::{Call, Fate},
};

use super::life::{calls_of, survives};

fn power_is_lost_at_every(call: Call) {
    for crash in 0..calls_of(call) {
        for fate in Fate::ALL {
            let disk = FaultyBackend::new();
            disk.lose_power(call, crash);
            let afterwards = |disk: &FaultyBackend| disk.after_power_loss(fate, crash);
            let what = format!("power lost, changes {fate:?},");
            survives(&disk, (call, crash), afterwards, &what);
        }
    }
}

#[test]
fn power_lost_at_any_write_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Write);
}

#[test]
fn power_lost_at_any_sync_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Sync);
}

#[test]
fn power_lost_at_any_change_of_length_loses_nothing_durable_and_shows_nothing_half_written() {
    power_is_lost_at_every(Call::Resize);
}
