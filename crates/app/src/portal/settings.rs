//! What a portal looks like, says and lets residents do.

use db::{Change, Write};
use kernel::{Action, Caller, Draft, Error, Faults, Field, FileId, Problem, PropertyId, Result};

use super::{Portal, Portals, get, portal, store};
use crate::{
    access::{Resource, require},
    diff::Diff,
    file::{self, Holder},
};

/// A portal's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What the property is, in words.
    pub description: Option<String>,
    /// Who manages it.
    pub management_name: Option<String>,
    /// Their phone number.
    pub management_phone: Option<String>,
    /// Their e-mail address.
    pub management_email: Option<String>,
    /// The portal's title.
    pub title: String,
    /// A line under it.
    pub subtitle: String,
    /// What is said before somebody signs in.
    pub login_text: String,
    /// What is new.
    pub announcements: String,
    /// What helps.
    pub help_text: String,
    /// Empty, or three or six hexadecimal digits, perhaps after a `#`; so are the other colours.
    pub main_color: String,
    /// For what stands out: on the portal, and on the property's pages.
    pub accent_color: String,
    /// Whether somebody chose it; the pages have another usual one.
    pub accent_chosen: bool,
    /// For lines.
    pub separator_color: String,
    /// For text.
    pub text_color: String,
    /// A style sheet of its own, after the colours.
    pub css: String,
    /// The logo.
    pub logo: Option<FileId>,
    /// The small picture in a browser's tab.
    pub icon: Option<FileId>,
    /// Whether units can sign in.
    pub portal_allowed: bool,
    /// Whether what they signed in for works.
    pub api_allowed: bool,
    /// Whether residents choose passphrases themselves.
    pub tenant_set_dpsk: bool,
    /// Whether units have a passphrase for guests.
    pub guest_allowed: bool,
    /// Whether `max_units` holds.
    pub enforce_max_units: bool,
    /// How many units the portal is for.
    pub max_units: Option<i64>,
    /// Whether links are mailed.
    pub send_email: bool,
    /// Whether links are sent by text message.
    pub send_sms: bool,
}

/// The accent of portals where nobody chose one (RUCKUS, section 5).
const USUAL_ACCENT: &str = "#E57200";

/// The settings that can be written.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "as in Settings")]
pub struct Input {
    pub description: Field<Option<String>>,
    pub management_name: Field<Option<String>>,
    pub management_phone: Field<Option<String>>,
    pub management_email: Field<Option<String>>,
    pub title: Field<String>,
    pub subtitle: Field<String>,
    pub login_text: Field<String>,
    pub announcements: Field<String>,
    pub help_text: Field<String>,
    pub main_color: Field<String>,
    /// Nothing takes the choice of a colour back: pages have their own again.
    pub accent_color: Field<Option<String>>,
    pub separator_color: Field<String>,
    pub text_color: Field<String>,
    pub css: Field<String>,
    pub portal_allowed: Field<bool>,
    pub api_allowed: Field<bool>,
    pub tenant_set_dpsk: Field<bool>,
    pub guest_allowed: Field<bool>,
    pub enforce_max_units: Field<bool>,
    pub max_units: Field<Option<i64>>,
    pub send_email: Field<bool>,
    pub send_sms: Field<bool>,
}

/// Which picture of a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// The logo.
    Logo,
    /// The small one in a browser's tab.
    Icon,
}

impl Settings {
    /// Those of a property that settled nothing.
    pub(super) fn of(row: &store::Row) -> Self {
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        let color = |v: &Option<String>, usual: &str| v.clone().unwrap_or_else(|| usual.to_owned());
        Self {
            description: row.description.clone(),
            management_name: row.management_name.clone(),
            management_phone: row.management_phone.clone(),
            management_email: row.management_email.clone(),
            title: text(&row.title),
            subtitle: text(&row.subtitle),
            login_text: text(&row.login_text),
            announcements: text(&row.announcements),
            help_text: text(&row.help_text),
            main_color: color(&row.main_color, "#101820"),
            accent_color: color(&row.accent_color, USUAL_ACCENT),
            accent_chosen: row.accent_color.is_some(),
            separator_color: color(&row.separator_color, "#D9D9D6"),
            text_color: color(&row.text_color, "#54585A"),
            css: text(&row.css),
            logo: row.logo_file_id,
            icon: row.icon_file_id,
            portal_allowed: row.portal_allowed.unwrap_or(true),
            api_allowed: row.api_allowed.unwrap_or(true),
            tenant_set_dpsk: row.tenant_set_dpsk.unwrap_or(true),
            guest_allowed: row.guest_allowed.unwrap_or(false),
            enforce_max_units: row.enforce_max_units.unwrap_or(false),
            max_units: row.max_units,
            send_email: row.send_email.unwrap_or(true),
            send_sms: row.send_sms.unwrap_or(false),
        }
    }

    fn with(&self, input: &Input) -> Self {
        Self {
            description: input.description.or_keep(&self.description),
            management_name: input.management_name.or_keep(&self.management_name),
            management_phone: input.management_phone.or_keep(&self.management_phone),
            management_email: input.management_email.or_keep(&self.management_email),
            title: input.title.or_keep(&self.title),
            subtitle: input.subtitle.or_keep(&self.subtitle),
            login_text: input.login_text.or_keep(&self.login_text),
            announcements: input.announcements.or_keep(&self.announcements),
            help_text: input.help_text.or_keep(&self.help_text),
            main_color: input.main_color.or_keep(&self.main_color),
            accent_color: input
                .accent_color
                .clone()
                .map(|chosen| chosen.unwrap_or_else(|| USUAL_ACCENT.to_owned()))
                .or_keep(&self.accent_color),
            accent_chosen: input.accent_color.given().map_or(self.accent_chosen, Option::is_some),
            separator_color: input.separator_color.or_keep(&self.separator_color),
            text_color: input.text_color.or_keep(&self.text_color),
            css: input.css.or_keep(&self.css),
            logo: self.logo,
            icon: self.icon,
            portal_allowed: input.portal_allowed.or_keep(&self.portal_allowed),
            api_allowed: input.api_allowed.or_keep(&self.api_allowed),
            tenant_set_dpsk: input.tenant_set_dpsk.or_keep(&self.tenant_set_dpsk),
            guest_allowed: input.guest_allowed.or_keep(&self.guest_allowed),
            enforce_max_units: input.enforce_max_units.or_keep(&self.enforce_max_units),
            max_units: input.max_units.or_keep(&self.max_units),
            send_email: input.send_email.or_keep(&self.send_email),
            send_sms: input.send_sms.or_keep(&self.send_sms),
        }
    }

    /// What differs; texts only by name, as they are long.
    fn diff(&self, new: &Self) -> Diff {
        let mut diff = Diff::default();
        for (name, old, new) in [
            ("title", &self.title, &new.title),
            ("subtitle", &self.subtitle, &new.subtitle),
            ("login_text", &self.login_text, &new.login_text),
            ("main_color", &self.main_color, &new.main_color),
            ("accent_color", &self.accent_color, &new.accent_color),
            ("separator_color", &self.separator_color, &new.separator_color),
            ("text_color", &self.text_color, &new.text_color),
        ] {
            diff.field(name, old, new);
        }
        diff.field("accent_chosen", &self.accent_chosen, &new.accent_chosen);
        let about = |s: &Self| {
            let management = (s.management_name.clone(), s.management_phone.clone(), s.management_email.clone());
            (s.description.clone(), management)
        };
        let texts = [
            ("announcements", self.announcements != new.announcements),
            ("help_text", self.help_text != new.help_text),
            ("css", self.css != new.css),
            ("about", about(self) != about(new)),
        ];
        texts.into_iter().filter(|(_, changed)| *changed).for_each(|(name, _)| diff.secret(name));
        for (name, old, new) in [
            ("portal_allowed", self.portal_allowed, new.portal_allowed),
            ("api_allowed", self.api_allowed, new.api_allowed),
            ("tenant_set_dpsk", self.tenant_set_dpsk, new.tenant_set_dpsk),
            ("guest_allowed", self.guest_allowed, new.guest_allowed),
            ("enforce_max_units", self.enforce_max_units, new.enforce_max_units),
            ("send_email", self.send_email, new.send_email),
            ("send_sms", self.send_sms, new.send_sms),
        ] {
            diff.field(name, &old, &new);
        }
        diff.field("max_units", &self.max_units, &new.max_units);
        diff.field("logo", &self.logo, &new.logo);
        diff.field("icon", &self.icon, &new.icon);
        diff
    }
}

#[operations::compiled_here]
impl Portals<'_> {
    /// Changes what is given of a portal's settings.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`].
    pub async fn update(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<Portal> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePortal, Resource::Of(Some(property)))?;
                let now = Settings::of(&get(w, property).await?);
                let (input, mut faults) = draft.open()?;
                check(input, &mut faults);
                faults.finish()?;
                save(w, property, &now, &now.with(input)).await?;
                portal(w, get(w, property).await?).await
            })
            .await
    }

    /// Holds settings against the rules without saving them, and keeps their style sheet for a day, for the caller alone.
    ///
    /// # Errors
    /// As [`Portals::update`].
    pub async fn try_out(&self, caller: &Caller, property: PropertyId, draft: Draft<Input>) -> Result<Portal> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePortal, Resource::Of(Some(property)))?;
                let person = actor.person().ok_or(Error::Forbidden)?;
                let mut tried = portal(w, get(w, property).await?).await?;
                let (input, mut faults) = draft.open()?;
                check(input, &mut faults);
                faults.finish()?;
                tried.settings = tried.settings.with(input);
                store::keep_preview(w, person, property, &tried.settings.css).await?;
                Ok(tried)
            })
            .await
    }

    /// The style sheet that the caller tried out last.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn tried_css(&self, caller: &Caller, property: PropertyId) -> Result<String> {
        self.0
            .read(caller, async move |r, actor| {
                require(actor, Action::ManagePortal, Resource::Of(Some(property)))?;
                let person = actor.person().ok_or(Error::Forbidden)?;
                store::preview(r, person, property).await?.ok_or(Error::NotFound("preview"))
            })
            .await
    }

    /// Sets a picture of a portal, a PNG that the caller has uploaded, or takes it away.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] at `file`, also when it is no PNG.
    pub async fn set_picture(
        &self,
        caller: &Caller,
        property: PropertyId,
        which: Picture,
        file: Option<FileId>,
    ) -> Result<Portal> {
        self.0
            .write(caller, async move |w, actor| {
                require(actor, Action::ManagePortal, Resource::Of(Some(property)))?;
                let now = Settings::of(&get(w, property).await?);
                if let Some(id) = file {
                    let found = file::store::by_id(w, id).await?.ok_or(Error::invalid("file", Problem::Unknown))?;
                    if found.content_type != "image/png" {
                        return Err(Error::invalid("file", Problem::WrongKind));
                    }
                    file::attach(w, actor, &[id], Holder::Portal(property.get())).await?;
                }
                let mut new = now.clone();
                let slot = match which {
                    Picture::Logo => &mut new.logo,
                    Picture::Icon => &mut new.icon,
                };
                let before = std::mem::replace(slot, file);
                save(w, property, &now, &new).await?;
                file::delete(w, &before.into_iter().collect::<Vec<_>>()).await?;
                portal(w, get(w, property).await?).await
            })
            .await
    }
}

pub(crate) async fn save(w: &Write, property: PropertyId, now: &Settings, new: &Settings) -> Result<()> {
    let diff = now.diff(new);
    if diff.is_empty() {
        return Ok(());
    }
    store::store(w, property, new).await?;
    w.change(Change::new("property.portal_updated", property).property(property).data(diff.json()));
    Ok(())
}

fn check(input: &Input, faults: &mut Faults) {
    for (name, field, most) in [
        ("title", &input.title, 255),
        ("subtitle", &input.subtitle, 255),
        ("login_text", &input.login_text, 52),
        ("announcements", &input.announcements, 5000),
        ("help_text", &input.help_text, 5000),
        ("css", &input.css, 50_000),
    ] {
        longest(faults, name, field.given(), most);
    }
    for (name, field, most) in [
        ("description", &input.description, 1000),
        ("management_name", &input.management_name, 255),
        ("management_phone", &input.management_phone, 32),
        ("management_email", &input.management_email, 255),
    ] {
        longest(faults, name, field.given().and_then(Option::as_ref), most);
    }
    for (name, color) in [
        ("main_color", input.main_color.given()),
        ("accent_color", input.accent_color.given().and_then(Option::as_ref)),
        ("separator_color", input.separator_color.given()),
        ("text_color", input.text_color.given()),
    ] {
        if color.is_some_and(|c| !is_color(c)) {
            faults.add(name, Problem::Malformed);
        }
    }
    if input.max_units.given().is_some_and(|n| n.is_some_and(|n| n < 0)) {
        faults.add("max_units", Problem::Malformed);
    }
}

fn longest(faults: &mut Faults, name: &'static str, text: Option<&String>, most: usize) {
    match text {
        Some(text) if text.chars().count() > most => faults.add(name, Problem::TooLong(most)),
        Some(text) if text.contains('\0') => faults.add(name, Problem::Malformed),
        _ => {}
    }
}

/// Empty, or three or six hexadecimal digits, perhaps after a `#`.
fn is_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    text.is_empty() || (matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}
