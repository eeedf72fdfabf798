//! Who is invited, and who lives where.

use app::invite;
use kernel::{Living, PersonId};

use super::unit_name;
use crate::wire::{shapes::*, time};

/// A unit of somebody.
pub fn unit(me: PersonId, own: &app::community::OwnUnit) -> Unit {
    let u = &own.unit;
    Unit {
        id: u.id.get(),
        identifier: u.reference.clone().unwrap_or_else(|| u.id.to_string()),
        name: unit_name(u.description.as_ref(), &u.number),
        number: u.number.clone(),
        community_id: u.property_id.get(),
        contact_id: me.get(),
        is_admin: own.unit_admin,
    }
}

/// An invitation that was made (C23).
pub fn invited(made: invite::Made) -> InviteResult {
    let invite = made.invite;
    let (invited_at, expires_at) = time::invited(invite.renewed_at.unwrap_or(invite.created_at));
    InviteResult {
        pending_users: PendingUser {
            invited_at,
            expires_at,
            first_name: invite.first_name,
            last_name: invite.last_name,
            email: invite.email,
            is_admin: invite.unit_admin,
            invite_token: made.token,
        },
    }
}

/// What a code stands for (C26). `logo` is the address of the house's, `image` that of the company's picture.
pub fn invite_info(token: &str, found: invite::Checked, logo: Option<String>, image: Option<String>) -> InviteInfo {
    let role = match found.living {
        Living::Owner => "Eigentümer",
        Living::Tenant => "Mieter",
        Living::Member | Living::Guest => "Mitbenutzer",
    };
    InviteInfo {
        token_string: token.to_owned(),
        kind: "invite",
        contact: Invited {
            first_name: found.invite.first_name,
            last_name: found.invite.last_name,
            email: found.invite.email,
        },
        communities: vec![CommunityName { name: found.property_name }],
        tenant: Company {
            id: found.organization.id.get(),
            name: found.organization.name,
            logo,
            image,
            has_request_access_page: false,
        },
        roles: vec![role],
    }
}
