//! What is shown in a community.

use serde::Serialize;
use utoipa::ToSchema;

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
