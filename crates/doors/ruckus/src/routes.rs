//! Every call this door offers, once: the door, the OpenAPI document and the tests of rights are all made from this
//! table. Numbers up to 16 are those of the reference's section 4; the others are the rows of section 9.

use std::{future::Future, pin::Pin, sync::LazyLock};

use axum::{http::Method, response::Response};
use kernel::percent_decode;

use crate::{
    admin,
    call::{Asked, Managing, Visiting},
    portal, token, unit, users,
    wire::{DoorError, Media},
};

type Answering = Pin<Box<dyn Future<Output = Result<Response, DoorError>> + Send>>;
type Handling<C> = Box<dyn Fn(C) -> Answering + Send + Sync>;

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// The token of a unit of the property.
    Unit,
    /// A program with the scope of the WiFi.
    Program,
}

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Whatever there is, nobody reads it.
    Nothing,
    /// JSON.
    Json,
    /// JSON, or its version 1.
    JsonOrV1,
    /// A form.
    Form,
}

/// What runs a call.
pub(crate) enum Handler {
    Public(Handling<Asked>),
    Unit(Handling<Visiting>),
    Program(Handling<Managing>),
}

/// A call.
pub struct Route {
    /// Its number.
    pub row: u8,
    /// Its published name, or ours.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its whole path.
    pub path: &'static str,
    /// What it takes.
    pub sent: Sent,
    /// In which types it answers.
    pub media: Media,
    pub(crate) handler: Handler,
}

impl Route {
    /// Who may call.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self.handler {
            Handler::Public(_) => Access::Public,
            Handler::Unit(_) => Access::Unit,
            Handler::Program(_) => Access::Program,
        }
    }

    fn segments(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').skip(1)
    }

    /// The names of what its path carries.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.segments().filter(|s| is_id(s)).map(|s| s.trim_matches(['{', '}']))
    }
}

fn boxed<C: 'static, F>(handler: impl Fn(C) -> F + Send + Sync + 'static) -> Handling<C>
where
    F: Future<Output = Result<Response, DoorError>> + Send + 'static,
{
    Box::new(move |call| Box::pin(handler(call)))
}

macro_rules! table {
    ($($row:literal $id:ident $access:ident $method:ident $path:literal $sent:ident $media:ident $handler:path;)*) => {
        vec![$(Route {
            row: $row,
            id: stringify!($id),
            method: Method::$method,
            path: $path,
            sent: Sent::$sent,
            media: Media::$media,
            handler: Handler::$access(boxed($handler)),
        }),*]
    };
}

/// All calls.
#[must_use]
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(table);
    &ROUTES
}

#[rustfmt::skip]
fn table() -> Vec<Route> {
    table! {
        1 residentLogin Public POST "/residents/properties/{propertyId}/units/logins" Json Hal portal::login;
        2 residentFetchProperty Unit GET "/residents/properties/{propertyId}" Nothing Hal portal::property;
        3 residentFetchUiConfiguration Unit GET "/residents/properties/{propertyId}/uiConfigurations" Nothing Hal portal::ui;
        4 residentDownloadPortalFile Unit GET "/residents/properties/{propertyId}/files/{type}" Nothing Png portal::file;
        5 getTenantPortalAccess Public GET "/residents/properties/{propertyId}/access" Nothing Json portal::access;
        6 getPropertyStyles Public GET "/residents/properties/{propertyId}/styles" Nothing Css portal::styles;
        7 downloadFavicons Public GET "/residents/properties/{propertyId}/files/favicons" Nothing Png portal::favicon;
        8 residentFetchUnit Unit GET "/residents/properties/{propertyId}/units" Nothing Hal unit::get;
        9 residentEditUnit Unit PUT "/residents/properties/{propertyId}/units" Json Hal unit::edit;
        10 residentFetchUnitDevices Unit GET "/residents/properties/{propertyId}/units/devices" Nothing Hal unit::devices;
        11 residentRemoveDevice Unit DELETE "/residents/properties/{propertyId}/units/devices/{deviceId}" Nothing Json unit::remove_device;
        12 queryUnitUsers Unit POST "/residents/properties/{propertyId}/units/users/query" JsonOrV1 Versioned users::query;
        13 getUnitUser Unit GET "/residents/properties/{propertyId}/units/users/{userId}" Nothing Versioned users::get;
        14 updateUnitUser Unit PUT "/residents/properties/{propertyId}/units/users/{userId}" JsonOrV1 Json users::update;
        15 getUnitUserDevices Unit GET "/residents/properties/{propertyId}/units/users/{userId}/devices" Nothing Versioned users::devices;
        16 removeUnitUserDevice Unit DELETE "/residents/properties/{propertyId}/units/users/{userId}/devices/{deviceId}" Nothing Json users::remove_device;
        17 getToken Public POST "/oauth2/token/{tenantId}" Form Json token::token;
        18 getVenues Program GET "/venues" Nothing Versioned admin::venues;
        19 getResidentPortals Program GET "/residentPortals" Nothing Versioned admin::portals;
        20 getResidentPortal Program GET "/residentPortals/{portalId}" Nothing HalOrV1 admin::portal;
        21 getUnits Program GET "/venues/{venueId}/units" Nothing Versioned admin::units;
        22 getUnit Program GET "/venues/{venueId}/units/{unitId}" Nothing HalOrV1 admin::unit;
    }
}

/// What a path and a method lead to.
pub(crate) enum Chosen {
    /// A call, with what its path carries, in its order.
    Route(&'static Route, Vec<String>),
    /// Calls with these methods only.
    WrongMethod(Vec<Method>),
    /// Nothing.
    Nothing,
}

/// Chooses the call. Literal parts of a path win over ids.
#[must_use]
pub(crate) fn choose(path: &str, method: &Method) -> Chosen {
    let Some(sent) = path.split('/').skip(1).map(percent_decode).collect::<Option<Vec<String>>>() else {
        return Chosen::Nothing;
    };
    let fits = |route: &&Route| {
        let mut at = sent.iter();
        route.segments().all(|s| at.next().is_some_and(|sent| sent == s || is_id(s) && !sent.is_empty()))
            && at.next().is_none()
    };
    // Where two fit, the one whose literal part comes first.
    let Some(best) = routes().iter().filter(fits).min_by_key(|r| r.segments().map(is_id).collect::<Vec<_>>()) else {
        return Chosen::Nothing;
    };
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let same = || routes().iter().filter(|r| r.path == best.path);
    match same().find(|r| r.method == *method) {
        Some(route) => {
            let ids = route.segments().zip(&sent).filter(|(s, _)| is_id(s)).map(|(_, text)| text.clone()).collect();
            Chosen::Route(route, ids)
        }
        None => Chosen::WrongMethod(same().map(|r| r.method.clone()).collect()),
    }
}

fn is_id(segment: &str) -> bool {
    segment.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: &str = "/residents/properties/p";

    fn row(method: &Method, path: &str) -> Option<u8> {
        match choose(path, method) {
            Chosen::Route(route, _) => Some(route.row),
            Chosen::WrongMethod(_) | Chosen::Nothing => None,
        }
    }

    #[test]
    fn section_2_literal_parts_win_over_ids() {
        assert_eq!(row(&Method::GET, &format!("{P}/files/favicons")), Some(7));
        assert_eq!(row(&Method::GET, &format!("{P}/files/logo")), Some(4));
        assert_eq!(row(&Method::POST, &format!("{P}/units/users/query")), Some(12));
        assert_eq!(row(&Method::GET, &format!("{P}/units/users/u")), Some(13));
        assert_eq!(row(&Method::GET, &format!("{P}/units/users/query")), None, "never an id");
        for path in ["", "/", "/units/", "/units/users", "/units/logins/x", "/files"] {
            assert_eq!(row(&Method::GET, &format!("{P}{path}")), (path.is_empty()).then_some(2), "{path}");
        }
        assert_eq!(row(&Method::HEAD, P), Some(2));
        assert_eq!(row(&Method::PATCH, &format!("{P}/units")), None);
        assert!(matches!(choose(&format!("{P}/units"), &Method::POST), Chosen::WrongMethod(m) if m.len() == 2));
    }

    #[test]
    fn what_a_path_carries_is_decoded() {
        let Chosen::Route(route, ids) = choose(&format!("{P}/units/devices/AA%3ABB%2f"), &Method::DELETE) else {
            panic!("there is such a call")
        };
        assert_eq!((route.row, ids), (11, vec!["p".to_owned(), "AA:BB/".to_owned()]));
        assert!(matches!(choose(&format!("{P}/units/devices/%FF"), &Method::DELETE), Chosen::Nothing));
    }

    #[test]
    fn each_call_stands_there_once() {
        let rows: Vec<u8> = routes().iter().map(|r| r.row).collect();
        assert_eq!(rows, (1..=22).collect::<Vec<u8>>());
        for (i, a) in routes().iter().enumerate() {
            assert!(routes()[i + 1..].iter().all(|b| (a.path, &a.method) != (b.path, &b.method)), "{}", a.id);
        }
    }
}
