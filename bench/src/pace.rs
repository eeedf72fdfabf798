//! Requests at a steady rate, whatever the server does: how long each took counts from when it was to be sent.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// How many ask at the same time at most.
const ASKERS: u32 = 8;

/// Asks so often a second, so many seconds; answers the number of each request and how many milliseconds it took.
pub fn ask(rate: u32, seconds: u32, ask: impl Fn(u32) -> Result<()> + Sync) -> Result<Vec<(u32, f64)>> {
    let times = Mutex::new(Ok(Vec::new()));
    let began = Instant::now();
    thread::scope(|s| {
        for asker in 0..ASKERS {
            let (times, ask) = (&times, &ask);
            s.spawn(move || {
                for n in (asker..rate * seconds).step_by(ASKERS as usize) {
                    let due = began + Duration::from_secs(1) / rate * n;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let answer = ask(n);
                    let took = due.elapsed().as_secs_f64() * 1000.0;
                    let Ok(mut all) = times.lock() else { return };
                    match (answer, &mut *all) {
                        (Ok(()), Ok(all)) => all.push((n, took)),
                        (Err(e), all) => *all = Err(e),
                        (Ok(()), Err(_)) => {}
                    }
                }
            });
        }
    });
    times.into_inner().map_err(|e| e.to_string())?
}
