//! Who registers, is invited, and lives where.

use serde::Serialize;
use utoipa::ToSchema;

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
