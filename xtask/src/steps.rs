//! Steps that all run, even after a failure, and are counted at the end.

use std::time::Instant;

use crate::shell::{Result, Shell};

/// Runs steps one after the other and remembers which failed.
pub struct Steps<'a> {
    shell: &'a Shell,
    failed: Vec<&'static str>,
}

impl<'a> Steps<'a> {
    /// No step yet.
    pub fn new(shell: &'a Shell) -> Self {
        Self { shell, failed: Vec::new() }
    }

    /// Runs a step and prints how it went and how long it took. Gives what it made, or nothing if it failed.
    pub fn run<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        if self.shell.asked_to_stop() {
            return None;
        }
        println!("── {name} …");
        let begin = Instant::now();
        let result = work();
        let seconds = begin.elapsed().as_secs_f32();
        match result {
            Ok(value) => {
                println!("── {name}: done in {seconds:.1} s");
                Some(value)
            }
            Err(error) => {
                println!("── {name}: FAILED after {seconds:.1} s: {error}");
                self.failed.push(name);
                None
            }
        }
    }

    /// An error that names the failed steps, if there are any.
    pub fn finish(self) -> Result<()> {
        if self.shell.asked_to_stop() {
            Err("interrupted".into())
        } else if self.failed.is_empty() {
            Ok(())
        } else {
            Err(format!("failed: {}", self.failed.join(", ")))
        }
    }
}
