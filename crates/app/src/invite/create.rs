//! Inviting somebody: who may, whom, and the mail with the code.

use db::{Change, Read, Write};
use kernel::{
    Action, Actor, Email, Error, Faults, Field, Living, PersonId, Problem, PropertyId, Result, UnitId, Zone, fold,
};

use super::{DAYS, Invite, Made, hash, store, token};
use crate::{
    access::{Resource, require},
    community, login,
    message::{self, Mail, templates},
    organization, property, resident,
};

/// An invitation as it can be written.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The resident it is for; nothing for somebody new.
    pub person_id: Option<PersonId>,
    /// In whose name, where the door says so: only in one's own (C22).
    pub inviter: Option<Field<PersonId>>,
    /// Where the unit is, where the door says so.
    pub property_id: Option<PropertyId>,
    /// Into which unit.
    pub unit_id: Field<UnitId>,
    /// Given name.
    pub first_name: Field<String>,
    /// Family name.
    pub last_name: Field<String>,
    /// Where the code is mailed.
    pub email: Field<String>,
    /// As what; a member unless told. For residents who live there already it changes nothing.
    pub living: Field<Living>,
    /// Whether they decide for the unit; they do not unless told.
    pub unit_admin: Field<bool>,
}

/// Invites somebody, in the name of `by`, or of the organization.
pub(super) async fn create(
    w: &Write,
    actor: &Actor,
    base: &str,
    by: Option<PersonId>,
    input: &Input,
    mut faults: Faults,
) -> Result<Made> {
    if let Some(property) = input.property_id {
        community::visit(w, actor, property).await?;
    }
    if let Some(inviter) = &input.inviter
        && inviter.required(&mut faults, "inviter").is_some_and(|inviter| actor.person() != Some(*inviter))
    {
        return Err(Error::Forbidden);
    }
    let unit = input.unit_id.required(&mut faults, "unit_id").copied();
    let place = match unit {
        Some(unit) => store::place(w, unit).await?,
        None => None,
    };
    match (unit, place) {
        // Whose unit it is, nobody learns who may not invite there.
        (Some(_), Some(place)) if input.property_id.is_some_and(|property| property != place) => {
            return Err(Error::Forbidden);
        }
        (Some(unit), Some(property)) => require(actor, Action::InviteToUnit, Resource::Unit(property, unit))?,
        (Some(_), None) => return Err(Error::Forbidden),
        (None, _) if !actor.homes().iter().any(|h| h.unit_admin) && actor.role().is_none() => {
            return Err(Error::Forbidden);
        }
        (None, _) => {}
    }
    // Residents invite people to live with them; whom they live with is the management's to say.
    let of_staff = actor.role().is_some();
    if !of_staff && (input.person_id.is_some() || matches!(input.living.given(), Some(Living::Owner | Living::Tenant)))
    {
        return Err(Error::Forbidden);
    }
    let known = match input.person_id {
        Some(id) => {
            let found = resident::find(w, id).await?;
            if found.is_none() {
                faults.add("person_id", Problem::Unknown);
            }
            found
        }
        None => None,
    };
    let first = named(&input.first_name, "first_name", known.as_ref().map(|p| p.first_name.clone()), &mut faults);
    let last = named(&input.last_name, "last_name", known.as_ref().map(|p| p.last_name.clone()), &mut faults);
    let email = input.email.required(&mut faults, "email").map(|e| e.trim().to_owned());
    if let Some(email) = &email {
        if email.chars().count() > 255 {
            faults.add("email", Problem::TooLong(255));
        } else if Email::parse(email).is_none() {
            faults.add("email", Problem::NotEmail);
        }
    }
    faults.finish()?;
    let (Some(unit_id), Some(property_id), Some(email)) = (unit, place, email) else {
        return Err(Error::internal("a field was neither given nor faulty"));
    };
    let key = Email::key_of(&email);
    let before = earlier(w, unit_id, &key, of_staff).await?;
    let person_id = match input.person_id.or(before) {
        Some(id) => id,
        None => store::note_person(w, &first, &last, &fold(&format!("{last} {first}")), &email, &key).await?,
    };
    let signs_in = input.person_id.is_none() && login::owner(w, "email", &key).await?.is_some();
    if signs_in || login::of_person(w, person_id).await?.is_some() {
        return Err(Error::Conflict("registered"));
    }
    store::supersede(w, unit_id, &key, person_id, of_staff).await?;
    let living = input.living.given().copied().unwrap_or(Living::Member);
    let new = store::New {
        person_id,
        first_name: first,
        last_name: last,
        email,
        email_key: key,
        unit_id,
        property_id,
        living,
        // Guests decide nothing.
        unit_admin: input.unit_admin.given() == Some(&true) && living != Living::Guest,
        invited_by: by,
        of_household: !of_staff,
        expires_at: w.now().plus_days(DAYS),
    };
    let token = token(w);
    let id = store::insert(w, &new, &hash(&token)).await?;
    w.change(Change::new("invitation.created", id).person(person_id).property(property_id).unit(unit_id));
    let invite = store::by_id(w, id).await?.ok_or_else(|| Error::internal("an invitation just made is there"))?;
    mail(w, by, base, &invite, &token).await?;
    Ok(Made { invite, token })
}

/// Who was invited with this address into this unit before. Whoever lives there is given a code, and may so become whom it is
/// for: that is never somebody whom the management knows, or has invited itself.
async fn earlier(r: &Read, unit: UnitId, key: &str, of_staff: bool) -> Result<Option<PersonId>> {
    let all = store::open_of(r, unit, key).await?;
    if of_staff {
        return Ok(all.first().map(|i| i.person_id));
    }
    if all.iter().any(|i| !i.of_household && i.expires_at > r.now()) {
        return Err(Error::Conflict("invited"));
    }
    match all.iter().find(|i| i.of_household) {
        Some(before) if store::is_only_invited(r, before.person_id).await? => Ok(Some(before.person_id)),
        _ => Ok(None),
    }
}

fn named(field: &Field<String>, path: &'static str, known: Option<String>, faults: &mut Faults) -> String {
    community::check_text(path, field, 100, faults);
    if field.given().is_some_and(|name| name.chars().any(char::is_control)) {
        faults.add(path, Problem::Malformed);
    }
    match (field.given(), known) {
        (Some(name), _) => name.trim().to_owned(),
        (None, Some(name)) => name,
        (None, None) => field.required(faults, path).cloned().unwrap_or_default(),
    }
}

/// Mails a code.
pub(super) async fn mail(w: &Write, by: Option<PersonId>, base: &str, invite: &Invite, token: &str) -> Result<()> {
    let place = property::find(w, invite.property_id).await?.ok_or(Error::NotFound("property"))?;
    let organization = organization::get(w).await?;
    let inviter = match by {
        Some(me) => community::people(w, vec![me]).await?.remove(&me),
        None => None,
    };
    let inviter = inviter.map_or(organization.name.clone(), |p| format!("{} {}", p.first_name, p.last_name));
    let language = message::language::of(w, invite.person_id).await?;
    let until = Zone::named(&organization.time_zone).date(invite.expires_at);
    let (subject, text, html) =
        templates::community_invitation(language, base, token, &place.name, inviter.trim(), until);
    let mail = Mail {
        person: invite.person_id,
        kind: "community_invite",
        to: invite.email.clone(),
        subject,
        text,
        html: Some(html),
    };
    message::queue(w, &mail).await.map(drop)
}
