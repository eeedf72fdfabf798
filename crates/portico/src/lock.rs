//! One server for one data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
};

use crate::failure::{Failure, Outcome};

const NAME: &str = "portico.lock";

/// Holds a data directory as long as it lives. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock(#[expect(dead_code, reason = "held, not used")] File);

impl DataLock {
    /// Takes the data directory. The database itself is never locked, so other commands can run beside the server.
    ///
    /// # Errors
    /// When another process holds it, or when the lock cannot be made.
    pub fn take(dir: &Path) -> Outcome<Self> {
        let path = dir.join(NAME);
        let cannot = |e| Failure::because(format_args!("Cannot lock {}", path.display()), e);
        // Not emptied when opened: another process may be named in it.
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let process =
                    if holder.trim().is_empty() { String::new() } else { format!(" (process {})", holder.trim()) };
                let dir = dir.display();
                return Err(Failure::new(format_args!(
                    "The data directory {dir} is in use by another portico{process}."
                )));
            }
            Err(TryLockError::Error(e)) => return Err(cannot(e)),
        }
        let note = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        note(&mut file).map_err(cannot)?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let dir = std::env::temp_dir().join(format!("portico-lock-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(NAME), "99999999999 left over from a crash").unwrap();

        let first = DataLock::take(&dir).unwrap();
        let (shown, me) = (dir.display(), std::process::id());
        assert_eq!(
            DataLock::take(&dir).unwrap_err().to_string(),
            format!("The data directory {shown} is in use by another portico (process {me}).")
        );
        drop(first);
        DataLock::take(&dir).unwrap();

        std::fs::remove_dir_all(&dir).unwrap();
        assert!(DataLock::take(&dir).unwrap_err().to_string().starts_with("Cannot lock "));
    }
}
