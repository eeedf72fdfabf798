//! What programs of the management read (section 9).

use app::{
    ledger::PageNumber,
    portal::Portal,
    wifi::{Kind, UnitSort, UnitWifi},
};
use axum::response::Response;
use kernel::Error;
use uuid::Uuid;

use crate::{
    call::Managing,
    present::{file_name, kind, some, unit_status},
    wire::{
        DoorError,
        admin::{
            Address, AdminUnit, Color, Dpsk, Files, Resident, ResidentPortal, Rights, Text, UiConfiguration, Venue,
        },
        page::Which,
        shapes::{Link, own},
    },
};

/// The most rows of a page.
const MOST: i64 = 200;

/// Row 18: a bare array.
pub async fn venues(call: Managing) -> Result<Response, DoorError> {
    let all = call.door.app.portals().list(&call.caller).await?;
    call.shown(&all.iter().map(venue).collect::<Vec<_>>())
}

/// Row 19: each property has one portal.
pub async fn portals(call: Managing) -> Result<Response, DoorError> {
    let which = which(&call)?;
    let all = call.door.app.portals().list(&call.caller).await?;
    let total = i64::try_from(all.len()).map_err(Error::internal)?;
    let skipped = usize::try_from(which.number.saturating_mul(which.size)).unwrap_or(usize::MAX);
    let some = all.iter().skip(skipped).take(usize::try_from(which.size).unwrap_or(0));
    let address = call.address();
    let rows = some.map(|p| resident_portal(p, format!("{address}/{}", p.uid))).collect();
    call.shown(&which.of(rows, total))
}

/// Row 20.
pub async fn portal(call: Managing) -> Result<Response, DoorError> {
    let portal = named(&call).await?;
    call.shown(&resident_portal(&portal, call.address()))
}

/// Row 21.
pub async fn units(call: Managing) -> Result<Response, DoorError> {
    let (which, sort) = (which(&call)?, sort(&call)?);
    let (app, property) = (&call.door.app, named(&call).await?.id);
    let page = PageNumber { page: which.number + 1, per_page: which.size };
    let (units, total) = app.wifi().units(&call.caller, property, sort, page).await?;
    let ids = units.iter().map(|u| u.id).collect();
    let mut links = app.portals().links(&call.caller, property, ids).await?;
    let address = call.address();
    let rows = units.iter().map(|u| admin_unit(u, links.remove(&u.id), format!("{address}/{}", u.uid))).collect();
    call.shown(&which.of(rows, total))
}

/// Row 22.
pub async fn unit(call: Managing) -> Result<Response, DoorError> {
    let (app, property) = (&call.door.app, named(&call).await?.id);
    let id = app.wifi().unit_id(&call.caller, property, call.uuid(1).unwrap_or_default()).await?;
    let unit = app.wifi().unit(&call.caller, id).await?;
    let link = app.portals().link(&call.caller, id).await?;
    call.shown(&admin_unit(&unit, Some(link), call.address()))
}

/// The property that the path names, with or without hyphens.
async fn named(call: &Managing) -> Result<Portal, DoorError> {
    let uid = Uuid::try_parse(call.id(0)).map_err(|_| Error::NotFound("property"))?;
    Ok(call.door.app.portals().by_uid(&call.caller, uid).await?)
}

/// Which page: they are counted from one. One that is too large is made smaller.
fn which(call: &Managing) -> Result<Which, DoorError> {
    let number = |name: &'static str, usual: i64| match call.parameter(name) {
        None => Ok(usual),
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|n| (1..=i64::from(i32::MAX)).contains(n))
            .ok_or_else(|| DoorError::field(name, "must be a whole number from 1")),
    };
    let (page, size) = (number("page", 1)?, number("size", Which::USUAL)?);
    Ok(Which { number: page - 1, size: size.min(MOST), sorted: call.parameter("sort").is_some() })
}

/// `sort=name,desc`.
fn sort(call: &Managing) -> Result<UnitSort, DoorError> {
    let Some(text) = call.parameter("sort") else { return Ok(UnitSort::default()) };
    let (field, direction) = text.split_once(',').unwrap_or((&text, "asc"));
    let descending = match direction.to_ascii_lowercase().as_str() {
        "asc" => false,
        "desc" => true,
        _ => return Err(DoorError::field("sort", "the direction must be asc or desc")),
    };
    match field {
        "name" => Ok(UnitSort { by_number: true, descending }),
        _ => Err(DoorError::field("sort", "must be name")),
    }
}

fn venue(p: &Portal) -> Venue<'_> {
    Venue {
        id: p.uid.simple().to_string(),
        name: &p.name,
        description: p.settings.description.as_deref(),
        address: Address { country: &p.country, city: &p.city, address_line: some(&p.street) },
    }
}

fn admin_unit<'a>(u: &'a UnitWifi, portal: Option<String>, href: String) -> AdminUnit<'a> {
    let mut links = own(href);
    if let Some(href) = portal {
        links.insert("residentPortal", Link { href });
    }
    let own = |kind| u.of_kind(kind);
    let dpsk =
        |i: &'a app::wifi::Identity| Dpsk { kind: kind(i.kind), passphrase: i.passphrase.expose(), vlan: i.vlan };
    AdminUnit {
        id: u.uid,
        name: &u.number,
        resident: Resident {
            name: u.contact_name.as_deref().unwrap_or_default(),
            email: u.contact_email.as_deref(),
            phone_number: u.contact_phone.as_deref(),
        },
        status: unit_status(u.status),
        dpsks: [Kind::Unit, Kind::Guest].into_iter().filter_map(own).map(dpsk).collect(),
        persona_id: own(Kind::Unit).map(|i| i.uid),
        guest_persona_id: own(Kind::Guest).map(|i| i.uid),
        identity_count: u.identities.len(),
        links,
    }
}

fn resident_portal(p: &Portal, href: String) -> ResidentPortal<'_> {
    let s = &p.settings;
    ResidentPortal {
        id: p.uid,
        name: some(&s.title).unwrap_or(&p.name),
        description: s.description.as_deref(),
        portal_status: if s.portal_allowed { "ENABLED" } else { "DISABLED" },
        venue_count: 1,
        ui_configuration: UiConfiguration {
            text: Text {
                title: &s.title,
                sub_title: &s.subtitle,
                login_text: &s.login_text,
                announcements: &s.announcements,
                help_text: &s.help_text,
            },
            color: Color {
                main_color: &s.main_color,
                accent_color: &s.accent_color,
                separator_color: &s.separator_color,
                text_color: &s.text_color,
            },
            files: Files { logo_file_name: file_name(p.logo.as_ref()), fav_icon_file_name: file_name(p.icon.as_ref()) },
            access: Rights { tenant_set_dpsk: s.tenant_set_dpsk },
        },
        links: own(href),
    }
}
