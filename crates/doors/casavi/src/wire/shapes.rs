//! The shapes of answers (section 5), with their mixed spelling.

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

/// A page of a list (C1).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Page<T> {
    pub page: i64,
    pub page_count: i64,
    pub page_size: i64,
    pub rows: Vec<T>,
}

/// An event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Event {
    pub id: i64,
    pub title: String,
    pub text: String,
    pub location: Option<String>,
    pub all_day: bool,
    pub date_start: String,
    pub date_end: String,
    pub created_at: String,
    pub autor: Author,
}

/// An announcement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Post {
    pub id: i64,
    pub community_id: i64,
    pub tenant_id: i64,
    pub title: String,
    pub text: String,
    pub allow_comments: bool,
    pub created_at: String,
    pub autor: Author,
    pub attachments: Vec<PostAttachment>,
    pub comments: Vec<PostComment>,
}

/// A file of an announcement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct PostAttachment {
    pub id: i64,
    pub name: String,
    pub temporary_url: String,
    pub temporary_thumb_url: Option<String>,
    pub file_type: String,
}

/// A comment on an announcement.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct PostComment {
    pub id: i64,
    pub text: String,
    pub created_at: String,
    pub author: Author,
}

/// Who wrote something in a community.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub roles: &'static str,
    pub avatar: Option<String>,
    pub link: bool,
}

/// Somebody who is responsible for something.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct ContactPerson {
    pub id: i64,
    pub name: String,
    pub company: Option<String>,
    pub email: Option<String>,
    pub telephone: Option<String>,
    pub avatar: Option<String>,
    pub order: i64,
    pub responsibility_name: Option<String>,
    pub show_on_dashboard: bool,
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// Questions and answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Faq {
    pub groups: Vec<FaqGroup>,
    pub items: Vec<FaqItem>,
}

/// Questions that belong together.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FaqGroup {
    pub id: i64,
    pub title: String,
}

/// A question with its answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct FaqItem {
    pub id: i64,
    pub group_id: i64,
    pub keywords: String,
    pub title: String,
    pub text: String,
    pub ticket_type_id: Option<i64>,
    pub attachments: Vec<FaqAttachment>,
}

/// A file of an answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FaqAttachment {
    pub id: i64,
    pub name: String,
    pub size: i64,
    pub thumb: Option<String>,
    #[serde(rename = "type")]
    pub kind: String,
    pub url: String,
}

/// Notifications, the newest (C21).
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct NotificationPage {
    pub page_size: i64,
    pub count: i64,
    pub rows_on_page: usize,
    pub rows: Vec<Notification>,
}

/// What somebody was told of.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Notification {
    pub id: i64,
    pub item_id: i64,
    pub parent_item_id: Option<i64>,
    #[serde(rename = "type")]
    pub kind: String,
    pub read: bool,
    pub ticket_status: Option<String>,
    pub created_at: String,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Activity {
    #[serde(rename = "__id")]
    pub id: i64,
    pub action: &'static str,
    pub category: &'static str,
    pub community_id: i64,
    pub timestamp: String,
    pub data: ActivityData,
}

/// Who did it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct ActivityData {
    pub by_user_id: i64,
    pub by_user_name: String,
    pub by_user_avatar: Option<String>,
}

/// Tokens of somebody who has registered.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct RegisterResult {
    pub oidc_id_token: String,
    pub oidc_access_token: String,
    pub oidc_refresh_token: String,
    pub contact_ext_ref: String,
}

/// An invitation that was made.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct InviteResult {
    pub pending_users: PendingUser,
}

/// Somebody who is invited: one, in spite of the plural.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct PendingUser {
    pub invited_at: String,
    pub expires_at: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub is_admin: bool,
    pub invite_token: String,
}

/// What an invitation's code stands for (C26).
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct InviteInfo {
    pub token_string: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub contact: Invited,
    pub communities: Vec<CommunityName>,
    pub tenant: Company,
    pub roles: Vec<&'static str>,
}

/// Who is invited.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Invited {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
}

/// Where they are invited to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CommunityName {
    pub name: String,
}

/// The managing company: this API's "tenant".
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Company {
    pub id: i64,
    pub name: String,
    pub logo: Option<String>,
    pub image: Option<String>,
    pub has_request_access_page: bool,
}

/// A unit of the caller.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Unit {
    pub id: i64,
    pub identifier: String,
    pub name: String,
    pub number: String,
    pub community_id: i64,
    pub contact_id: i64,
    pub is_admin: bool,
}

/// A document of a community.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct Document {
    pub id: i64,
    pub name: String,
    pub file_type: String,
    pub file_size: i64,
    pub created_at: String,
    /// The path of `downloadDocument`.
    pub url: String,
}
