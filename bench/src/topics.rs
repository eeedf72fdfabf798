//! What is measured, one file a topic.

mod billing;
mod bucket;
mod crash;
mod fuzz;
mod generate;
mod growth;
mod list;
mod memory;
mod pages;
mod radius;
mod read;
mod sign_in;
mod start;
mod sync;
mod tenants;
mod timeline;
mod upload;
mod write;

use crate::{Result, bench::Bench, table::Row};

/// Measures one topic.
pub type Topic = fn(&Bench) -> Result<Vec<Row>>;

/// All topics in the order in which they are measured: later ones find what earlier ones have made.
pub const ALL: &[(&str, Topic)] = &[
    ("read", read::run),
    ("list", list::run),
    ("write", write::run),
    ("sign-in", sign_in::run),
    ("memory", memory::run),
    ("generate", generate::run),
    ("start", start::run),
    ("billing", billing::run),
    ("tenants", tenants::run),
    ("sync", sync::run),
    ("pages", pages::run),
    ("radius", radius::run),
    ("fuzz", fuzz::run),
    ("bucket", bucket::run),
    ("upload", upload::run),
    ("timeline", timeline::run),
    ("growth", growth::run),
    ("crash", crash::run),
];

/// How often things that are compared are measured, in turn.
const ROUNDS: usize = 5;
