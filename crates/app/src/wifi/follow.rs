//! What follows for the WiFi from who lives where. Whatever writes a tenancy calls [`follow`] in the same transaction.
//!
//! It is compared who lives in a unit now, and who did when that was last looked at. A passphrase that ends is erased
//! at once; the next one is made when somebody looks.

use std::collections::BTreeSet;

use db::{Change, Read, Write, row, sql};
use kernel::{IdentityId, Instant, Living, PersonId, PropertyId, Result, TenancyId, UnitId};

use crate::{
    invite,
    tenancy::household::{self, Over},
};

row! {
    struct Tenancy {
        id: TenancyId,
        person_id: PersonId,
        property_id: PropertyId,
        unit_id: Option<UnitId>,
        resided_unit_id: Option<UnitId>,
        role: Living,
        begins_at: Instant,
        left_at: Option<Instant>,
        runs: bool,
    }

    struct Moved {
        id: IdentityId,
        property_id: PropertyId,
        unit_id: UnitId,
    }

    struct Touched {
        unit_id: Option<UnitId>,
        resided_unit_id: Option<UnitId>,
    }
}

/// Brings the WiFi of all units that these tenancies concern, or concerned, to where they are.
pub(crate) async fn follow(w: &Write, tenancies: &[TenancyId]) -> Result<()> {
    follow_these(w, tenancies, &[]).await
}

/// The same of a tenancy that is another person's from now on: as if one had moved out, and the other one in.
pub(crate) async fn hand_over(w: &Write, tenancy: TenancyId) -> Result<()> {
    follow_these(w, &[tenancy], &[tenancy]).await
}

async fn follow_these(w: &Write, tenancies: &[TenancyId], handed_over: &[TenancyId]) -> Result<()> {
    if tenancies.is_empty() {
        return Ok(());
    }
    let touched: Vec<Touched> = w
        .all(sql!(
            "SELECT unit_id, resided_unit_id FROM tenancy WHERE +org_id = $1 AND id = ANY($2)",
            w.caller().org,
            tenancies
        ))
        .await?;
    let units: BTreeSet<UnitId> = touched.into_iter().flat_map(|t| [t.unit_id, t.resided_unit_id]).flatten().collect();
    compare(w, &units.into_iter().collect::<Vec<_>>(), handed_over).await
}

/// Brings the WiFi of units to where their tenancies are, and ends what hangs on households that are over.
pub(super) async fn settle(w: &Write, units: &[UnitId]) -> Result<()> {
    compare(w, units, &[]).await
}

async fn compare(w: &Write, units: &[UnitId], handed_over: &[TenancyId]) -> Result<()> {
    if units.is_empty() {
        return Ok(());
    }
    let all = tenancies(w, units).await?;
    let (mut lives, mut left) = (Vec::new(), Vec::new());
    let (mut begun, mut ended, mut over) = (Vec::new(), Vec::new(), Vec::new());
    for unit in units {
        let now = residing(&all, *unit);
        let before: Vec<&Tenancy> = all.iter().filter(|t| t.resided_unit_id == Some(*unit)).collect();
        lives.extend(now.iter().filter(|t| t.resided_unit_id != Some(*unit)).map(|t| t.id));
        left.extend(before.iter().filter(|t| !now.iter().any(|n| n.id == t.id)).map(|t| t.id));
        let stays = now.iter().any(|t| t.resided_unit_id == Some(*unit) && !handed_over.contains(&t.id));
        match now.first() {
            Some(first) if !stays => {
                let ids: Vec<TenancyId> = now.iter().map(|t| t.id).collect();
                begun.push((first.person_id, first.property_id, *unit, !before.is_empty(), ids));
            }
            None if !before.is_empty() => ended.extend(before.first().map(|t| (t.property_id, *unit))),
            _ => {}
        }
        if !stays && !before.is_empty() {
            over.push(ends(*unit, &before, &now, handed_over));
        }
    }
    note_residing(w, &lives, &left).await?;
    for (person, property, unit, handed_over, residents) in begun {
        begin(w, unit, person).await?;
        household::forget(w, unit, &residents).await?;
        if handed_over {
            end_links(w, unit).await?;
        }
        w.change(Change::new("unit.resident_began", unit).property(property).unit(unit).person(person));
    }
    for (property, unit) in ended {
        end(w, unit).await?;
        end_links(w, unit).await?;
        w.change(Change::new("unit.residents_ended", unit).property(property).unit(unit));
    }
    for over in &over {
        household::end(w, over).await?;
    }
    household::resume(w, &lives).await?;
    invite::end_void_into(w, units).await?;
    settle_linked(w, units).await
}

/// What is known of a household that is over.
fn ends(unit: UnitId, before: &[&Tenancy], now: &[&Tenancy], handed_over: &[TenancyId]) -> Over {
    let people = |all: &[&Tenancy]| all.iter().map(|t| t.person_id).collect();
    let stays = before.iter().any(|t| t.runs && t.unit_id == Some(unit) && !handed_over.contains(&t.id));
    let left = before.iter().filter(|t| !t.runs).filter_map(|t| t.left_at).max();
    // An owner who has the unit back was there all the time, so nobody can have been noted for them ahead.
    let since = now.first().map(|t| t.begins_at).filter(|at| stays || left.is_some_and(|left| *at >= left));
    Over {
        unit,
        with: before.last().map(|t| t.id).filter(|_| now.is_empty()),
        former: people(before),
        now: people(now),
        since: since.filter(|_| handed_over.is_empty()),
    }
}

/// The tenants of a unit; its owners while it has none.
fn residing(all: &[Tenancy], unit: UnitId) -> Vec<&Tenancy> {
    let of = |role: Living| all.iter().filter(move |t| t.runs && t.unit_id == Some(unit) && t.role == role);
    let tenants: Vec<&Tenancy> = of(Living::Tenant).collect();
    if tenants.is_empty() { of(Living::Owner).collect() } else { tenants }
}

/// Who is, or was counted as, residing in these units; by when they began.
async fn tenancies(r: &Read, units: &[UnitId]) -> Result<Vec<Tenancy>> {
    r.all(sql!(
        "SELECT t.id, t.person_id, t.property_id, t.unit_id, t.resided_unit_id, t.role, coalesce(t.starts_at, t.created_at) AS begins_at, \
         coalesce(t.deleted_at, t.moved_out_at, t.ends_at) AS left_at, (t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) AND (t.ends_at IS NULL OR t.ends_at > $3) \
         AND (t.moved_out_at IS NULL OR t.moved_out_at > $3)) AS runs FROM tenancy t \
         WHERE t.id IN (SELECT a.id FROM tenancy a WHERE a.org_id = $1 AND a.unit_id = ANY($2) AND a.deleted_at IS NULL \
         AND a.role IN ('tenant', 'owner') AND (a.starts_at IS NULL OR a.starts_at <= $3) AND (a.ends_at IS NULL OR a.ends_at > $3) \
         AND (a.moved_out_at IS NULL OR a.moved_out_at > $3) \
         UNION SELECT b.id FROM tenancy b WHERE b.org_id = $1 AND b.resided_unit_id = ANY($2)) \
         ORDER BY coalesce(t.starts_at, t.created_at), +t.id",
        r.caller().org,
        units,
        r.now()
    ))
    .await
}

async fn note_residing(w: &Write, lives: &[TenancyId], left: &[TenancyId]) -> Result<()> {
    let org = w.caller().org;
    // Who moved from one of these units to another has left the one and lives in the other.
    if !left.is_empty() {
        w.execute(sql!("UPDATE tenancy SET resided_unit_id = NULL WHERE +org_id = $1 AND id = ANY($2)", org, left))
            .await?;
    }
    if !lives.is_empty() {
        w.execute(sql!("UPDATE tenancy SET resided_unit_id = unit_id WHERE +org_id = $1 AND id = ANY($2)", org, lives))
            .await?;
    }
    Ok(())
}

/// The first who lives there: another passphrase, no devices, the contact a copy of the person's, and nothing that was
/// written with the link of who lived there before.
async fn begin(w: &Write, unit: UnitId, person: PersonId) -> Result<()> {
    let org = w.caller().org;
    w.execute(sql!(
        "DELETE FROM wifi_device WHERE org_id = $1 AND unit_id = $2 AND identity_id IN \
         (SELECT i.id FROM wifi_identity i WHERE i.org_id = $1 AND i.unit_id = $2 AND i.kind <> 'linked')",
        org,
        unit
    ))
    .await?;
    w.execute(sql!(
        "UPDATE wifi_identity SET sealed = NULL, passphrase_hash = NULL, person_id = $3, name = NULL, email = NULL, phone = NULL, \
         is_blocked = FALSE, blocked_by_desk = FALSE, is_vacant = FALSE, updated_at = $4 \
         WHERE org_id = $1 AND unit_id = $2 AND kind IN ('unit', 'guest')",
        org,
        unit,
        person,
        w.now()
    ))
    .await?;
    name_holder(w, unit, person).await?;
    w.execute(sql!(
        "UPDATE unit SET is_disabled = FALSE, updated_at = $4, \
         description = CASE WHEN described_by_resident THEN NULL ELSE description END, described_by_resident = FALSE, \
         contact_name = (SELECT trim(p.first_name || ' ' || p.last_name) FROM person p WHERE p.org_id = $1 AND p.id = $3), \
         contact_email = (SELECT p.email FROM person p WHERE p.org_id = $1 AND p.id = $3), \
         contact_phone = (SELECT substr(coalesce(n.e164, n.raw), 1, 16) FROM phone_number n WHERE n.org_id = $1 AND n.person_id = $3 AND n.is_primary) \
         WHERE org_id = $1 AND id = $2",
        org,
        unit,
        person,
        w.now()
    ))
    .await
    .map(drop)
}

/// Whoever a unit's own identity is of gives it name, address and number: copies, as the contact is.
pub(super) async fn name_holder(w: &Write, unit: UnitId, person: PersonId) -> Result<()> {
    w.execute(sql!(
        "UPDATE wifi_identity SET name = (SELECT substr(trim(p.first_name || ' ' || p.last_name), 1, 255) FROM person p WHERE p.org_id = $1 AND p.id = $3), \
         email = (SELECT p.email FROM person p WHERE p.org_id = $1 AND p.id = $3), \
         phone = (SELECT substr(coalesce(n.e164, n.raw), 1, 16) FROM phone_number n WHERE n.org_id = $1 AND n.person_id = $3 AND n.is_primary) \
         WHERE org_id = $1 AND unit_id = $2 AND kind = 'unit'",
        w.caller().org,
        unit,
        person
    ))
    .await
    .map(drop)
}

/// Nobody lives there any more: neither passphrase nor name nor contact of who did is shown.
async fn end(w: &Write, unit: UnitId) -> Result<()> {
    let (org, now) = (w.caller().org, w.now());
    w.execute(sql!(
        "UPDATE wifi_identity SET sealed = NULL, passphrase_hash = NULL, name = NULL, email = NULL, phone = NULL, \
         is_vacant = TRUE, updated_at = $3 WHERE org_id = $1 AND unit_id = $2 AND kind IN ('unit', 'guest')",
        org,
        unit,
        now
    ))
    .await?;
    w.execute(sql!(
        "UPDATE unit SET contact_name = NULL, contact_email = NULL, contact_phone = NULL, updated_at = $3, \
         description = CASE WHEN described_by_resident THEN NULL ELSE description END, described_by_resident = FALSE \
         WHERE org_id = $1 AND id = $2",
        org,
        unit,
        now
    ))
    .await
    .map(drop)
}

/// Ends the portal link of a unit and all sign-ins with it.
pub(crate) async fn end_links(w: &Write, unit: UnitId) -> Result<()> {
    let (org, now): (_, Instant) = (w.caller().org, w.now());
    w.execute(sql!(
        "UPDATE unit SET portal_generation = portal_generation + 1, updated_at = $3 WHERE org_id = $1 AND id = $2",
        org,
        unit,
        now
    ))
    .await?;
    w.execute(sql!("DELETE FROM unit_token WHERE org_id = $1 AND unit_id = $2", org, unit)).await.map(drop)
}

/// Who lives there with others has an identity of the own while they do.
async fn settle_linked(w: &Write, units: &[UnitId]) -> Result<()> {
    let moved: Vec<Moved> = w
        .all(sql!(
            "UPDATE wifi_identity SET is_vacant = NOT is_vacant, updated_at = $3 \
             WHERE org_id = $1 AND unit_id = ANY($2) AND kind = 'linked' AND is_vacant = EXISTS (SELECT 1 FROM tenancy t \
             WHERE t.org_id = $1 AND t.unit_id = wifi_identity.unit_id AND t.person_id = wifi_identity.person_id \
             AND t.role IN ('member', 'guest') AND t.deleted_at IS NULL AND (t.starts_at IS NULL OR t.starts_at <= $3) \
             AND (t.ends_at IS NULL OR t.ends_at > $3) AND (t.moved_out_at IS NULL OR t.moved_out_at > $3)) RETURNING id, property_id, unit_id",
            w.caller().org,
            units,
            w.now()
        ))
        .await?;
    for i in moved {
        w.change(Change::new("wifi_identity.followed", i.id).property(i.property_id).unit(i.unit_id));
    }
    Ok(())
}

/// Tenancies with which somebody has moved in since, at most `most`: tenants, and owners where no tenant lives.
pub(crate) async fn starting(r: &Read, most: u32) -> Result<Vec<TenancyId>> {
    r.all(sql!(
        "SELECT t.id FROM tenancy t WHERE t.org_id = $1 AND t.starts_at <= $2 AND t.role IN ('tenant', 'owner') AND t.resided_unit_id IS NULL \
         AND t.unit_id IS NOT NULL AND t.ended_by IS NULL AND t.deleted_at IS NULL AND (t.moved_out_at IS NULL OR t.moved_out_at > $2) \
         AND (t.ends_at IS NULL OR t.ends_at > $2) AND (t.role = 'tenant' OR NOT EXISTS (SELECT 1 FROM tenancy o WHERE o.org_id = t.org_id \
         AND o.resided_unit_id = t.unit_id AND o.role = 'tenant')) ORDER BY t.starts_at, t.id LIMIT $3",
        r.caller().org,
        r.now(),
        most
    ))
    .await
}

/// Organizations in which somebody has moved in since.
pub(crate) async fn organizations_with_starting(r: &Read) -> Result<Vec<kernel::OrgId>> {
    r.all(sql!(
        "SELECT o.id FROM organization o WHERE EXISTS (SELECT 1 FROM tenancy t WHERE t.org_id = o.id AND t.starts_at <= $1 \
         AND t.role IN ('tenant', 'owner') AND t.resided_unit_id IS NULL AND t.unit_id IS NOT NULL AND t.ended_by IS NULL \
         AND t.deleted_at IS NULL AND (t.moved_out_at IS NULL OR t.moved_out_at > $1) AND (t.ends_at IS NULL OR t.ends_at > $1) \
         AND (t.role = 'tenant' OR NOT EXISTS (SELECT 1 FROM tenancy x WHERE x.org_id = t.org_id AND x.resided_unit_id = t.unit_id \
         AND x.role = 'tenant'))) ORDER BY o.id /* scan: all organizations */",
        r.now()
    ))
    .await
}
