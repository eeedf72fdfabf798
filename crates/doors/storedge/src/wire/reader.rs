//! Reading attributes: flat or wrapped (K5), numbers as texts and the reverse (K12), with everything that is wrong noted
//! under the name it was sent by.

use std::borrow::Cow;

use app::person::region;
use kernel::{Date, Draft, Email, Faults, Field, Phone, Problem};
use uuid::Uuid;

use super::{
    DoorError, Params, time,
    value::{Object, Value},
};

/// The longest text of a field, unless it says otherwise.
pub const LONGEST: usize = 255;

/// Reads the attributes of one object.
pub struct Reader<'a> {
    inner: Option<&'a Object>,
    outer: Option<&'a Params>,
    faults: Faults,
}

impl<'a> Reader<'a> {
    /// Of a call: what is wrapped under `key`, else what stands beside it.
    #[must_use]
    pub fn of(params: &'a Params, key: &'static str) -> Self {
        let mut faults = Faults::new();
        let inner = match params.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::Object(object)) => Some(object),
            // A text with nothing in it is how a form says `{}`.
            Some(other) if other.is_nothing() => None,
            Some(_) => {
                faults.add_at(Vec::new(), Problem::WrongKind);
                None
            }
        };
        Self { inner, outer: Some(params), faults }
    }

    /// Of an object inside of another: nothing stands beside it.
    fn inside(object: &'a Object) -> Self {
        Self { inner: Some(object), outer: None, faults: Faults::new() }
    }

    /// The draft of what was read.
    pub fn finish<T>(self, input: T) -> Draft<T> {
        Draft::new(input, self.faults)
    }

    /// What was read, when nothing was wrong with it.
    ///
    /// # Errors
    /// 400 / 4 with all faults, named under `key`.
    pub fn whole<T>(self, key: &'static str, input: T) -> Result<T, DoorError> {
        self.faults.finish().map_err(DoorError::under(key))?;
        Ok(input)
    }

    /// A text that must be there; "" stands for one that was noted as missing.
    pub fn needed_text(&mut self, name: &'static str) -> String {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => return text,
            Field::Given(None) | Field::Absent => self.faults.add(name, Problem::Required),
            Field::Faulty => {}
        }
        String::new()
    }

    /// A whole number above 0 that must be there; 0 stands for one that was noted as missing or faulty.
    pub fn needed_number(&mut self, name: &'static str) -> i64 {
        let number = self.positive(name);
        number.required(&mut self.faults, name).copied().unwrap_or_default()
    }

    /// The faults found.
    #[must_use]
    pub fn faults(self) -> Faults {
        self.faults
    }

    /// What was sent; the wrapped value wins.
    fn sent(&self, name: &str) -> Option<&'a Value> {
        self.inner.and_then(|o| o.get(name)).or_else(|| self.outer.and_then(|p| p.get(name)))
    }

    /// Notes that a field is not as it must be.
    pub fn wrong<T>(&mut self, name: &'static str, problem: Problem) -> Field<T> {
        self.faults.add(name, problem);
        Field::Faulty
    }

    /// Whether a field was sent at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.sent(name).is_some()
    }

    /// A text; null and "" are none (T5).
    pub fn text_or_null(&mut self, name: &'static str) -> Field<Option<String>> {
        self.text_up_to(name, LONGEST)
    }

    /// A text of at most so many characters; null and "" are none.
    pub fn text_up_to(&mut self, name: &'static str, most: usize) -> Field<Option<String>> {
        let Some(value) = self.sent(name) else { return Field::Absent };
        match plain(value) {
            None => self.wrong(name, Problem::WrongKind),
            Some(None) => Field::Given(None),
            Some(Some(text)) if text.contains('\0') => self.wrong(name, Problem::Malformed),
            Some(Some(text)) if text.chars().count() > most => self.wrong(name, Problem::TooLong(most)),
            Some(Some(text)) => Field::Given(Some(text.into_owned())),
        }
    }

    /// A text where none is stored as "".
    pub fn text(&mut self, name: &'static str) -> Field<String> {
        self.text_or_null(name).map(Option::unwrap_or_default)
    }

    /// A text that passes a check, or none.
    pub fn checked(&mut self, name: &'static str, is_good: impl Fn(&str) -> bool) -> Field<Option<String>> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) if !is_good(&text) => self.wrong(name, Problem::Malformed),
            field => field,
        }
    }

    /// One of these words, in whichever letter case; stored as written here.
    pub fn one_of(&mut self, name: &'static str, words: &[&'static str]) -> Field<Option<String>> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => match words.iter().find(|w| w.eq_ignore_ascii_case(text.trim())) {
                Some(word) => Field::Given(Some((*word).to_owned())),
                None => self.wrong(name, Problem::Malformed),
            },
            field => field,
        }
    }

    /// A state of the US.
    pub fn state_or_null(&mut self, name: &'static str) -> Field<Option<String>> {
        self.checked(name, region::is_us_state).map(|s| s.map(|s| s.trim().to_ascii_uppercase()))
    }

    /// A possible phone number.
    pub fn phone_or_null(&mut self, name: &'static str, country: &str) -> Field<Option<String>> {
        self.checked(name, |text| Phone::read(text, country).e164().is_some())
    }

    /// An e-mail address.
    pub fn email_or_null(&mut self, name: &'static str) -> Field<Option<Email>> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => match Email::parse(text.trim()) {
                Some(email) => Field::Given(Some(email)),
                None => self.wrong(name, Problem::NotEmail),
            },
            Field::Given(None) => Field::Given(None),
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// `true`, `false`, `1`, `0`, also as texts.
    pub fn boolean(&mut self, name: &'static str) -> Field<bool> {
        match self.boolean_or_null(name) {
            Field::Given(Some(b)) => Field::Given(b),
            Field::Given(None) => self.wrong(name, Problem::Null),
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// The same, or null.
    pub fn boolean_or_null(&mut self, name: &'static str) -> Field<Option<bool>> {
        let Some(value) = self.sent(name) else { return Field::Absent };
        match boolean(value) {
            Some(b) => Field::Given(b),
            None => self.wrong(name, Problem::WrongKind),
        }
    }

    /// `YYYY-MM-DD`.
    pub fn date_or_null(&mut self, name: &'static str) -> Field<Option<Date>> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => match time::date(text.trim()) {
                Some(date) => Field::Given(Some(date)),
                None => self.wrong(name, Problem::Malformed),
            },
            Field::Given(None) => Field::Given(None),
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// A whole number above 0.
    pub fn positive(&mut self, name: &'static str) -> Field<i64> {
        match self.text_or_null(name) {
            Field::Given(text) => match text.as_deref().map(str::trim).and_then(digits) {
                Some(n) => Field::Given(n),
                None => self.wrong(name, Problem::Malformed),
            },
            Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// An id; what is none names nothing.
    pub fn id(&mut self, name: &'static str) -> Field<Uuid> {
        match self.text_or_null(name) {
            Field::Given(Some(text)) => match Uuid::try_parse(text.trim()) {
                Ok(id) => Field::Given(id),
                Err(_) => self.wrong(name, Problem::Unknown),
            },
            Field::Given(None) | Field::Absent => Field::Absent,
            Field::Faulty => Field::Faulty,
        }
    }

    /// An object inside of this one.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Reader<'_>) -> T) -> Field<T> {
        match self.sent(name) {
            None | Some(Value::Null) => Field::Absent,
            Some(Value::Object(object)) => {
                let mut reader = Reader::inside(object);
                let input = read(&mut reader);
                self.faults.nest(name, reader.faults);
                Field::Given(input)
            }
            Some(other) if other.is_nothing() => Field::Absent,
            Some(_) => self.wrong(name, Problem::WrongKind),
        }
    }

    /// The objects of a list. Forms also send it as an object with numbers as names.
    pub fn objects<T>(&mut self, name: &'static str, mut read: impl FnMut(&mut Reader<'_>) -> T) -> Field<Vec<T>> {
        let items: Vec<&Value> = match self.sent(name) {
            None | Some(Value::Null) => return Field::Absent,
            Some(Value::List(items)) => items.iter().collect(),
            Some(Value::Object(o)) if !o.is_empty() && o.iter().all(|(n, _)| n.bytes().all(|b| b.is_ascii_digit())) => {
                o.iter().map(|(_, v)| v).collect()
            }
            Some(other) if other.is_nothing() => return Field::Absent,
            Some(_) => return self.wrong(name, Problem::WrongKind),
        };
        let mut out = Vec::with_capacity(items.len());
        for (i, item) in items.into_iter().enumerate() {
            let mut here = Faults::new();
            match item {
                Value::Object(object) => {
                    let mut reader = Reader::inside(object);
                    out.push(read(&mut reader));
                    here.nest(Cow::from(i.to_string()), reader.faults);
                }
                _ => here.add(i.to_string(), Problem::WrongKind),
            }
            self.faults.nest(name, here);
        }
        Field::Given(out)
    }
}

/// A text as it was meant; numbers and booleans count as text, null and "" are none. Nothing for lists and objects.
fn plain(value: &Value) -> Option<Option<Cow<'_, str>>> {
    match value {
        Value::Null => Some(None),
        Value::Text(text) if text.is_empty() => Some(None),
        Value::Text(text) => Some(Some(Cow::Borrowed(text))),
        Value::Number(n) => Some(Some(n.to_string().into())),
        Value::Bool(b) => Some(Some(b.to_string().into())),
        Value::List(_) | Value::Object(_) => None,
    }
}

/// A boolean in one of its forms; null and "" are none.
#[must_use]
pub fn boolean(value: &Value) -> Option<Option<bool>> {
    match value {
        Value::Bool(b) => Some(Some(*b)),
        _ => match plain(value)?.as_deref() {
            None => Some(None),
            Some("true" | "1") => Some(Some(true)),
            Some("false" | "0") => Some(Some(false)),
            Some(_) => None,
        },
    }
}

/// A whole number above 0, digits alone.
#[must_use]
pub fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten().filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(json: &str) -> Params {
        Params::read("", "", json.as_bytes())
    }

    #[test]
    fn k5_flat_wrapped_or_both() {
        for (json, read) in [
            (r#"{"username":"x"}"#, "x"),
            (r#"{"tenant":{"username":"x"}}"#, "x"),
            (r#"{"username":"y","tenant":{"username":"x"}}"#, "x"),
            (r#"{"username":"x","tenant":{}}"#, "x"),
        ] {
            assert_eq!(Reader::of(&params(json), "tenant").text("username"), Field::Given(read.to_owned()), "{json}");
        }
        let sent = params(r#"{"tenant":[1]}"#);
        assert!(!Reader::of(&sent, "tenant").faults().is_empty());
    }

    #[test]
    fn k12_numbers_and_texts() {
        let sent = params(r#"{"a":1000002,"b":"1000002","c":55555,"d":true,"e":-1,"f":1.5,"g":[]}"#);
        let mut r = Reader::of(&sent, "tenant");
        assert_eq!((r.positive("a"), r.positive("b")), (Field::Given(1_000_002), Field::Given(1_000_002)));
        assert_eq!(r.text("c"), Field::Given("55555".to_owned()));
        assert_eq!(r.text("d"), Field::Given("true".to_owned()));
        assert_eq!((r.positive("e"), r.positive("f"), r.text("g")), (Field::Faulty, Field::Faulty, Field::Faulty));
    }

    #[test]
    fn t5_values() {
        let sent = params(
            r#"{"yes":"1","no":false,"odd":2,"null":null,"empty":"","date":"2020-02-29","bad":"2021-02-29",
                "mail":"a@b.example","wrong":"a@b","state":"ks","nowhere":"XX","nul":"a\u0000b"}"#,
        );
        let mut r = Reader::of(&sent, "tenant");
        assert_eq!((r.boolean("yes"), r.boolean("no")), (Field::Given(true), Field::Given(false)));
        assert_eq!((r.boolean("odd"), r.boolean("null")), (Field::Faulty, Field::Faulty));
        assert_eq!((r.text_or_null("null"), r.text_or_null("empty")), (Field::Given(None), Field::Given(None)));
        assert_eq!(r.text_or_null("missing"), Field::Absent);
        assert!(matches!(r.date_or_null("date"), Field::Given(Some(_))) && r.date_or_null("bad") == Field::Faulty);
        assert!(matches!(r.email_or_null("mail"), Field::Given(Some(_))) && r.email_or_null("wrong") == Field::Faulty);
        assert_eq!(r.state_or_null("state"), Field::Given(Some("KS".to_owned())));
        assert_eq!(r.state_or_null("nowhere"), Field::Faulty);
        assert_eq!(r.text("nul"), Field::Faulty);
        assert_eq!(r.one_of("state", &["KS"]), Field::Given(Some("KS".to_owned())));
    }

    #[test]
    fn lists_come_as_lists_or_with_numbers() {
        for json in [r#"{"p":[{"n":"1"},{"n":{}}]}"#, r#"{"p":{"0":{"n":"1"},"1":{"n":{}}}}"#] {
            let sent = params(json);
            let mut r = Reader::of(&sent, "tenant");
            let read = r.objects("p", |r| r.text("n"));
            assert_eq!(read, Field::Given(vec![Field::Given("1".to_owned()), Field::Faulty]));
            let faults = r.faults();
            let paths: Vec<String> = faults.iter().map(|f| f.path.join(".")).collect();
            assert_eq!(paths, ["p.1.n"]);
        }
        let sent = params(r#"{"p":"x","q":[1]}"#);
        let mut r = Reader::of(&sent, "tenant");
        assert_eq!(r.objects("p", |r| r.text("n")), Field::Faulty);
        assert_eq!(r.objects("q", |r| r.text("n")), Field::Given(Vec::new()));
        assert_eq!(r.faults().iter().count(), 2);
    }
}
