//! Every call this door offers, once: the door, the OpenAPI document and the tests of rights are all made from this
//! table. Numbers up to 19 are those of the reference's section 7; the others are the neighbours of section 13.

use std::{future::Future, pin::Pin, sync::LazyLock};

use axum::http::Method;

use crate::{
    attributes,
    call::{Answer, Call},
    ledgers, notes, portal, preferences, tenants, units,
    wire::{DoorError, params::Wrapper},
};

type Answering = Pin<Box<dyn Future<Output = Result<Answer, DoorError>> + Send>>;

/// A call.
pub struct Route {
    /// Its number.
    pub row: u8,
    /// Its method.
    pub method: Method,
    /// Its whole path.
    pub path: &'static str,
    /// How it wraps attributes (M5).
    pub wrapper: Wrapper,
    handler: Box<dyn Fn(Call) -> Answering + Send + Sync>,
}

impl Route {
    fn new<H, F>(row: u8, method: Method, path: &'static str, wrapper: Wrapper, handler: H) -> Self
    where
        H: Fn(Call) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Answer, DoorError>> + Send + 'static,
    {
        Self { row, method, path, wrapper, handler: Box::new(move |call| Box::pin(handler(call))) }
    }

    pub(crate) fn run(&self, call: Call) -> Answering {
        (self.handler)(call)
    }

    fn segments(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').skip(1)
    }
}

const TENANT: Wrapper = Wrapper { key: "tenant", attributes: &attributes::NAMES };

/// All calls.
#[must_use]
pub fn routes() -> &'static [Route] {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(table);
    &ROUTES
}

#[rustfmt::skip]
fn table() -> Vec<Route> {
    use Method as M;
    vec![
        Route::new(1, M::GET, "/v1/{facility_id}/tenants", TENANT, tenants::list),
        Route::new(2, M::GET, "/v1/{facility_id}/tenants/previous", TENANT, tenants::previous),
        Route::new(3, M::GET, "/v1/{facility_id}/tenants/current", TENANT, tenants::current),
        Route::new(4, M::GET, "/v1/{facility_id}/tenants/{id}", TENANT, tenants::get),
        Route::new(5, M::POST, "/v1/{facility_id}/tenants/username_lookup", TENANT, tenants::by_username),
        Route::new(6, M::POST, "/v1/{facility_id}/tenants/forgot_username", TENANT, portal::forgot_username),
        Route::new(7, M::GET, "/v1/{facility_id}/tenants/search", TENANT, tenants::search),
        Route::new(8, M::GET, "/v1/{facility_id}/tenants/{tenant_id}/eligibility", TENANT, tenants::eligibility),
        Route::new(9, M::GET, "/v1/{facility_id}/tenants/{tenant_id}/notes", TENANT, notes::list),
        Route::new(10, M::GET, "/v1/{facility_id}/tenants/{tenant_id}/delinquency", TENANT, ledgers::delinquency),
        Route::new(11, M::GET, "/v1/{facility_id}/tenants/{tenant_id}/preferences", TENANT, preferences::get),
        Route::new(12, M::PUT, "/v1/{facility_id}/tenants/{tenant_id}/preferences", TENANT, preferences::set),
        Route::new(13, M::GET, "/v1/{facility_id}/tenants/{tenant_id}/ledgers", TENANT, ledgers::of_tenant),
        Route::new(14, M::PATCH, "/v1/{facility_id}/tenants/{id}", TENANT, tenants::update),
        Route::new(15, M::PUT, "/v1/{facility_id}/tenants/{id}", TENANT, tenants::update),
        Route::new(16, M::POST, "/v1/{facility_id}/tenants/sign_in", TENANT, portal::sign_in),
        Route::new(17, M::POST, "/v1/{facility_id}/tenants/{tenant_id}/sign_up", TENANT, portal::sign_up),
        Route::new(18, M::PUT, "/v1/{facility_id}/tenants/{tenant_id}/change_password", TENANT, portal::change_password),
        Route::new(19, M::POST, "/v1/{facility_id}/tenants/reset_password_with_token", TENANT, portal::reset_password),
        Route::new(29, M::POST, "/v1/{facility_id}/tenants/request_password_reset", TENANT, portal::request_reset),
        Route::new(20, M::GET, "/v1/{facility_id}/ledgers", LEDGER, ledgers::list),
        Route::new(21, M::GET, "/v1/{facility_id}/ledgers/current", LEDGER, ledgers::current),
        Route::new(22, M::GET, "/v1/{facility_id}/ledgers/previous", LEDGER, ledgers::previous),
        Route::new(23, M::GET, "/v1/{facility_id}/ledgers/{id}", LEDGER, ledgers::get),
        Route::new(24, M::GET, "/v1/{facility_id}/ledgers/{id}/invoices", LEDGER, ledgers::invoices),
        Route::new(25, M::PATCH, "/v1/{facility_id}/ledgers/{id}/gate_access_code", LEDGER, ledgers::set_gate_code),
        Route::new(26, M::POST, "/v1/{facility_id}/ledgers/{ledger_id}/make_payment", LEDGER, ledgers::pay),
        Route::new(27, M::PUT, "/v1/{facility_id}/ledgers/{ledger_id}/update_autopay", LEDGER, ledgers::set_autopay),
        Route::new(28, M::GET, "/v1/{facility_id}/invoices/{id}", INVOICE, ledgers::invoice),
        Route::new(31, M::GET, "/v1/{facility_id}/units", UNIT, units::list),
        Route::new(32, M::GET, "/v1/{facility_id}/units/available", UNIT, units::available),
        Route::new(33, M::GET, "/v1/{facility_id}/units/{id}", UNIT, units::get),
        Route::new(30, M::POST, "/v1/{facility_id}/tenants/{tenant_id}/notes", NOTE, notes::add_to_tenant),
        Route::new(30, M::POST, "/v1/{facility_id}/notes", NOTE, notes::add),
    ]
}

const LEDGER: Wrapper = Wrapper { key: "ledger", attributes: &["gate_access_code", "autopay_enabled"] };
const INVOICE: Wrapper = Wrapper { key: "invoice", attributes: &[] };
const UNIT: Wrapper = Wrapper { key: "unit", attributes: &[] };
const NOTE: Wrapper = Wrapper { key: "note", attributes: &["note_text", "tenant_id", "ledger_id", "unit_id"] };

/// What a path and a method lead to.
pub enum Chosen {
    /// A call, with the parameters of its path in their order.
    Route {
        /// The call.
        route: &'static Route,
        /// Names and texts.
        path: Vec<(&'static str, String)>,
    },
    /// Calls with these methods only.
    WrongMethod(Vec<Method>),
    /// Nothing.
    Nothing,
}

/// Chooses the call. Literal parts of a path win over ids; a suffix `.json` and a slash at the end mean nothing.
#[must_use]
pub fn choose(path: &str, method: &Method) -> Chosen {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = path.strip_suffix(".json").unwrap_or(path);
    let sent: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |route: &&Route| {
        let mut at = sent.iter();
        route.segments().all(|s| at.next().is_some_and(|sent| *sent == s || is_id(s) && !sent.is_empty()))
            && at.next().is_none()
    };
    // Where two fit, the one whose literal part comes first.
    let Some(best) = routes().iter().filter(fits).min_by_key(|r| r.segments().map(is_id).collect::<Vec<_>>()) else {
        return Chosen::Nothing;
    };
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let same: Vec<&'static Route> = routes().iter().filter(|r| r.path == best.path).collect();
    match same.iter().find(|r| r.method == *method) {
        Some(route) => {
            let named = route.segments().zip(&sent).filter(|(s, _)| is_id(s));
            let path = named.map(|(s, text)| (s.trim_matches(['{', '}']), shown(text))).collect();
            Chosen::Route { route, path }
        }
        None => Chosen::WrongMethod(same.iter().map(|r| r.method.clone()).collect()),
    }
}

fn is_id(segment: &str) -> bool {
    segment.starts_with('{')
}

/// An id in the form in which ids are shown; what is none as it was sent.
fn shown(text: &str) -> String {
    uuid::Uuid::try_parse(text).map_or_else(|_| text.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(method: &Method, path: &str) -> Option<u8> {
        match choose(path, method) {
            Chosen::Route { route, .. } => Some(route.row),
            Chosen::WrongMethod(_) | Chosen::Nothing => None,
        }
    }

    #[test]
    fn literal_parts_win_over_ids() {
        assert_eq!(row(&Method::GET, "/v1/f/tenants/search"), Some(7));
        assert_eq!(row(&Method::GET, "/v1/f/tenants/searches"), Some(4));
        assert_eq!(row(&Method::HEAD, "/v1/f/tenants/x.json"), Some(4));
        assert_eq!(row(&Method::GET, "/v1/f/tenants.json"), Some(1));
        assert_eq!(row(&Method::GET, "/v1/f/tenants/"), Some(1));
        assert_eq!(row(&Method::GET, "/v1/f/tenants//"), None);
        assert_eq!(row(&Method::GET, "/v1"), None);
        assert!(matches!(choose("/v1/f/tenants/search", &Method::PATCH), Chosen::WrongMethod(m) if m == [Method::GET]));
        assert!(matches!(choose("/v1/f/tenants/x", &Method::POST), Chosen::WrongMethod(m) if m.len() == 3));
    }

    #[test]
    fn ids_are_shown_with_hyphens() {
        let Chosen::Route { path, .. } = choose("/v1/543A0085841C49258CBB848CBD8E3E09/tenants/x/notes", &Method::GET)
        else {
            panic!("there is such a call")
        };
        assert_eq!(
            path,
            [("facility_id", "543a0085-841c-4925-8cbb-848cbd8e3e09".to_owned()), ("tenant_id", "x".to_owned())]
        );
    }

    #[test]
    fn each_call_stands_there_once() {
        for (i, a) in routes().iter().enumerate() {
            assert!(
                routes()[i + 1..].iter().all(|b| (a.path, &a.method) != (b.path, &b.method)),
                "{} {}",
                a.method,
                a.path
            );
        }
    }
}
