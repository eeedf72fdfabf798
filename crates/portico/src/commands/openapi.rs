//! `portico openapi`: prints a door's OpenAPI document. It needs no install.

use std::io::Write;

use crate::{
    cli::Openapi,
    failure::{Failure, Outcome},
};

/// A door's name and what makes its document, as JSON.
type Document = (&'static str, fn() -> Result<String, serde_json::Error>);

/// The doors that have a document. A new door adds its line.
const DOCUMENTS: [Document; 6] = [
    ("casavi", || casavi::openapi().to_pretty_json()),
    ("dwellingly", || dwellingly::openapi().to_pretty_json()),
    ("idwell", || idwell::openapi().to_pretty_json()),
    ("manager", || manager::openapi().to_pretty_json()),
    ("ruckus", || ruckus::openapi().to_pretty_json()),
    ("storedge", || storedge::openapi().to_pretty_json()),
];

/// The names that `portico openapi` takes.
pub fn doors() -> impl Iterator<Item = &'static str> {
    DOCUMENTS.into_iter().map(|(name, _)| name)
}

/// Prints the document.
///
/// # Errors
/// When there is no such door, or nobody to print for.
pub fn run(args: &Openapi, out: &mut impl Write) -> Outcome {
    let (_, document) = DOCUMENTS
        .into_iter()
        .find(|(name, _)| *name == args.door)
        .ok_or_else(|| Failure::new(format_args!("There is no door called {}.", args.door)))?;
    let text = document().map_err(|e| Failure::because("Cannot write the document", e))?;
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|e| Failure::because("Cannot print", e))
}
