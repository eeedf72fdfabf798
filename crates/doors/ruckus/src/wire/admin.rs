//! What the admin side answers (section 9). A field without a value is left out.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shapes::{Link, shapes};

shapes! {
    /// A property.
    Venue<'a> {
        /// Its id: 32 digits without hyphens.
        id: String,
        /// Its name.
        name: &'a str,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        /// Where it is.
        address: Address<'a>,
    }

    /// Where a property is.
    Address<'a> {
        /// The country.
        country: &'a str,
        /// The city.
        city: &'a str,
        /// Street and number.
        #[serde(skip_serializing_if = "Option::is_none")]
        address_line: Option<&'a str>,
    }

    /// A unit.
    AdminUnit<'a> {
        /// Its id.
        id: Uuid,
        /// Its name.
        name: &'a str,
        /// Who lives there.
        resident: Resident<'a>,
        /// `ENABLED` or `DISABLED`.
        status: &'static str,
        /// Its passphrases.
        dpsks: Vec<Dpsk<'a>>,
        /// The user of the unit.
        #[serde(skip_serializing_if = "Option::is_none")]
        persona_id: Option<Uuid>,
        /// The user of its guests.
        #[serde(skip_serializing_if = "Option::is_none")]
        guest_persona_id: Option<Uuid>,
        /// How many users there are.
        identity_count: usize,
        /// Addresses; `residentPortal` is the unit's link with its secret.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// Who lives in a unit.
    Resident<'a> {
        /// Their name; empty where nobody does.
        name: &'a str,
        /// Their e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<&'a str>,
        /// Their phone number.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone_number: Option<&'a str>,
    }

    /// A passphrase.
    Dpsk<'a> {
        /// `UNIT` or `GUEST`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// The passphrase.
        passphrase: &'a str,
        /// The virtual network.
        #[serde(skip_serializing_if = "Option::is_none")]
        vlan: Option<i64>,
    }

    /// A portal. Each property has one.
    ResidentPortal<'a> {
        /// The id of the property.
        id: Uuid,
        /// Its name.
        name: &'a str,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        /// `ENABLED` or `DISABLED`.
        portal_status: &'static str,
        /// Of how many properties.
        venue_count: i64,
        /// What it looks like.
        ui_configuration: UiConfiguration<'a>,
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// What a portal looks like.
    UiConfiguration<'a> {
        /// What it says.
        text: Text<'a>,
        /// Its colours.
        color: Color<'a>,
        /// Its pictures.
        files: Files,
        /// What residents may do.
        access: Rights,
    }

    /// What a portal says.
    Text<'a> {
        /// The title.
        title: &'a str,
        /// The line under it.
        sub_title: &'a str,
        /// What is said before somebody signs in.
        login_text: &'a str,
        /// What is new.
        announcements: &'a str,
        /// What helps.
        help_text: &'a str,
    }

    /// The colours of a portal.
    Color<'a> {
        /// Of its head.
        main_color: &'a str,
        /// For what stands out.
        accent_color: &'a str,
        /// For lines.
        separator_color: &'a str,
        /// For text.
        text_color: &'a str,
    }

    /// The pictures of a portal.
    Files {
        /// The name of the logo.
        #[serde(skip_serializing_if = "Option::is_none")]
        logo_file_name: Option<String>,
        /// The name of the icon.
        #[serde(skip_serializing_if = "Option::is_none")]
        fav_icon_file_name: Option<String>,
    }

    /// What residents may do.
    Rights {
        /// Choose passphrases.
        tenant_set_dpsk: bool,
    }
}

/// A token of a program (RFC 6749).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgramToken<'a> {
    /// The token.
    pub access_token: &'a str,
    /// `Bearer`.
    pub token_type: &'static str,
    /// How long it is good, in seconds.
    pub expires_in: i64,
}
