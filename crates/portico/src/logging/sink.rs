//! Log lines on their way out.
//!
//! Whoever logs only adds to a text in memory; a thread writes it. A write for each line would cost each request more
//! than all else around it, and a reader of the log that stands still would stop the server. When there is no room,
//! lines are lost and counted.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

const MOST: usize = 4 << 20;

/// Lines that come this close together are written together.
const GATHER: Duration = Duration::from_millis(5);

/// Takes lines.
#[derive(Clone)]
pub(super) struct Sink(Arc<Shared>);

/// Writes what is left when it is dropped, and ends the thread.
pub(super) struct Flusher(Arc<Shared>, Option<JoinHandle<()>>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    lost: u64,
    over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to do, and a little longer for more of it.
    fn wait(&self) -> MutexGuard<'_, State> {
        let idle = |s: &mut State| s.lines.is_empty() && !s.over;
        let state = self.wake.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let (state, _) =
            self.wake.wait_timeout_while(state, GATHER, |s| !s.over).unwrap_or_else(PoisonError::into_inner);
        state
    }
}

/// Starts the thread.
pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<(Sink, Flusher)> {
    let shared = Arc::new(Shared::default());
    let its = shared.clone();
    let thread = thread::Builder::new().name("log".to_owned()).spawn(move || write_out(&its, out))?;
    Ok((Sink(shared.clone()), Flusher(shared, Some(thread))))
}

fn write_out(shared: &Shared, mut out: impl Write) {
    let mut lines = Vec::new();
    loop {
        let mut state = shared.wait();
        std::mem::swap(&mut lines, &mut state.lines);
        let (lost, over) = (std::mem::take(&mut state.lost), state.over);
        drop(state);
        if lost > 0 {
            let target = r#""target":"portico::log","message":"log lines lost""#;
            let _ = writeln!(lines, r#"{{"level":"ERROR",{target},"lost":{lost}}}"#);
        }
        // Nobody is left to be told that the log cannot be written.
        let _ = out.write_all(&lines);
        let _ = out.flush();
        lines.clear();
        if over {
            return;
        }
    }
}

impl Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        if state.over || state.lines.len() + line.len() > MOST {
            state.lost += 1;
        } else {
            let first = state.lines.is_empty();
            state.lines.extend_from_slice(line);
            drop(state);
            if first {
                self.0.wake.notify_one();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Sink {
    type Writer = &'a Self;
    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.wake.notify_one();
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Flusher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flusher")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Tells of each write; goes on when told so.
    struct Slow(Sender<String>, Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
            let _ = self.1.recv();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_lost_at_the_end() {
        let (told, written) = channel();
        let (go, may_go) = channel();
        let (sink, flusher) = start(Slow(told, may_go)).unwrap();
        drop(go);
        for i in 0..1000 {
            (&sink).write_all(format!("{i}\n").as_bytes()).unwrap();
        }
        drop(flusher);
        let lines: String = written.try_iter().collect();
        assert_eq!(lines.lines().count(), 1000);
        (&sink).write_all(b"after the end").unwrap();
    }

    #[test]
    fn a_reader_that_stands_still_does_not_stop_the_server() {
        let (told, written) = channel();
        let (go, may_go) = channel();
        let (sink, flusher) = start(Slow(told, may_go)).unwrap();
        (&sink).write_all(b"first\n").unwrap();
        assert_eq!(written.recv().unwrap(), "first\n");
        let line = vec![b'x'; MOST / 4];
        for _ in 0..6 {
            (&sink).write_all(&line).unwrap();
        }
        drop(go);
        drop(flusher);
        let rest: String = written.try_iter().collect();
        assert_eq!(rest.matches('x').count(), MOST);
        assert!(rest.ends_with("\"lost\":2}\n"));
    }
}
