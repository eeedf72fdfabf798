//! Every row of the reference's section 5, once: the router, the OpenAPI document and the tests of rights are all made
//! from this table.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodRouter, on},
};

use crate::{Door, accounts, contacts, dashboard, leases, properties, tenants, tickets, users};

/// Who may call a row (section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody.
    Public,
    /// An approved user.
    Approved,
    /// An admin.
    Admin,
    /// The user concerned, or an admin.
    Own,
    /// Whoever holds a refresh token.
    Refresh,
    /// Whoever holds a token of either kind.
    Either,
}

/// A row.
#[derive(Clone)]
pub struct Route {
    /// Its number in section 5.
    pub row: u8,
    /// Its method.
    pub method: Method,
    /// Its path below `/api`, in axum's notation.
    pub path: &'static str,
    /// Who may call it.
    pub caller: Caller,
    handler: MethodRouter<Door>,
}

impl Route {
    fn new<H, T>(row: u8, method: Method, path: &'static str, caller: Caller, handler: H) -> Self
    where
        H: Handler<T, Door>,
        T: 'static,
    {
        #[expect(clippy::expect_used, reason = "the methods of this table are all known to axum")]
        let filter = method.clone().try_into().expect("a known method");
        Self { row, method, path, caller, handler: on(filter, handler) }
    }

    /// The whole path.
    #[must_use]
    pub fn full_path(&self) -> String {
        format!("/api{}", self.path)
    }

    pub(crate) fn handler(&self) -> MethodRouter<Door> {
        self.handler.clone()
    }
}

/// All rows. Where the reference has two paths for one call, each stands on its own.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use Caller::{Admin, Approved, Either, Own, Public, Refresh};
    use Method as M;
    vec![
        Route::new(1, M::POST, "/login", Public, accounts::login),
        Route::new(2, M::POST, "/refresh", Refresh, accounts::refresh),
        Route::new(3, M::POST, "/logout", Either, accounts::logout),
        Route::new(4, M::POST, "/register", Public, accounts::register),
        Route::new(5, M::POST, "/reset-password", Public, accounts::request_reset),
        Route::new(6, M::GET, "/reset-password/{token}", Public, accounts::look_at_link),
        Route::new(7, M::POST, "/reset-password/{token}", Public, accounts::use_link),
        Route::new(8, M::GET, "/users", Admin, users::list_all),
        Route::new(9, M::GET, "/user", Admin, users::list_of_role),
        Route::new(10, M::GET, "/users/pending", Admin, users::list_pending),
        Route::new(11, M::GET, "/user/{id}", Admin, users::get),
        Route::new(11, M::GET, "/users/{id}", Admin, users::get),
        Route::new(12, M::PATCH, "/user/{id}", Own, users::update),
        Route::new(12, M::PATCH, "/users/{id}", Own, users::update),
        Route::new(13, M::DELETE, "/user/{id}", Admin, users::delete),
        Route::new(13, M::DELETE, "/users/{id}", Admin, users::delete),
        Route::new(14, M::POST, "/user/archive/{id}", Admin, users::archive),
        Route::new(15, M::POST, "/user/invite", Admin, users::invite),
        Route::new(16, M::POST, "/user/message", Admin, users::write_to),
        Route::new(17, M::GET, "/properties", Admin, properties::list),
        Route::new(18, M::POST, "/properties", Admin, properties::create),
        Route::new(19, M::GET, "/properties/{id}", Admin, properties::get),
        Route::new(20, M::PUT, "/properties/{id}", Admin, properties::update),
        Route::new(21, M::DELETE, "/properties/{id}", Admin, properties::delete),
        Route::new(22, M::POST, "/properties/archive/{id}", Admin, properties::archive),
        Route::new(23, M::PATCH, "/properties/archive", Admin, properties::archive_many),
        Route::new(24, M::GET, "/tenants", Admin, tenants::list),
        Route::new(25, M::POST, "/tenants", Admin, tenants::create),
        Route::new(26, M::GET, "/tenants/{id}", Admin, tenants::get),
        Route::new(27, M::PUT, "/tenants/{id}", Admin, tenants::update),
        Route::new(28, M::DELETE, "/tenants/{id}", Admin, tenants::delete),
        Route::new(29, M::PATCH, "/staff-tenants", Admin, tenants::assign),
        Route::new(30, M::GET, "/lease", Approved, leases::list),
        Route::new(31, M::POST, "/lease", Approved, leases::create),
        Route::new(32, M::GET, "/lease/{id}", Approved, leases::get),
        Route::new(33, M::PUT, "/lease/{id}", Approved, leases::update),
        Route::new(34, M::DELETE, "/lease/{id}", Approved, leases::delete),
        Route::new(35, M::GET, "/emergencycontacts", Public, contacts::list),
        Route::new(36, M::GET, "/emergencycontacts/{id}", Public, contacts::get),
        Route::new(37, M::POST, "/emergencycontacts", Admin, contacts::create),
        Route::new(38, M::PUT, "/emergencycontacts/{id}", Admin, contacts::update),
        Route::new(39, M::DELETE, "/emergencycontacts/{id}", Admin, contacts::delete),
        Route::new(40, M::GET, "/tickets", Approved, tickets::list),
        Route::new(41, M::POST, "/tickets", Approved, tickets::create),
        Route::new(42, M::DELETE, "/tickets", Approved, tickets::delete_many),
        Route::new(43, M::GET, "/tickets/{id}", Approved, tickets::get),
        Route::new(44, M::PUT, "/tickets/{id}", Approved, tickets::update),
        Route::new(45, M::DELETE, "/tickets/{id}", Approved, tickets::delete),
        Route::new(46, M::POST, "/tickets/{id}/notes", Approved, tickets::add_note),
        Route::new(47, M::PATCH, "/tickets/{id}/notes/{nid}", Approved, tickets::update_note),
        Route::new(48, M::DELETE, "/tickets/{id}/notes/{nid}", Approved, tickets::delete_note),
        Route::new(49, M::GET, "/widgets", Approved, dashboard::widgets),
        Route::new(50, M::GET, "/dashboard", Admin, dashboard::dashboard),
    ]
}
