//! How a house looks: its logo, the small picture of browser tabs, and its style sheet, for everybody who has their
//! address. Addresses change with what they show, so that browsers may keep it for a while.

use app::{file::Variant, me::House, portal::Portal};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use identity::Identity;
use kernel::{Error, Result};
use portico_http::{Sending, send_file};
use uuid::Uuid;

use crate::{
    accent,
    language::Language,
    page::{self, MISSING, WayOn},
    page_route,
    session::At,
};

/// Browsers may keep a picture for a day, in seconds.
const KEPT: u64 = 86_400;

pub(crate) fn routes() -> Router<Identity> {
    Router::new().route("/look/{property}/{part}", page_route(get(show)))
}

/// Where the parts of a look are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Look {
    /// The style sheet of its colour.
    pub(crate) accent: Option<String>,
    /// The logo.
    pub(crate) logo: Option<String>,
    /// The small picture of browser tabs.
    pub(crate) icon: Option<String>,
    /// Its own style sheet.
    pub(crate) css: Option<String>,
}

impl Look {
    /// That of a house.
    pub(crate) fn of(house: &House) -> Self {
        let at = |part: &str, version: i64| format!("/look/{}/{part}?v={version}", house.uid);
        Self {
            accent: house.accent.as_deref().and_then(accent::path),
            logo: house.logo.map(|id| at("logo", id.get())),
            icon: house.icon.map(|id| at("icon", id.get())),
            css: house.styled_at.map(|when| at("style.css", when.micros())),
        }
    }

    /// That of a portal whose settings are not saved yet; its style sheet is elsewhere.
    pub(crate) fn tried(portal: &Portal, css: Option<String>) -> Self {
        let at = |part: &str, version: i64| format!("/look/{}/{part}?v={version}", portal.uid);
        let settings = &portal.settings;
        let accent = settings.accent_chosen.then(|| accent::path(&settings.accent_color)).flatten();
        Self {
            accent,
            logo: settings.logo.map(|id| at("logo", id.get())),
            icon: settings.icon.map(|id| at("icon", id.get())),
            css,
        }
    }
}

async fn show(
    State(identity): State<Identity>,
    language: Language,
    At((property, part)): At<(Uuid, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match sent(&identity, property, &part, &method, &headers).await {
        Ok(response) => response,
        Err(Error::NotFound(_)) => page::notice(language, &MISSING, WayOn::Front),
        Err(error) => crate::session::failed(language, "/", &error),
    }
}

async fn sent(
    identity: &Identity,
    property: Uuid,
    part: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response> {
    let portal = identity.app().portals().public(property).await?;
    let file = match part {
        "logo" => portal.logo,
        "icon" => portal.icon,
        "style.css" if !portal.settings.css.is_empty() => return Ok(style_sheet(portal.settings.css)),
        _ => None,
    };
    let file = file.ok_or(Error::NotFound("file"))?;
    // The pages let browsers load pictures of this server alone.
    let sending = Sending { which: Variant::Whole, download: false, max_age: KEPT, redirect: false };
    send_file(identity.app(), &file, sending, method, headers).await
}

/// A style sheet as a file of its own: nothing in it ends the element it stands in, and the policy of the page that uses
/// it lets it load nothing from elsewhere.
pub(crate) fn style_sheet(css: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=86400"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    (headers, css).into_response()
}
