//! Phone numbers of people: kept as written, compared as E.164.

use db::{Read, Write, row, sql};
use kernel::{Faults, Field, PersonId, Phone, PhoneId, Problem, Result};
use uuid::Uuid;

row! {
    /// A phone number of a person.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PhoneNumber {
        /// Its id.
        pub id: PhoneId,
        /// Its uid.
        pub uid: Uuid,
        /// Whose.
        pub person_id: PersonId,
        /// As written.
        pub raw: String,
        /// `+` and digits, when it is a possible number.
        pub e164: Option<String>,
        /// What to dial after it.
        pub extension: Option<String>,
        /// Home, Work, Mobile …
        pub label: Option<String>,
        /// Whether it is the first to call.
        pub is_primary: bool,
        /// Whether text messages may be sent to it.
        pub sms_opt_in: bool,
    }
}

/// How many numbers a person may have.
const MOST: usize = 50;

/// A number to be added, changed or removed.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The number that is meant; without one it is a new number.
    pub uid: Option<Uuid>,
    /// Whether it is to be removed.
    pub remove: bool,
    /// As written.
    pub number: Field<String>,
    /// What to dial after it.
    pub extension: Field<Option<String>>,
    /// Home, Work, Mobile …
    pub label: Field<Option<String>>,
    /// Whether it is the first to call.
    pub primary: Field<bool>,
    /// Whether text messages may be sent to it.
    pub sms_opt_in: Field<bool>,
}

/// The numbers of these people, by id; the first to call first.
pub(crate) async fn of_people(r: &Read, ids: &[PersonId]) -> Result<Vec<PhoneNumber>> {
    r.all(sql!(
        "SELECT id, uid, person_id, raw, e164, extension, label, is_primary, sms_opt_in FROM phone_number \
         WHERE org_id = $1 AND person_id = ANY($2) ORDER BY person_id, id",
        r.caller().org,
        ids
    ))
    .await
}

/// The numbers as they will be. Notes what is wrong under `phone_numbers`, by the position in `inputs`.
pub(crate) fn plan(now: &[PhoneNumber], inputs: &[Input], country: &str, faults: &mut Faults) -> Vec<Planned> {
    let mut all: Vec<Planned> = now.iter().cloned().map(Planned::kept).collect();
    for (i, input) in inputs.iter().enumerate() {
        let at = |name: &'static str| vec!["phone_numbers".into(), i.to_string().into(), name.into()];
        let read = |raw: &String| {
            let phone = Phone::read(raw, country);
            phone.e164().map(|e164| (phone.raw().to_owned(), e164.to_owned()))
        };
        let number = match input.number.given().map(read) {
            Some(None) => {
                faults.add_at(at("number"), Problem::NotPhone);
                continue;
            }
            Some(Some(number)) => Some(number),
            None => None,
        };
        let place = match input.uid {
            Some(uid) => match all.iter().position(|p| p.number.uid == uid && !p.removed) {
                Some(place) => place,
                None => {
                    faults.add_at(at("id"), Problem::Unknown);
                    continue;
                }
            },
            None => {
                if number.is_none() {
                    if input.number.is_absent() {
                        faults.add_at(at("number"), Problem::Required);
                    }
                    continue;
                }
                let first = all.iter().all(|p| p.removed);
                all.push(Planned::new(first));
                all.len() - 1
            }
        };
        // The flag goes from one to the other.
        if input.primary.given() == Some(&true) && !input.remove {
            all.iter_mut().for_each(|other| other.number.is_primary = false);
        }
        let Some(found) = all.get_mut(place) else { continue };
        found.removed = input.remove;
        if let Some((raw, e164)) = number {
            found.number.raw = raw;
            found.number.e164 = Some(e164);
        }
        found.number.extension = input.extension.or_keep(&found.number.extension);
        found.number.label = input.label.or_keep(&found.number.label);
        found.number.sms_opt_in = input.sms_opt_in.or_keep(&found.number.sms_opt_in);
        found.number.is_primary = input.primary.or_keep(&found.number.is_primary) && !input.remove;
    }
    if all.iter().filter(|p| !p.removed).count() > MOST {
        faults.add("phone_numbers", Problem::TooLong(MOST));
    }
    all
}

/// A number as it will be.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    number: PhoneNumber,
    /// What it was; none for a new one.
    was: Option<PhoneNumber>,
    removed: bool,
}

impl Planned {
    fn kept(number: PhoneNumber) -> Self {
        Self { was: Some(number.clone()), number, removed: false }
    }

    fn new(is_primary: bool) -> Self {
        let number = PhoneNumber {
            id: PhoneId::new(0),
            // The row gets its own.
            uid: Uuid::nil(),
            person_id: PersonId::new(0),
            raw: String::new(),
            e164: None,
            extension: None,
            label: None,
            is_primary,
            sms_opt_in: false,
        };
        Self { number, was: None, removed: false }
    }
}

/// Stores the plan; answers whether anything changed.
pub(crate) async fn store(w: &Write, person: PersonId, plan: &[Planned]) -> Result<bool> {
    let (org, now) = (w.caller().org, w.now());
    let changed = |p: &&Planned| p.was.as_ref() != Some(&p.number) || p.removed;
    let steps: Vec<&Planned> = plan.iter().filter(changed).collect();
    if steps.iter().any(|p| p.number.is_primary) {
        // The flag is unique at every moment: nobody has it while it goes from one to the other.
        w.execute(sql!(
            "UPDATE phone_number SET is_primary = FALSE WHERE org_id = $1 AND person_id = $2 AND is_primary",
            org,
            person
        ))
        .await?;
    }
    for step in &steps {
        let n = &step.number;
        match (&step.was, step.removed) {
            (None, true) => {}
            (Some(was), true) => {
                w.execute(sql!("DELETE FROM phone_number WHERE org_id = $1 AND id = $2", org, was.id)).await?;
            }
            (Some(was), false) => {
                w.execute(sql!(
                    "UPDATE phone_number SET raw = $3, e164 = $4, extension = $5, label = $6, is_primary = $7, sms_opt_in = $8, \
                     updated_at = $9 WHERE org_id = $1 AND id = $2",
                    org, was.id, &n.raw, &n.e164, &n.extension, &n.label, n.is_primary, n.sms_opt_in, now
                ))
                .await?;
            }
            (None, false) => {
                w.execute(sql!(
                    "INSERT INTO phone_number (uid, org_id, person_id, raw, e164, extension, label, is_primary, sms_opt_in, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
                    w.uid(), org, person, &n.raw, &n.e164, &n.extension, &n.label, n.is_primary, n.sms_opt_in, now
                ))
                .await?;
            }
        }
    }
    Ok(!steps.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(uid: u128, is_primary: bool) -> PhoneNumber {
        let mut n = Planned::new(is_primary).number;
        n.uid = Uuid::from_u128(uid);
        n.raw = "2762547277".to_owned();
        n
    }

    fn planned(now: &[PhoneNumber], inputs: &[Input]) -> (Vec<Planned>, Faults) {
        let mut faults = Faults::new();
        let plan = plan(now, inputs, "US", &mut faults);
        (plan, faults)
    }

    #[test]
    fn a_new_number_is_the_first_to_call_only_when_it_is_alone_or_says_so() {
        let new = |primary| Input { number: "5656663476".to_owned().into_field(), primary, ..Input::default() };
        let (alone, _) = planned(&[], &[new(Field::Absent), new(Field::Absent)]);
        assert_eq!(alone.iter().map(|p| p.number.is_primary).collect::<Vec<_>>(), [true, false]);
        assert_eq!(alone[0].number.e164.as_deref(), Some("+15656663476"));
        let (second, _) = planned(&[], &[new(Field::Absent), new(Field::Given(true))]);
        assert_eq!(second.iter().map(|p| p.number.is_primary).collect::<Vec<_>>(), [false, true]);
        let (taken, _) = planned(&[number(1, true)], &[new(Field::Given(true))]);
        assert_eq!(taken.iter().map(|p| p.number.is_primary).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn what_is_no_number_or_belongs_to_nobody_is_a_fault() {
        let bad = Input { number: "12".to_owned().into_field(), ..Input::default() };
        let foreign = Input { uid: Some(Uuid::from_u128(9)), ..Input::default() };
        let (_, faults) = planned(&[number(1, true)], &[bad, foreign, Input::default()]);
        let told: Vec<_> = faults.iter().map(|f| (f.path.join("."), f.problem.clone())).collect();
        assert_eq!(
            told,
            [
                ("phone_numbers.0.number".to_owned(), Problem::NotPhone),
                ("phone_numbers.1.id".to_owned(), Problem::Unknown),
                ("phone_numbers.2.number".to_owned(), Problem::Required)
            ]
        );
    }

    trait IntoField: Sized {
        fn into_field(self) -> Field<Self> {
            Field::Given(self)
        }
    }
    impl IntoField for String {}
}
