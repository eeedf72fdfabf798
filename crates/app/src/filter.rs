//! What lists with numbered pages can be narrowed by.

use kernel::Instant;
use uuid::Uuid;

/// Which rows, by when they were made or changed, or by name; what is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Made after.
    pub created_after: Option<Instant>,
    /// Made before.
    pub created_before: Option<Instant>,
    /// Changed then or later.
    pub updated_since: Option<Instant>,
    /// These alone.
    pub only: Option<Vec<Uuid>>,
}
