//! What the core knows, in the shapes of this API.

use app::{
    file::File,
    portal::Portal,
    wifi::{Auth, Device, Identity, Kind, Status, UnitStatus, UnitWifi},
};

use crate::wire::{
    self,
    shapes::{Contact, DevicesList, Links, PortalUiConfiguration, Property, Unit, UnitDevice, UnitUser, own},
};

/// The longest name of a file that clients take.
const LONGEST_FILE_NAME: usize = 52;

/// A text, where there is one.
pub fn some(text: &str) -> Option<&str> {
    Some(text).filter(|t| !t.is_empty())
}

/// The name of a file, cut to what clients take.
pub fn file_name(file: Option<&File>) -> Option<String> {
    file.map(|f| f.name.chars().take(LONGEST_FILE_NAME).collect())
}

/// The word for the status of a unit.
pub const fn unit_status(status: UnitStatus) -> &'static str {
    match status {
        UnitStatus::Enabled => "ENABLED",
        UnitStatus::Disabled => "DISABLED",
    }
}

/// The word for whose a passphrase is.
pub const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unit => "UNIT",
        Kind::Guest => "GUEST",
        Kind::Linked => "LINKED",
    }
}

/// A unit with its passphrases.
pub fn unit(u: &UnitWifi, href: String) -> Unit<'_> {
    let secret = |kind| u.of_kind(kind).map(|i| i.passphrase.expose());
    let contact = Contact {
        contact_name: u.contact_name.as_deref(),
        email: u.contact_email.as_deref(),
        phone_number: u.contact_phone.as_deref(),
    };
    let is_known = contact.contact_name.is_some() || contact.email.is_some() || contact.phone_number.is_some();
    Unit {
        guid: u.uid,
        number: &u.number,
        description: u.description.as_deref(),
        contact: is_known.then_some(contact),
        status: unit_status(u.status),
        secret: secret(Kind::Unit),
        guest_secret: secret(Kind::Guest),
        links: own(href),
    }
}

/// A user of a unit.
pub fn user(i: &Identity, links: Links) -> UnitUser<'_> {
    UnitUser {
        user_id: i.uid,
        user_name: i.name.as_deref(),
        email: i.email.as_deref(),
        phone_number: i.phone.as_deref(),
        passphrase: i.passphrase.expose(),
        status: match i.status {
            Status::Active => "ACTIVE",
            Status::Blocked => "BLOCKED",
        },
        kind: kind(i.kind),
        links,
    }
}

/// Devices: those of guests are GUEST, all others UNIT (R15).
pub fn devices(all: &[Device], href: String) -> DevicesList {
    let device = |d: &Device| UnitDevice {
        guid: d.uid,
        kind: if d.kind == Kind::Guest { "GUEST" } else { "UNIT" },
        mac_address: d.mac.to_string(),
        last_connected_date: d.last_connected_at.map(wire::time),
        auth_type: match d.auth {
            Auth::Dpsk => "DPSK",
            Auth::Macreg => "MACREG",
        },
    };
    DevicesList { contents: all.iter().map(device).collect(), links: own(href) }
}

/// A property.
pub fn property(p: &Portal, href: String) -> Property<'_> {
    let s = &p.settings;
    Property {
        guid: p.uid,
        name: &p.name,
        address: address(p),
        description: s.description.as_deref(),
        management_name: s.management_name.as_deref(),
        management_phone: s.management_phone.as_deref(),
        management_email: s.management_email.as_deref(),
        tenant_portal_help_text: some(&s.help_text),
        tenant_portal_announcements: some(&s.announcements),
        allow_separate_guest_secret: s.guest_allowed,
        enforce_max_units: s.enforce_max_units,
        max_units: s.max_units,
        send_email: s.send_email,
        send_sms: s.send_sms,
        ssids: &p.ssids,
        links: own(href),
    }
}

/// `12 Pier Road, Astoria, OR 97103, US`.
fn address(p: &Portal) -> Option<String> {
    let region = [p.state.as_str(), p.postal.as_str()].into_iter().filter_map(some).collect::<Vec<_>>().join(" ");
    let parts = [p.street.as_str(), p.city.as_str(), region.as_str(), p.country.as_str()];
    let told = parts.into_iter().filter_map(some).collect::<Vec<_>>().join(", ");
    Some(told).filter(|t| !t.is_empty())
}

/// What the portal looks like.
pub fn ui(p: &Portal, href: String) -> PortalUiConfiguration<'_> {
    let s = &p.settings;
    PortalUiConfiguration {
        api_allowed: s.api_allowed,
        tenant_set_dpsk: s.tenant_set_dpsk,
        portal_allowed: s.portal_allowed,
        logo_file_name: file_name(p.logo.as_ref()),
        icon_file_name: file_name(p.icon.as_ref()),
        tenant_title: some(&s.title),
        tenant_subtitle: some(&s.subtitle),
        login_text: some(&s.login_text),
        announcements: some(&s.announcements),
        help_text: some(&s.help_text),
        main_color: &s.main_color,
        accent_color: &s.accent_color,
        separator_color: &s.separator_color,
        text_color: &s.text_color,
        links: own(href),
    }
}

/// The colours of a portal as a style sheet, with what the management adds to it (R33).
pub fn styles(p: &Portal) -> String {
    let s = &p.settings;
    let color = |name: &str, value: &str| match value {
        // As if it were not set: pages fall back to colours of their own.
        "" => format!("  --{name}-color: initial;\n"),
        value => format!("  --{name}-color: #{};\n", value.trim_start_matches('#')),
    };
    let colors = [
        color("main", &s.main_color),
        color("accent", &s.accent_color),
        color("separator", &s.separator_color),
        color("text", &s.text_color),
    ];
    format!(":root {{\n{}}}\n{}", colors.concat(), s.css)
}
