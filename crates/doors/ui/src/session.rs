//! Who looks at a page. A handler says for whom it is by what it takes: [`Visit`] is anybody who is signed in,
//! [`Resident`] and [`Staff`] the two rooms. Whoever is not signed in is led to the sign-in and back; whoever stands in
//! the wrong room is led to their own.

use std::ops::Deref;

use app::{
    App,
    file::{File, Thumbnail, Variant},
    me::{House, Standing},
};
use askama::Template;
use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::Response,
};
use identity::{FILE_LINK_LIFETIME, Identity};
use kernel::{Caller, Door, Error, PropertyId, Zone};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{
    client, cookie,
    flash::Flash,
    form::Fields,
    language::Language,
    page::{self, MISSING, NOT_ALLOWED, TROUBLE, WayOn, see},
    parts::Attachment,
    shell::Shell,
    words::Clockwork,
};

/// Somebody who is signed in, and their request.
pub(crate) struct Visit {
    /// For operations of `identity`.
    pub(crate) identity: Identity,
    /// For operations of `app`.
    pub(crate) caller: Caller,
    /// Who it is.
    pub(crate) me: Standing,
    /// In which language.
    pub(crate) language: Language,
    /// The query of the address.
    pub(crate) query: Fields,
    /// The path of the address.
    pub(crate) path: String,
    /// Where a sign-in leads back to.
    back: String,
    /// The host they asked at, perhaps with its port.
    pub(crate) authority: String,
    /// The cookie they came with.
    pub(crate) cookie: String,
    flash: Option<Flash>,
    folded: bool,
}

impl Visit {
    /// The application.
    pub(crate) fn app(&self) -> &App {
        self.identity.app()
    }

    /// The house a page is about: the one the address names, if it is one of theirs, else their first.
    pub(crate) fn house(&self) -> Option<&House> {
        let asked = self.query.get("house").parse().ok().map(PropertyId::new);
        asked.and_then(|id| self.me.house(id)).or_else(|| self.me.houses.first())
    }

    /// A file as pages show it, at an address of this server that ends in a quarter of an hour.
    pub(crate) fn attachment(&self, file: &File) -> Attachment {
        let address = |which| {
            let whole = self.identity.file_address(file, which, FILE_LINK_LIFETIME);
            // Relative, so that it also works under the other names of this server.
            whole.strip_prefix(self.app().public_url()).map_or(whole.clone(), str::to_owned)
        };
        Attachment {
            name: file.name.clone(),
            href: address(Variant::Whole),
            thumbnail: (file.thumbnail == Thumbnail::Made).then(|| address(Variant::Thumbnail)),
            bytes: file.size,
        }
    }

    /// The address of a picture with which somebody is shown. It is the same for a quarter of an hour, so that it is
    /// fetched once, and good for another one.
    pub(crate) fn face(&self, avatar: Option<Uuid>) -> Option<String> {
        let lifetime = 2 * FILE_LINK_LIFETIME - self.app().now().secs().rem_euclid(FILE_LINK_LIFETIME);
        let whole = self.identity.face_address(avatar?, lifetime);
        Some(whole.strip_prefix(self.app().public_url()).map_or(whole.clone(), str::to_owned))
    }

    /// Several files as pages show them.
    pub(crate) fn attachments(&self, files: &[File]) -> Vec<Attachment> {
        files.iter().map(|f| self.attachment(f)).collect()
    }

    /// What stands around a page; every page of somebody who is signed in holds one.
    pub(crate) fn shell(&self) -> Shell {
        let house = self.house();
        let zone = house.map_or(&self.me.organization.time_zone, |h| &h.time_zone);
        let clock = Clockwork { t: self.language.texts(), now: self.app().now(), zone: Zone::named(zone) };
        let token = self.identity.form_token(&self.cookie);
        let shell =
            Shell::new(clock, &self.me, self.face(self.me.avatar), house, token, self.path.clone(), self.flash.clone());
        Shell { folded: self.folded, ..shell }
    }

    /// Goes back to the page that a form was on.
    pub(crate) fn go_back(&self) -> Response {
        see(&self.back)
    }

    /// A page. It takes with it what it said about the last deed.
    pub(crate) fn page(&self, page: &impl Template) -> Response {
        self.page_with(StatusCode::OK, page)
    }

    /// A page with another status: 422 where a form is shown again with its faults.
    pub(crate) fn page_with(&self, status: StatusCode, page: &impl Template) -> Response {
        let mut response = page::answer_inside(self.language, status, page);
        if self.flash.is_some() {
            Flash::clear(&mut response, cookie::is_secure(&self.identity));
        }
        response
    }

    /// Goes on to another page, which says what was done.
    pub(crate) fn go(&self, to: &str, flash: impl Into<Option<Flash>>) -> Response {
        let mut response = see(to);
        if let Some(flash) = flash.into() {
            flash.set(&mut response, cookie::is_secure(&self.identity));
        }
        response
    }

    /// What an error looks like where no form can tell it.
    pub(crate) fn failed(&self, error: &Error) -> Response {
        failed(self.language, &self.back, error)
    }
}

/// What an error looks like where no form can tell it. A sign-in that has ended leads to the sign-in.
pub(crate) fn failed(language: Language, path: &str, error: &Error) -> Response {
    match error {
        Error::Unauthenticated(_) => sign_in(path),
        Error::NotFound(_) => page::notice(language, &MISSING, WayOn::Front),
        Error::Forbidden => page::notice(language, &NOT_ALLOWED, WayOn::Front),
        Error::RateLimited(after) => page::busy(language, *after, WayOn::Front),
        Error::TooLarge => page::notice(language, &page::LARGE, WayOn::Front),
        Error::Conflict(_) => page::notice(language, &page::CHANGED, WayOn::Front),
        Error::Unavailable(_) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            page::notice(language, &page::Notice { status, ..TROUBLE }, WayOn::Front)
        }
        // Faults belong beside their fields: a page that lets them come here is wrong.
        Error::Internal(_) | Error::Invalid(_) => {
            tracing::error!(%error, "a page failed");
            page::notice(language, &TROUBLE, WayOn::Front)
        }
    }
}

/// To the sign-in, and back afterwards.
pub(crate) fn sign_in(path: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    see(&format!("/app/login?next={next}"))
}

/// The page that a request belongs to: its address, or, where it sends a form, the page that the form was on.
fn way_back(parts: &Parts) -> String {
    let own = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    if parts.method.is_safe() {
        return own;
    }
    let referer = parts.headers.get(header::REFERER).and_then(|v| v.to_str().ok());
    let here = referer.and_then(|from| from.split_once("://")).and_then(|(_, rest)| {
        let path = rest.strip_prefix(client::authority(&parts.headers))?;
        page::is_safe(path).then(|| path.to_owned())
    });
    here.unwrap_or_else(|| above(parts.uri.path()).to_owned())
}

/// A page above an address that only takes forms.
fn above(path: &str) -> &'static str {
    const PAGES: &[&str] = &[
        "/desk/community",
        "/desk/import",
        "/desk/invitations",
        "/desk/me",
        "/desk/money",
        "/desk/people",
        "/desk/properties",
        "/desk/settings",
        "/desk/tickets",
        "/desk",
        "/calendar",
        "/me/household",
        "/me/notifications",
        "/me/security",
        "/me",
        "/news",
        "/notifications",
        "/report",
        "/tickets",
        "/wifi",
    ];
    let over = |page: &&&str| path.strip_prefix(**page).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    PAGES.iter().find(over).copied().unwrap_or("/")
}

impl FromRequestParts<Identity> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Result<Self, Response> {
        let path = parts.uri.path().to_owned();
        let back = way_back(parts);
        let preferred = Language::preferred(&parts.headers);
        let (cookie, caller, me) = match look(identity, &parts.headers).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(sign_in(&back)),
            Err(error) => return Err(failed(preferred, &back, &error)),
        };
        let language = me.language.as_deref().and_then(Language::of_tag).unwrap_or(preferred);
        let flash = Flash::read(&parts.headers, language.texts());
        let query = Fields::of_query(parts.uri.query().unwrap_or_default());
        let folded = cookie::read(&parts.headers, cookie::RAIL).is_some();
        let authority = client::authority(&parts.headers).to_owned();
        Ok(Self {
            identity: identity.clone(),
            caller,
            me,
            language,
            query,
            path,
            back,
            authority,
            cookie,
            flash,
            folded,
        })
    }
}

/// Who is signed in with the request's cookie.
pub(crate) async fn look(
    identity: &Identity,
    headers: &HeaderMap,
) -> Result<Option<(String, Caller, Standing)>, Error> {
    let Some(cookie) = cookie::session(headers) else { return Ok(None) };
    let found = match identity.web_caller(&cookie, Door::Pages).await {
        Ok(caller) => identity.app().me().standing(&caller).await.map(|me| (caller, me)),
        Err(error) => Err(error),
    };
    match found {
        Ok((caller, me)) => Ok(Some((cookie, caller, me))),
        Err(Error::Unauthenticated(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What an address names. One that cannot be read is the page for addresses that are none.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let language = Language::preferred(&parts.headers);
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(named)| Self(named)).map_err(|_| page::notice(language, &MISSING, WayOn::Front))
    }
}

/// Somebody who lives or owns here, or did.
pub(crate) struct Resident(pub(crate) Visit);

/// Somebody who works here.
pub(crate) struct Staff(pub(crate) Visit);

impl Deref for Resident {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.0
    }
}

impl Deref for Staff {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.0
    }
}

impl FromRequestParts<Identity> for Resident {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, identity).await?;
        if visit.me.role.is_some() { Err(see("/desk")) } else { Ok(Self(visit)) }
    }
}

impl FromRequestParts<Identity> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, identity).await?;
        if visit.me.role.is_none() { Err(see("/home")) } else { Ok(Self(visit)) }
    }
}
