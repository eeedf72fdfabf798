//! Keeps new readers back for the moment in which the write-ahead log is truncated.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A gate that readers pass, and that can be shut until all of them are out.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    inside: usize,
    shut: bool,
}

/// One reader inside; it leaves when this is dropped.
pub struct Pass<'g>(&'g Gate);

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes in, as soon as the gate is open.
    pub fn enter(&self) -> Pass<'_> {
        let open = self.changed.wait_while(self.lock(), |s| s.shut);
        open.unwrap_or_else(PoisonError::into_inner).inside += 1;
        Pass(self)
    }

    /// Lets nobody in, waits until all are out, and runs `f`; leaves it when somebody stays longer than `wait`.
    pub fn alone<R>(&self, wait: Duration, f: impl FnOnce() -> R) -> Option<R> {
        self.lock().shut = true;
        let (state, late) = self
            .changed
            .wait_timeout_while(self.lock(), wait, |s| s.inside > 0)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        let out = (!late.timed_out()).then(f);
        self.lock().shut = false;
        self.changed.notify_all();
        out
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.inside -= 1;
        if state.shut && state.inside == 0 {
            self.0.changed.notify_all();
        }
    }
}
