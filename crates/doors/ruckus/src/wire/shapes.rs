//! What residents are answered (section 5). A field without a value is left out.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Addresses by what is there.
pub type Links = BTreeMap<&'static str, Link>;

/// An address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Link {
    /// The address, whole.
    pub href: String,
}

/// The link of a thing to itself.
#[must_use]
pub fn own(href: String) -> Links {
    Links::from([("self", Link { href })])
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident $(<$life:lifetime>)? { $($(#[$fdoc:meta])* $field:ident: $kind:ty,)* })*) => {
        $($(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name $(<$life>)? { $($(#[$fdoc])* pub $field: $kind,)* })*
    };
}
pub(super) use shapes;

shapes! {
    /// A sign-in.
    PortalToken<'a> {
        /// The unit.
        unit_guid: Uuid,
        /// What calls carry.
        token: &'a str,
        /// The server's version.
        server_version: &'static str,
        /// When the token ends.
        expire_date_time: String,
    }

    /// A unit.
    Unit<'a> {
        /// Its id.
        guid: Uuid,
        /// Its name.
        number: &'a str,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        /// Who lives there.
        #[serde(skip_serializing_if = "Option::is_none")]
        contact: Option<Contact<'a>>,
        /// `ENABLED` or `DISABLED`.
        status: &'static str,
        /// The passphrase of the unit.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<&'a str>,
        /// The passphrase of its guests.
        #[serde(skip_serializing_if = "Option::is_none")]
        guest_secret: Option<&'a str>,
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// Who lives in a unit.
    Contact<'a> {
        /// Their name.
        #[serde(skip_serializing_if = "Option::is_none")]
        contact_name: Option<&'a str>,
        /// Their e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<&'a str>,
        /// Their phone number.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone_number: Option<&'a str>,
    }

    /// Whose a passphrase is.
    UnitUser<'a> {
        /// Its id.
        user_id: Uuid,
        /// A name.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_name: Option<&'a str>,
        /// An e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<&'a str>,
        /// A phone number.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone_number: Option<&'a str>,
        /// The passphrase.
        passphrase: &'a str,
        /// `ACTIVE` or `BLOCKED`.
        status: &'static str,
        /// `UNIT`, `GUEST` or `LINKED`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// Devices.
    DevicesList {
        /// They.
        contents: Vec<UnitDevice>,
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// A device.
    UnitDevice {
        /// Its id.
        guid: Uuid,
        /// `UNIT` or `GUEST`.
        #[serde(rename = "type")]
        kind: &'static str,
        /// Its address: `AA:BB:CC:DD:EE:FF`.
        mac_address: String,
        /// When it was last seen.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_connected_date: Option<String>,
        /// `DPSK` or `MACREG`.
        auth_type: &'static str,
    }

    /// The ids of the two changes.
    UpdateResult {
        /// Of the person.
        persona_update_id: Uuid,
        /// Of the passphrase.
        dpsk_update_id: Uuid,
    }

    /// A property.
    Property<'a> {
        /// Its id.
        guid: Uuid,
        /// Its name.
        name: &'a str,
        /// Where it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// What it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        /// Who manages it.
        #[serde(skip_serializing_if = "Option::is_none")]
        management_name: Option<&'a str>,
        /// Their phone number.
        #[serde(skip_serializing_if = "Option::is_none")]
        management_phone: Option<&'a str>,
        /// Their e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        management_email: Option<&'a str>,
        /// What helps.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_portal_help_text: Option<&'a str>,
        /// What is new.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_portal_announcements: Option<&'a str>,
        /// Whether guests have a passphrase of their own.
        allow_separate_guest_secret: bool,
        /// Whether `maxUnits` holds.
        enforce_max_units: bool,
        /// How many units there may be.
        #[serde(skip_serializing_if = "Option::is_none")]
        max_units: Option<i64>,
        /// Whether links are mailed.
        send_email: bool,
        /// Whether links are sent by text message.
        send_sms: bool,
        /// The names of the networks.
        ssids: &'a [String],
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// What the portal looks like.
    PortalUiConfiguration<'a> {
        /// Whether what residents sign in for works.
        api_allowed: bool,
        /// Whether they choose passphrases.
        tenant_set_dpsk: bool,
        /// Whether they may sign in.
        portal_allowed: bool,
        /// The name of the logo.
        #[serde(skip_serializing_if = "Option::is_none")]
        logo_file_name: Option<String>,
        /// The name of the icon.
        #[serde(skip_serializing_if = "Option::is_none")]
        icon_file_name: Option<String>,
        /// The title.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_title: Option<&'a str>,
        /// The line under it.
        #[serde(skip_serializing_if = "Option::is_none")]
        tenant_subtitle: Option<&'a str>,
        /// What is said before somebody signs in.
        #[serde(skip_serializing_if = "Option::is_none")]
        login_text: Option<&'a str>,
        /// What is new.
        #[serde(skip_serializing_if = "Option::is_none")]
        announcements: Option<&'a str>,
        /// What helps.
        #[serde(skip_serializing_if = "Option::is_none")]
        help_text: Option<&'a str>,
        /// A colour.
        main_color: &'a str,
        /// A colour.
        accent_color: &'a str,
        /// A colour.
        separator_color: &'a str,
        /// A colour.
        text_color: &'a str,
        /// Addresses.
        #[serde(rename = "_links")]
        links: BTreeMap<&'static str, Link>,
    }

    /// What everybody may know.
    PortalAccess<'a> {
        /// What is said before somebody signs in.
        #[serde(skip_serializing_if = "Option::is_none")]
        login_text: Option<&'a str>,
        /// Whether residents may sign in.
        portal_allowed: bool,
    }
}
