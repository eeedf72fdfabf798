//! A bounded queue with two lanes: people first.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use kernel::{Error, Result};

use crate::Lane;

/// A bounded queue with two lanes. Closing it lets what waits be taken and refuses what comes.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    most: usize,
}

struct State<T> {
    interactive: VecDeque<T>,
    bulk: VecDeque<T>,
    /// Threads that wait for an item; waking nobody would cost a system call too.
    idle: usize,
    closed: bool,
}

impl<T> State<T> {
    fn line(&mut self, lane: Lane) -> &mut VecDeque<T> {
        match lane {
            Lane::Interactive | Lane::Unordered => &mut self.interactive,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

impl<T> Queue<T> {
    pub fn new(most: usize) -> Self {
        let state = State { interactive: VecDeque::new(), bulk: VecDeque::new(), idle: 0, closed: false };
        Self { state: Mutex::new(state), ready: Condvar::new(), most }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something in line, unless the lane is full or the queue closed.
    pub fn push(&self, lane: Lane, item: T) -> Result<()> {
        let mut state = self.lock();
        if state.closed {
            return Err(Error::Unavailable("stopping"));
        }
        let line = state.line(lane);
        if line.len() >= self.most {
            return Err(Error::Unavailable("the database is busy"));
        }
        line.push_back(item);
        let wake = state.idle > 0;
        drop(state);
        if wake {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Waits for the next item, bulk work only when nobody else waits; none when the queue is closed and empty.
    pub fn pop(&self) -> Option<(Lane, T)> {
        let mut state = self.lock();
        loop {
            for lane in [Lane::Interactive, Lane::Bulk] {
                if let Some(item) = state.line(lane).pop_front() {
                    return Some((lane, item));
                }
            }
            if state.closed {
                return None;
            }
            state.idle += 1;
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// What waits in a lane right now.
    pub fn try_pop(&self, lane: Lane) -> Option<T> {
        self.lock().line(lane).pop_front()
    }

    /// Closes the queue.
    pub fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }
}
