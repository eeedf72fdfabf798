//! The shapes of answers, keys in their order on the wire (sections 8 to 10, 14, 15).

mod ledger;
mod tenant;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use ledger::*;
pub use tenant::*;

/// What `…/eligibility` answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Eligibility {
    /// Whether the tenant may rent another unit.
    pub eligible_for_move_in: bool,
}

/// What `…/delinquency` answers: each true if it holds for any current ledger.
#[derive(Debug, Default, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Delinquency {
    pub gate_lockout_complete: bool,
    pub overlock_complete: bool,
    pub cut_lock_complete: bool,
    pub lien_complete: bool,
    pub auction_complete: bool,
}

/// A remark.
#[derive(Debug, Serialize, ToSchema)]
pub struct Note<'a> {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub note: &'a str,
    /// When it was written.
    pub created_at: String,
}

/// What writing a remark answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteEvent<'a> {
    /// The event's id.
    pub id: Uuid,
    /// The remark.
    pub notes: Vec<Note<'a>>,
    /// Who wrote it.
    pub created_by: CreatedBy<'a>,
    /// The unit it is about.
    pub unit_id: Option<Uuid>,
    /// The tenant it is about.
    pub tenant_id: Uuid,
}

/// Who wrote something.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedBy<'a> {
    /// The writer's id.
    pub id: Option<Uuid>,
    /// The writer's name.
    pub name: &'a str,
    /// What the writer is: `ClientApplication`, `User`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}
