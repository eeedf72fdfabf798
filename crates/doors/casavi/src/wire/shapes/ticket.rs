//! Tickets, their forms, and files.

use serde::Serialize;
use utoipa::ToSchema;

/// A person as the management keeps them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Person {
    pub id: i64,
    pub identifier: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub title: Option<String>,
    pub salutation: Option<String>,
    pub country: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub street: Option<String>,
    pub telephone: Option<String>,
    pub mobile: Option<String>,
    pub fax: Option<String>,
}

/// A ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Ticket {
    #[serde(rename = "id")]
    pub id: i64,
    #[serde(rename = "identifier")]
    pub identifier: i64,
    #[serde(rename = "referenceId")]
    pub reference_id: String,
    #[serde(rename = "title")]
    pub title: String,
    #[serde(rename = "status")]
    pub status: String,
    #[serde(rename = "statusText")]
    pub status_text: &'static str,
    #[serde(rename = "descriptionRendered")]
    pub description_rendered: String,
    pub assigned_to: Option<Person>,
    pub contact: Person,
    pub created_by: Person,
    pub community: Option<TicketCommunity>,
    pub unit: Option<TicketUnit>,
    pub ticket_type: TicketTypeName,
    pub ticket_rating: Option<TicketRating>,
    pub sharings: Empty,
    pub attachments: Vec<Attachment>,
    pub ticket_comments: Vec<TicketComment>,
    #[serde(rename = "customFields")]
    pub custom_fields: Vec<CustomField>,
}

/// Always the empty object.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Empty {}

/// The community of a ticket; here its id is a text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketCommunity {
    pub id: String,
    pub identifier: String,
    pub name: String,
    pub city: String,
    pub postal_code: String,
    pub country: String,
}

/// The unit of a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketUnit {
    pub id: i64,
    pub identifier: String,
    pub name: String,
    pub number: String,
}

/// The form a ticket was written with.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketTypeName {
    pub name: String,
    pub icon: String,
    #[serde(rename = "TicketTypeGroup")]
    pub group: GroupName,
}

/// The group of that form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct GroupName {
    pub name: String,
}

/// What a resident thinks of how it went.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketRating {
    pub comment: String,
    pub rating: i64,
}

/// A file of a ticket or comment. Its addresses end after 15 minutes.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Attachment {
    pub id: i64,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub temporary_url: String,
    pub temporary_thumb_url: Option<String>,
    pub title: String,
}

/// A comment on a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketComment {
    pub id: i64,
    pub text_rendered: String,
    pub created_at: String,
    /// Whether the management wrote it (C14).
    pub from_tenant: bool,
    pub identifier: String,
    #[serde(rename = "Author")]
    pub author: CommentAuthor,
    /// The first file; the empty object without one.
    #[serde(rename = "Attachments")]
    pub attachments: FirstAttachment,
    /// All files.
    pub attachment_list: Vec<Attachment>,
}

/// The first file of a comment.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum FirstAttachment {
    /// It has one.
    Some(Box<Attachment>),
    /// It has none.
    None(Empty),
}

/// Who wrote a comment on a ticket.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct CommentAuthor {
    pub id: i64,
    pub first_name: String,
    pub last_name: String,
    pub avatar: Option<String>,
    pub email: String,
}

/// An answer to a question of a form, always as text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct CustomField {
    pub name: String,
    pub value: String,
    pub field_type: &'static str,
}

/// A form for tickets.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketType {
    #[serde(rename = "id")]
    pub id: i64,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "description")]
    pub description: String,
    #[serde(rename = "icon")]
    pub icon: String,
    pub ticket_type_group: Group,
    pub ticket_type_fields: Vec<TicketTypeField>,
}

/// The group of a form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Group {
    pub id: i64,
    pub name: String,
}

/// A question of a form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct TicketTypeField {
    pub id: i64,
    pub field_type: &'static str,
    pub name: String,
    pub position: i64,
    pub required: bool,
    /// What can be chosen; of `DROPDOWN` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
}

/// An uploaded file (C3, C4).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Upload {
    pub path: String,
    pub name: String,
    pub file_type: String,
    pub file_size: i64,
    /// Of pictures only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbs: Option<Thumbs>,
}

/// Small pictures of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Thumbs {
    pub preview: Preview,
}

/// A small picture that fits into 300×225.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Preview {
    pub path: String,
}
