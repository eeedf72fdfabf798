//! How a property's pages and its WiFi portal look, what they say and allow; seen before it is saved.

use app::portal::{Input, Picture, Portal};
use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::Identity;
use kernel::{Draft, Error, Faults, Field, FileId, Problem, PropertyId, Result, Role};

use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    look::{Look, style_sheet},
    mixed::Mixed,
    page::{framed, framing},
    page_route,
    portal::home,
    session::{At, Staff, Visit},
    shell::Shell,
};

const PATH: &str = "/desk/settings/portal";

/// What the picker shows where nothing was chosen: Portico's own colour.
const USUAL: &str = "#285a4c";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(PATH, page_route(get(list)))
        .route("/desk/settings/portal/{property}", page_route(get(show).post(save)))
        .route("/desk/settings/portal/{property}/preview", page_route(get(saved).post(tried)))
        .route("/desk/settings/portal/{property}/preview/{sheet}", page_route(get(sheet)))
        .route("/desk/settings/portal/{property}/{picture}", page_route(post(set_picture)))
}

#[derive(Template)]
#[template(path = "desk/settings/portals.html")]
struct ListPage {
    s: Shell,
    portals: Vec<(Portal, Option<String>)>,
}

async fn list(visit: Staff) -> Response {
    if !may_change(&visit) {
        return visit.failed(&Error::Forbidden);
    }
    match visit.app().portals().list(&visit.caller).await {
        Ok(all) => {
            let logo = |portal: Portal| {
                let logo = Look::tried(&portal, None).logo;
                (portal, logo)
            };
            visit.page(&ListPage { portals: all.into_iter().map(logo).collect(), s: visit.shell() })
        }
        Err(error) => visit.failed(&error),
    }
}

/// Whether the forms here are of use to somebody; what counts is decided where they are sent.
fn may_change(visit: &Visit) -> bool {
    matches!(visit.me.role, Some(Role::Admin | Role::Manager))
}

#[derive(Template)]
#[template(path = "desk/settings/portal.html")]
struct PortalPage {
    s: Shell,
    form: Shown,
    name: String,
    /// Where the form goes; deeds are below it.
    action: String,
    logo: Option<String>,
    icon: Option<String>,
    sign_in: String,
    has_wifi: bool,
    picture_fault: Option<(&'static str, String)>,
}

impl PortalPage {
    fn new(visit: &Visit, portal: &Portal, form: Shown) -> Self {
        let look = Look::tried(portal, None);
        Self {
            s: visit.shell(),
            form,
            name: portal.name.clone(),
            action: format!("{PATH}/{}", portal.id),
            logo: look.logo,
            icon: look.icon,
            sign_in: format!("{}/app/login?property={}", visit.app().public_url(), portal.uid),
            has_wifi: !portal.ssids.is_empty(),
            picture_fault: None,
        }
    }

    /// What is wrong with a picture that was sent.
    fn fault_of(&self, which: &str) -> Option<&str> {
        self.picture_fault.as_ref().filter(|(name, _)| *name == which).map(|(_, text)| text.as_str())
    }
}

async fn show(visit: Staff, At(property): At<i64>) -> Response {
    if !may_change(&visit) {
        return visit.failed(&Error::Forbidden);
    }
    match visit.app().portals().get(&visit.caller, PropertyId::new(property)).await {
        Ok(portal) => framing(visit.page(&PortalPage::new(&visit, &portal, begun(&portal)))),
        Err(error) => visit.failed(&error),
    }
}

fn begun(portal: &Portal) -> Shown {
    let s = portal.settings.clone();
    let text = Option::unwrap_or_default;
    let chosen = s.accent_chosen && !s.accent_color.is_empty();
    let ticked = [
        ("portal_allowed", s.portal_allowed),
        ("api_allowed", s.api_allowed),
        ("tenant_set_dpsk", s.tenant_set_dpsk),
        ("guest_allowed", s.guest_allowed),
        ("send_email", s.send_email),
    ];
    let texts = [
        ("colour", if chosen { "own" } else { "usual" }.to_owned()),
        ("accent_color", if chosen { picker(&s.accent_color) } else { USUAL.to_owned() }),
        ("description", text(s.description)),
        ("management_name", text(s.management_name)),
        ("management_phone", text(s.management_phone)),
        ("management_email", text(s.management_email)),
        ("title", s.title),
        ("subtitle", s.subtitle),
        ("login_text", s.login_text),
        ("announcements", s.announcements),
        ("help_text", s.help_text),
        ("main_color", s.main_color),
        ("separator_color", s.separator_color),
        ("text_color", s.text_color),
        ("css", s.css),
    ];
    let ticked = ticked.into_iter().filter(|(_, yes)| *yes).map(|(name, _)| (name, "yes".to_owned()));
    Shown::with(texts.into_iter().chain(ticked))
}

/// A colour as browsers' pickers take it: six digits after a `#`.
fn picker(colour: &str) -> String {
    let digits = colour.trim_start_matches('#').to_ascii_lowercase();
    match digits.len() {
        3 => format!("#{}", digits.chars().flat_map(|c| [c, c]).collect::<String>()),
        _ => format!("#{digits}"),
    }
}

/// What the form says, all of it.
fn input(fields: &Fields) -> Input {
    let text = |name: &str| Field::Given(fields.get(name).replace("\r\n", "\n").trim().to_owned());
    let ticked = |name: &str| Field::Given(fields.ticked(name));
    let usual = fields.get("colour") != "own";
    Input {
        description: fields.optional("description"),
        management_name: fields.optional("management_name"),
        management_phone: fields.optional("management_phone"),
        management_email: fields.optional("management_email"),
        title: text("title"),
        subtitle: text("subtitle"),
        login_text: text("login_text"),
        announcements: text("announcements"),
        help_text: text("help_text"),
        accent_color: if usual { Field::Given(None) } else { text("accent_color").map(Some) },
        main_color: text("main_color"),
        separator_color: text("separator_color"),
        text_color: text("text_color"),
        css: text("css"),
        portal_allowed: ticked("portal_allowed"),
        api_allowed: ticked("api_allowed"),
        tenant_set_dpsk: ticked("tenant_set_dpsk"),
        guest_allowed: ticked("guest_allowed"),
        send_email: ticked("send_email"),
        ..Input::default()
    }
}

async fn save(visit: Staff, At(property): At<i64>, Posted(fields): Posted) -> Response {
    let property = PropertyId::new(property);
    let portals = visit.app().portals();
    let Err(error) = portals.update(&visit.caller, property, Draft::new(input(&fields), Faults::new())).await else {
        return visit.go(&format!("{PATH}/{property}"), Flash::done("done-saved"));
    };
    match again(&visit, property, &fields, error).await {
        Ok(page) => framing(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)),
        Err(error) => visit.failed(&error),
    }
}

async fn again(visit: &Staff, property: PropertyId, fields: &Fields, error: Error) -> Result<PortalPage> {
    let form = Shown::refused(fields, error, visit.language.texts(), |_| None)?;
    let portal = visit.app().portals().get(&visit.caller, property).await?;
    Ok(PortalPage::new(visit, &portal, form))
}

/// The home of a resident as it is.
async fn saved(visit: Staff, At(property): At<i64>) -> Response {
    let page = async {
        let portal = visit.app().portals().get(&visit.caller, PropertyId::new(property)).await?;
        let css = (!portal.settings.css.is_empty()).then(|| format!("/look/{}/style.css", portal.uid));
        home::tried(&visit, &portal, css).await
    };
    match page.await {
        Ok(page) => framed(visit.page(&page)),
        Err(error) => framed(visit.failed(&error)),
    }
}

/// The same with what was typed and is not saved. Its style sheet has an address of its own: nothing stands in the page.
async fn tried(visit: Staff, At(property): At<i64>, Posted(fields): Posted) -> Response {
    let property = PropertyId::new(property);
    let page = async {
        let draft = Draft::new(input(&fields), Faults::new());
        let portal = visit.app().portals().try_out(&visit.caller, property, draft).await?;
        let version = visit.app().random().secret();
        let css = (!portal.settings.css.is_empty()).then(|| format!("{PATH}/{property}/preview/{version}.css"));
        home::tried(&visit, &portal, css).await
    };
    match page.await {
        Ok(page) => framed(visit.page(&page)),
        // What is wrong stands beside its field when the form is saved; here the page stays as it is.
        Err(Error::Invalid(_)) => framed(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &unseen(&visit))),
        Err(error) => framed(visit.failed(&error)),
    }
}

#[derive(Template)]
#[template(path = "desk/settings/unseen.html")]
struct UnseenPage {
    s: Shell,
}

fn unseen(visit: &Visit) -> UnseenPage {
    let mut s = visit.shell();
    (s.still, s.flash) = (true, None);
    UnseenPage { s }
}

async fn sheet(visit: Staff, At((property, _)): At<(i64, String)>) -> Response {
    match visit.app().portals().tried_css(&visit.caller, PropertyId::new(property)).await {
        Ok(css) => style_sheet(css),
        Err(error) => visit.failed(&error),
    }
}

/// Sets the logo or the small picture, or takes it away.
async fn set_picture(visit: Staff, At((property, picture)): At<(i64, String)>, sent: Mixed) -> Response {
    let property = PropertyId::new(property);
    let (which, word) = match picture.as_str() {
        "logo" => (Picture::Logo, "logo"),
        "icon" => (Picture::Icon, "icon"),
        _ => return visit.failed(&Error::NotFound("picture")),
    };
    let done = async {
        let file = match sent.fields.ticked("remove") {
            true => None,
            false => Some(uploaded(&visit, &sent).await?),
        };
        visit.app().portals().set_picture(&visit.caller, property, which, file).await
    };
    let error = match done.await {
        Ok(_) => return visit.go(&format!("{PATH}/{property}"), Flash::done("done-saved")),
        Err(error @ Error::Invalid(_)) => error,
        Err(error) => return visit.failed(&error),
    };
    match visit.app().portals().get(&visit.caller, property).await {
        Ok(portal) => {
            let mut page = PortalPage::new(&visit, &portal, begun(&portal));
            page.picture_fault = Some((word, fault(&visit, &error)));
            framing(visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(error) => visit.failed(&error),
    }
}

fn fault(visit: &Visit, error: &Error) -> String {
    let t = visit.language.texts();
    let Error::Invalid(faults) = error else { return t.say("problem-form") };
    match faults.iter().next().map(|f| &f.problem) {
        Some(Problem::WrongKind) => t.say("portal-no-png"),
        Some(problem) => crate::form::in_words(t, problem),
        None => t.say("problem-form"),
    }
}

/// The file that came with the form.
async fn uploaded(visit: &Staff, sent: &Mixed) -> Result<FileId> {
    sent.faults.clone().finish()?;
    let (path, _) = sent.fields.files("file").pop().ok_or_else(|| Error::invalid("file", Problem::Required))?;
    let unused = visit.app().files().unused(&visit.caller).await?;
    let found = unused.into_iter().find(|f| f.path == path);
    found.map(|f| f.id).ok_or_else(|| Error::invalid("file", Problem::Unknown))
}
