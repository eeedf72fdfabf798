//! The program as its users start it: processes, signals, files.

mod backup;
mod crash;
mod life;
mod support;
