//! The SQL of identities and devices.

use db::{Change, List, Read, Slice, Write, row, sql};
use kernel::{DeviceId, IdentityId, Instant, PersonId, PropertyId, Result, UnitId};
use uuid::Uuid;

use super::words::{Auth, Kind, Mac};

row! {
    /// A unit, as far as its WiFi goes.
    #[derive(Clone, Debug)]
    pub struct Place {
        pub id: UnitId,
        pub uid: Uuid,
        pub property_id: PropertyId,
        pub number: String,
        pub description: Option<String>,
        pub described_by_resident: bool,
        pub is_disabled: bool,
        pub blocked_by_desk: bool,
        pub generation: i64,
        pub contact_name: Option<String>,
        pub contact_email: Option<String>,
        pub contact_phone: Option<String>,
        pub guest_allowed: bool,
        pub tenant_set_dpsk: bool,
        pub min_length: i64,
    }

    /// An identity as stored.
    #[derive(Clone, Debug)]
    pub struct Row {
        pub id: IdentityId,
        pub uid: Uuid,
        pub property_id: PropertyId,
        pub unit_id: UnitId,
        pub person_id: Option<PersonId>,
        pub kind: Kind,
        pub name: Option<String>,
        pub email: Option<String>,
        pub phone: Option<String>,
        pub sealed: Option<Vec<u8>>,
        pub vlan: Option<i64>,
        pub is_blocked: bool,
        pub blocked_by_desk: bool,
        pub is_vacant: bool,
        pub created_at: Instant,
    }

    /// A thing that joins the WiFi of a unit.
    #[derive(Clone, Debug)]
    pub struct Device {
        /// Its id.
        pub id: DeviceId,
        /// Its uid.
        pub uid: Uuid,
        /// Whose passphrase it uses.
        pub identity_id: IdentityId,
        /// What kind of identity that is.
        pub kind: Kind,
        /// Its address.
        pub mac: Mac,
        /// How it became known.
        pub auth: Auth,
        /// When it was last seen in the WiFi.
        pub last_connected_at: Option<Instant>,
        /// Whether whoever lives there blocked it.
        pub is_blocked: bool,
        /// Whether the management did, which residents cannot lift.
        pub blocked_by_desk: bool,
        /// When it became known.
        pub created_at: Instant,
    }

    /// A person who lives in a unit with others and has no identity there yet.
    pub struct Unlinked {
        pub unit_id: UnitId,
        pub property_id: PropertyId,
        pub person_id: PersonId,
        pub first_name: String,
        pub last_name: String,
        pub email: Option<String>,
        pub phone: Option<String>,
    }
}

/// An identity to be.
pub struct New<'a> {
    pub uid: Uuid,
    pub property: PropertyId,
    pub unit: UnitId,
    pub person: Option<PersonId>,
    pub kind: Kind,
    pub name: Option<&'a str>,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub is_vacant: bool,
}

pub async fn place(r: &Read, unit: UnitId) -> Result<Option<Place>> {
    Ok(places(r, &[unit]).await?.pop())
}

pub async fn places(r: &Read, units: &[UnitId]) -> Result<Vec<Place>> {
    r.all(sql!(
        "SELECT u.id, u.uid, u.property_id, u.number, u.description, u.described_by_resident, u.is_disabled, u.blocked_by_desk, \
         u.portal_generation AS generation, \
         u.contact_name, u.contact_email, u.contact_phone, coalesce(s.guest_allowed, FALSE) AS guest_allowed, \
         coalesce(s.tenant_set_dpsk, TRUE) AS tenant_set_dpsk, \
         (SELECT coalesce(max(n.min_length), 8) FROM wifi_network n WHERE n.org_id = u.org_id AND n.property_id = u.property_id \
         AND n.deleted_at IS NULL) AS min_length \
         FROM unit u LEFT JOIN portal_settings s ON s.property_id = u.property_id \
         WHERE +u.org_id = $1 AND u.id = ANY($2) AND u.deleted_at IS NULL ORDER BY +u.id",
        r.caller().org,
        units
    ))
    .await
}

pub async fn unit_by_uid(r: &Read, property: PropertyId, uid: Uuid) -> Result<Option<UnitId>> {
    r.optional(sql!(
        "SELECT id FROM unit WHERE org_id = $1 AND property_id = $2 AND uid = $3 AND deleted_at IS NULL",
        r.caller().org,
        property,
        uid
    ))
    .await
}

/// One page of the units of a property, and how many there are in all.
pub async fn units(
    r: &Read,
    property: PropertyId,
    sort: super::UnitSort,
    page: i64,
    size: i64,
) -> Result<(Vec<UnitId>, i64)> {
    let filtered = |list: List| {
        list.filter("u.org_id = ?", r.caller().org).filter("u.property_id = ? AND u.deleted_at IS NULL", property)
    };
    let total = r.one(filtered(List::new("units", "SELECT count(*) FROM unit u")).whole()).await?;
    let order: &[(&str, bool)] =
        if sort.by_number { &[("u.number", false), ("u.id", false)] } else { &[("u.id", false)] };
    let slice = Slice::of(total, page, size);
    let list = filtered(List::new("units", "SELECT u.id FROM unit u"));
    let ids = r.all(list.slice(order, sort.descending, &slice)).await?;
    Ok((slice.turn(ids), total))
}

/// The identities of units by uid. Those for guests are there only where guests are allowed.
pub async fn of_units(r: &Read, units: &[UnitId]) -> Result<Vec<Row>> {
    let rows = r.all(sql!(
        "SELECT i.id, i.uid, i.property_id, i.unit_id, i.person_id, i.kind, i.name, i.email, i.phone, i.sealed, i.vlan, i.is_blocked, \
         i.blocked_by_desk, i.is_vacant, i.created_at FROM wifi_identity i LEFT JOIN portal_settings s ON s.property_id = i.property_id \
         WHERE i.org_id = $1 AND i.unit_id = ANY($2) AND (i.kind <> 'guest' OR coalesce(s.guest_allowed, FALSE)) ORDER BY +i.id",
        r.caller().org,
        units
    ));
    let mut rows: Vec<Row> = rows.await?;
    rows.sort_by_key(|i| (i.unit_id, i.uid));
    Ok(rows)
}

pub async fn insert(w: &Write, new: &New<'_>) -> Result<Option<IdentityId>> {
    w.optional(sql!(
        "INSERT INTO wifi_identity (uid, org_id, property_id, unit_id, person_id, kind, name, email, phone, is_blocked, blocked_by_desk, \
         is_vacant, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE, FALSE, $10, $11, $11) \
         ON CONFLICT DO NOTHING RETURNING id",
        new.uid,
        w.caller().org,
        new.property,
        new.unit,
        new.person,
        new.kind.as_str(),
        new.name,
        new.email,
        new.phone,
        new.is_vacant,
        w.now()
    ))
    .await
}

/// Whether another identity of the property has this passphrase.
pub async fn is_taken(r: &Read, property: PropertyId, fingerprint: &[u8], but: IdentityId) -> Result<bool> {
    let found: Option<IdentityId> = r
        .optional(sql!(
            "SELECT id FROM wifi_identity WHERE org_id = $1 AND property_id = $2 AND passphrase_hash = $3 AND id <> $4",
            r.caller().org,
            property,
            fingerprint,
            but
        ))
        .await?;
    Ok(found.is_some())
}

pub async fn set_passphrase(w: &Write, id: IdentityId, sealed: &[u8], fingerprint: &[u8]) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_identity SET sealed = $3, passphrase_hash = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        id,
        sealed,
        fingerprint,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn update(w: &Write, i: &Row) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_identity SET name = $3, email = $4, phone = $5, vlan = $6, is_blocked = $7, blocked_by_desk = $8, updated_at = $9 \
         WHERE org_id = $1 AND id = $2",
        w.caller().org,
        i.id,
        &i.name,
        &i.email,
        &i.phone,
        i.vlan,
        i.is_blocked,
        i.blocked_by_desk,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn update_place(w: &Write, p: &Place) -> Result<()> {
    w.execute(sql!(
        "UPDATE unit SET description = $3, contact_name = $4, contact_email = $5, contact_phone = $6, is_disabled = $7, \
         blocked_by_desk = $8, described_by_resident = $9, updated_at = $10 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        p.id,
        &p.description,
        &p.contact_name,
        &p.contact_email,
        &p.contact_phone,
        p.is_disabled,
        p.blocked_by_desk,
        p.described_by_resident,
        w.now()
    ))
    .await
    .map(drop)
}

/// Who lives in these units with others, and has no identity there.
pub async fn unlinked(r: &Read, units: &[UnitId]) -> Result<Vec<Unlinked>> {
    r.all(sql!(
        "SELECT t.unit_id, t.property_id, t.person_id, p.first_name, p.last_name, p.email, substr(coalesce(n.e164, n.raw), 1, 16) AS phone \
         FROM tenancy t JOIN person p ON p.id = t.person_id LEFT JOIN phone_number n ON n.person_id = p.id AND n.is_primary \
         WHERE t.org_id = $1 AND t.unit_id = ANY($2) AND t.role IN ('member', 'guest') AND t.deleted_at IS NULL \
         AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3) \
         AND NOT EXISTS (SELECT 1 FROM wifi_identity i WHERE i.org_id = t.org_id AND i.unit_id = t.unit_id AND i.person_id = t.person_id AND i.kind = 'linked') \
         ORDER BY +t.id",
        r.caller().org,
        units,
        r.now()
    ))
    .await
}

/// The devices of a unit, oldest first.
pub async fn devices(r: &Read, unit: UnitId) -> Result<Vec<Device>> {
    r.all(sql!(
        "SELECT d.id, d.uid, d.identity_id, i.kind, d.mac, d.auth, d.last_connected_at, d.is_blocked, d.blocked_by_desk, \
         d.created_at FROM wifi_device d \
         JOIN wifi_identity i ON i.id = d.identity_id WHERE d.org_id = $1 AND d.unit_id = $2 ORDER BY d.id",
        r.caller().org,
        unit
    ))
    .await
}

/// Makes a device known; `None` when its address is known in the property already. Who moves within a property takes
/// the device along: where it was known, it is forgotten once nobody lives there whose it would be. That the management
/// blocked it goes along.
pub async fn insert_device(w: &Write, identity: &Row, mac: Mac, auth: Auth) -> Result<Option<DeviceId>> {
    let blocked = release(w, identity.property_id, mac).await?;
    w.optional(sql!(
        "INSERT INTO wifi_device (uid, org_id, property_id, unit_id, identity_id, mac, auth, blocked_by_desk, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT DO NOTHING RETURNING id",
        w.uid(),
        w.caller().org,
        identity.property_id,
        identity.unit_id,
        identity.id,
        mac.number(),
        auth.as_str(),
        blocked,
        w.now()
    ))
    .await
}

/// Answers whether the management had blocked it.
async fn release(w: &Write, property: PropertyId, mac: Mac) -> Result<bool> {
    row! {
        struct Left {
            id: DeviceId,
            unit_id: UnitId,
            blocked_by_desk: bool,
        }
    }
    let left: Option<Left> = w
        .optional(sql!(
            "DELETE FROM wifi_device WHERE org_id = $1 AND property_id = $2 AND mac = $3 AND identity_id IN \
             (SELECT i.id FROM wifi_identity i WHERE i.org_id = $1 AND i.id = wifi_device.identity_id AND i.is_vacant) RETURNING id, unit_id, blocked_by_desk",
            w.caller().org,
            property,
            mac.number()
        ))
        .await?;
    let Some(left) = left else { return Ok(false) };
    w.change(Change::new("wifi_device.removed", left.id).property(property).unit(left.unit_id));
    Ok(left.blocked_by_desk)
}

pub async fn set_device_blocked(w: &Write, d: &Device) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_device SET is_blocked = $3, blocked_by_desk = $4, updated_at = $5 WHERE org_id = $1 AND id = $2",
        w.caller().org,
        d.id,
        d.is_blocked,
        d.blocked_by_desk,
        w.now()
    ))
    .await
    .map(drop)
}

pub async fn delete_device(w: &Write, id: DeviceId) -> Result<()> {
    w.execute(sql!("DELETE FROM wifi_device WHERE org_id = $1 AND id = $2", w.caller().org, id)).await.map(drop)
}
