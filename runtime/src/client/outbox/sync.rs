//! The primitives at which writers, the committer and compaction meet.
//!
//! Under `--cfg shuttle` they are those of a scheduler that tries many interleavings of the real
//! code, see `cargo xtask interleave`. No time passes there: what waits for a while may stop waiting
//! at any moment, and what waits until there is something to do waits for the signal alone.

#[cfg(not(shuttle))]
pub(super) use std::{
    sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};

#[cfg(shuttle)]
pub(super) use shuttle::{
    sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};

pub(super) use imp::{Patience, doze, wait_for};

use std::sync::PoisonError;

/// No code of a caller runs under our locks, so what a poisoned one guards is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a signal.
pub(super) fn wait<'a, T>(signal: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    signal.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(shuttle))]
mod imp {
    use std::time::{Duration, Instant};

    use super::{Condvar, Mutex, MutexGuard, PoisonError};

    /// Waits for a signal, for this time at most. `mutex` is the one that is locked.
    pub(in super::super) fn wait_for<'a, T>(
        signal: &Condvar,
        _mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> MutexGuard<'a, T> {
        signal.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for a signal that there is something to do, and looks around after this time.
    pub(in super::super) fn doze<'a, T>(
        signal: &Condvar,
        guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> MutexGuard<'a, T> {
        signal.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Time that somebody is willing to wait in all.
    pub(in super::super) struct Patience(Instant);

    impl Patience {
        pub(in super::super) fn of(time: Duration) -> Self {
            Self(Instant::now() + time)
        }

        /// What is left of it.
        pub(in super::super) fn left(&mut self) -> Option<Duration> {
            let left = self.0.saturating_duration_since(Instant::now());
            (!left.is_zero()).then_some(left)
        }
    }
}

#[cfg(shuttle)]
mod imp {
    use std::time::Duration;

    use shuttle::rand::Rng as _;

    use super::{Condvar, Mutex, MutexGuard, lock, thread, wait};

    pub(in super::super) fn wait_for<'a, T>(
        _signal: &Condvar,
        mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        _time: Duration,
    ) -> MutexGuard<'a, T> {
        drop(guard);
        thread::yield_now();
        lock(mutex)
    }

    pub(in super::super) fn doze<'a, T>(
        signal: &Condvar,
        guard: MutexGuard<'a, T>,
        _time: Duration,
    ) -> MutexGuard<'a, T> {
        wait(signal, guard)
    }

    pub(in super::super) struct Patience(u8);

    impl Patience {
        pub(in super::super) fn of(_time: Duration) -> Self {
            Self(shuttle::rand::thread_rng().gen_range(0..4))
        }

        pub(in super::super) fn left(&mut self) -> Option<Duration> {
            self.0 = self.0.checked_sub(1)?;
            Some(Duration::ZERO)
        }
    }
}
