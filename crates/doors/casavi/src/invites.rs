//! Invitations, and registering with one (operations 1, 14 and 15).

use app::{
    file::Variant,
    invite::{Input, Registration},
};
use axum::{extract::State, response::Response};
use identity::FILE_LINK_LIFETIME;
use kernel::entity::Property;

use crate::{
    Door,
    call::{Id, Public, Query, User},
    present,
    wire::{Body, DoorError, json, shapes::RegisterResult},
};

/// Operation 1 (C11, C12, C16, G6).
pub async fn register(
    Public(caller, address): Public,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Registration {
        first_name: r.text("firstName", "first_name"),
        last_name: r.text("lastName", "last_name"),
        email: r.text("email", "email"),
        client_id: r.text("clientId", "client_id"),
        code: r.text("inviteCode", "code"),
        provider_key: r.text("providerKey", "provider_key"),
        subject: r.text("sub", "subject").map(Some),
    });
    let done = door.identity.oidc().register(&caller, address, draft).await?;
    Ok(json(RegisterResult {
        oidc_id_token: done.tokens.id_token,
        oidc_access_token: done.tokens.access_token,
        oidc_refresh_token: done.tokens.refresh_token,
        contact_ext_ref: done.reference,
    }))
}

/// Operation 14 (C9, C22, C23).
pub async fn invite(
    User(caller): User,
    Id(id): Id<Property>,
    State(door): State<Door>,
    body: Body,
) -> Result<Response, DoorError> {
    let draft = body.draft(|r| Input {
        property_id: Some(id),
        inviter: Some(r.id("contactId", "inviter")),
        unit_id: r.id("unitId", "unit_id"),
        first_name: r.text("firstName", "first_name"),
        last_name: r.text("lastName", "last_name"),
        email: r.text("email", "email"),
        unit_admin: r.flag("isAdmin", "unit_admin"),
        ..Input::default()
    });
    Ok(json(present::invited(door.app.invites().create(&caller, draft).await?)))
}

/// Operation 15 (C26, G1 to G7).
pub async fn check(
    Public(caller, address): Public,
    State(door): State<Door>,
    query: Query,
) -> Result<Response, DoorError> {
    let token = query.get("invite_token").map(str::trim).filter(|t| !t.is_empty());
    let token = token.ok_or_else(|| DoorError::bad("invite_token is required"))?;
    let found = door.app.invites().check(&caller, token, address).await?;
    let address = |logo| door.identity.file_address(logo, Variant::Whole, FILE_LINK_LIFETIME);
    let logo = found.logo.as_ref().map(address);
    let image = found.organization.image.map(|uid| door.identity.face_address(uid, FILE_LINK_LIFETIME));
    Ok(json(present::invite_info(token, found, logo, image)))
}
