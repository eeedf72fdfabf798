//! To whom something is shown, and from when until when: as forms ask for it, and as lists tell it.

use app::{
    audience::{self, Audience, Showing},
    office::{House, Place},
};
use kernel::{BuildingId, Error, Faults, Field, Instant, Problem, Result, Zone, written_date};

use crate::{
    form::{Fields, Shown, in_words},
    parts::{Choice, Tone},
    session::Visit,
    shell::Shell,
};

/// An audience to choose, with how many people it has.
pub(super) struct Reader {
    pub(super) value: &'static str,
    pub(super) text: String,
    pub(super) people: Option<String>,
}

/// Who can be chosen to read something.
pub(super) struct Readers {
    pub(super) list: Vec<Reader>,
    pub(super) houses: Vec<Choice>,
}

fn people(s: &Shell, n: i64) -> String {
    s.say_n("reaches", usize::try_from(n).unwrap_or(0))
}

/// The audiences of a property, and its buildings.
pub(super) async fn readers(visit: &Visit, s: &Shell, place: &Place) -> Result<Readers> {
    let (reached, houses) = visit.app().office().reached(&visit.caller, place.id).await?;
    let count = |audience: Audience| match audience {
        Audience::Everyone => Some(reached.everyone),
        Audience::Owners => Some(reached.owners),
        Audience::Tenants => Some(reached.tenants),
        Audience::UnitAdmins => Some(reached.unit_admins),
        Audience::Building | Audience::Staff => None,
    };
    let reader = |audience: Audience| Reader {
        value: audience.as_str(),
        text: s.say(audience_key(audience)),
        people: count(audience).map(|n| people(s, n)),
    };
    let house = |h: &House| {
        let name = if h.name.is_empty() { place.name.as_str() } else { h.name.as_str() };
        Choice::new(&h.id, format!("{name} · {}", people(s, h.people)))
    };
    Ok(Readers { list: Audience::ALL.into_iter().map(reader).collect(), houses: houses.iter().map(house).collect() })
}

/// What an audience is called.
pub(crate) const fn audience_key(audience: Audience) -> &'static str {
    match audience {
        Audience::Everyone => "audience-everyone",
        Audience::Owners => "audience-owners",
        Audience::Tenants => "audience-tenants",
        Audience::Building => "audience-building",
        Audience::UnitAdmins => "audience-unit-admins",
        Audience::Staff => "audience-staff",
    }
}

/// How something stands towards its readers.
pub(super) fn standing(showing: &Showing, now: Instant) -> (Tone, &'static str) {
    match (showing.published_at, showing.expires_at) {
        (None, _) => (Tone::Waiting, "news-draft"),
        (_, Some(until)) if until <= now => (Tone::Waiting, "news-over"),
        (Some(from), _) if from > now => (Tone::Working, "news-scheduled"),
        _ => (Tone::Done, "news-out"),
    }
}

/// What the fields of a form hold for something new.
pub(super) fn fresh() -> [(&'static str, String); 1] {
    [("audience", Audience::Everyone.as_str().to_owned())]
}

/// What the fields of a form hold for something that is there.
pub(super) fn values(showing: &Showing, zone: &Zone) -> [(&'static str, String); 7] {
    let (from, from_time) = showing.published_at.map(|at| moment(zone, at)).unwrap_or_default();
    let (until, until_time) = showing.expires_at.map(|at| moment(zone, at)).unwrap_or_default();
    [
        ("audience", showing.audience.as_str().to_owned()),
        ("building_id", showing.building_id.map(|b| b.to_string()).unwrap_or_default()),
        ("from", from),
        ("from_time", from_time),
        ("until", until),
        ("until_time", until_time),
        ("draft", if showing.published_at.is_none() { "yes".to_owned() } else { String::new() }),
    ]
}

/// What the fields say. `was` is from when it was shown so far: a form that is sent back as it was changes nothing.
pub(super) fn input(
    fields: &Fields,
    zone: &Zone,
    now: Instant,
    was: Option<Instant>,
    faults: &mut Faults,
) -> audience::Input {
    let audience = Audience::ALL.into_iter().find(|a| a.as_str() == fields.get("audience"));
    if audience.is_none() {
        faults.add("audience", Problem::Unknown);
    }
    let from = instant(fields, "from", "from_time", zone, faults);
    let until = instant(fields, "until", "until_time", zone, faults);
    let same = |at: Instant| was.filter(|was| was.secs().div_euclid(60) == at.secs().div_euclid(60)).unwrap_or(at);
    let published = if fields.ticked("draft") { None } else { Some(from.map_or(was.unwrap_or(now), same)) };
    audience::Input {
        audience: audience.map_or(Field::Faulty, Field::Given),
        building_id: Field::Given(fields.get("building_id").parse().ok().map(BuildingId::new)),
        published_at: Field::Given(published),
        expires_at: Field::Given(until),
    }
}

/// A day and an hour as two fields hold them.
pub(super) fn moment(zone: &Zone, at: Instant) -> (String, String) {
    let (civil, _) = zone.civil(at);
    (civil.date().to_string(), format!("{:02}:{:02}", civil.hour(), civil.minute()))
}

/// The instant that two fields name; without a time the day's beginning.
pub(super) fn instant(
    fields: &Fields,
    day: &'static str,
    time: &str,
    zone: &Zone,
    faults: &mut Faults,
) -> Option<Instant> {
    let text = fields.get(day).trim();
    if text.is_empty() {
        return None;
    }
    let at = written_date(text).zip(minutes(fields.get(time))).map(|(date, minutes)| {
        let at = zone.midnight(date).plus_secs(minutes * 60);
        // Where the clock was changed on that day, so many minutes after midnight is another hour.
        let (civil, _) = zone.civil(at);
        let shown = i64::from(civil.hour()) * 60 + i64::from(civil.minute());
        if civil.date() == date { at.plus_secs((minutes - shown) * 60) } else { at }
    });
    if at.is_none() {
        faults.add(day, Problem::Malformed);
    }
    at
}

/// Minutes after midnight.
fn minutes(text: &str) -> Option<i64> {
    if text.trim().is_empty() {
        return Some(0);
    }
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
}

/// The form again, with what was typed. Faults of the core's fields stand beside those of the page.
pub(super) fn refused(visit: &Visit, fields: &Fields, error: Error) -> Result<Shown> {
    let renamed = match error {
        Error::Invalid(faults) => {
            let mut own = Faults::new();
            for fault in &faults {
                let name = match fault.path.first().map(AsRef::as_ref) {
                    Some("expires_at") => "until".into(),
                    Some("published_at") => "from".into(),
                    Some("starts_at") => "starts".into(),
                    Some("ends_at") => "ends".into(),
                    Some("attachments" | "without" | "file_id" | "file_type") => "files".into(),
                    _ => fault.path.first().cloned().unwrap_or_default(),
                };
                own.add(name, fault.problem.clone());
            }
            Error::Invalid(own)
        }
        other => other,
    };
    Shown::refused(fields, renamed, visit.language.texts(), |_| None)
}

/// The same of a form that renames one of many things on a page: what is wrong stands under the mark of that thing.
pub(super) fn refused_name(visit: &Visit, fields: &Fields, error: Error, mark: &str) -> Result<Shown> {
    let t = visit.language.texts();
    let Error::Invalid(faults) = &error else { return Err(error) };
    let mut shown = Shown::typed(fields);
    for fault in faults {
        shown.set(mark, in_words(t, &fault.problem));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_the_clock_on_the_wall_shows_it() {
        let zone = Zone::named("Europe/Berlin");
        for (day, time) in
            [("2026-07-01", "18:30"), ("2026-03-29", "18:30"), ("2026-10-25", "09:05"), ("2026-12-24", "00:00")]
        {
            let fields = Fields(vec![("day".to_owned(), day.to_owned()), ("time".to_owned(), time.to_owned())]);
            let mut faults = Faults::new();
            let at = instant(&fields, "day", "time", &zone, &mut faults);
            assert_eq!(at.map(|at| moment(&zone, at)), Some((day.to_owned(), time.to_owned())));
            assert!(faults.finish().is_ok());
        }
        for bad in ["25:00", "8", "x:y", "8:6x", "12:60"] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }
}
