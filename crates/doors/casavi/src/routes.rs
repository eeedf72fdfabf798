//! Every operation of the reference's section 3 that this door answers, once: the router, the OpenAPI document and the
//! tests of rights are all made from this table. Operation 2 is the provider's, behind its own door.

use axum::{
    handler::Handler,
    http::Method,
    routing::{MethodRouter, on},
};

use crate::{Door, community, invites, tickets, uploads};

/// Who may call an operation (section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is signed in.
    User,
    /// Whoever is signed in and decides for the unit.
    Admin,
}

/// An operation.
#[derive(Clone)]
pub struct Route {
    /// Its number in section 3.
    pub number: u8,
    /// Its name there.
    pub name: &'static str,
    /// Its method.
    pub method: Method,
    /// Its whole path, in axum's notation.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    pub(crate) handler: MethodRouter<Door>,
}

impl Route {
    fn new<H, T>(number: u8, name: &'static str, method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Door>,
        T: 'static,
    {
        #[expect(clippy::expect_used, reason = "the methods of this table are all known to axum")]
        let filter = method.clone().try_into().expect("a known method");
        Self { number, name, method, path, access, handler: on(filter, handler) }
    }
}

/// All operations.
#[must_use]
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    use Access::{Admin, Public, User};
    use Method as M;
    vec![
        Route::new(1, "oidcRegister", M::POST, "/api/v1/oidc/register", Public, invites::register),
        Route::new(3, "listTickets", M::GET, "/api/v1/tickets", User, tickets::list),
        Route::new(4, "createTicket", M::POST, "/api/v1/tickets", User, tickets::create),
        Route::new(5, "commentTicket", M::POST, "/api/v1/tickets/{ticket_id}/comments", User, tickets::comment),
        Route::new(6, "listTicketTypes", M::GET, "/api/v1/ticket_types", User, tickets::types),
        Route::new(7, "listEvents", M::GET, "/api/v1/communities/{community_id}/events", User, community::events),
        Route::new(8, "listPosts", M::GET, "/api/v1/communities/{community_id}/posts", User, community::posts),
        Route::new(9, "listContacts", M::GET, "/api/v1/communities/{community_id}/contacts", User, community::contacts),
        Route::new(10, "getFaq", M::GET, "/api/v1/communities/{community_id}/faq", User, community::faq),
        Route::new(11, "listNotifications", M::GET, "/api/v1/communities/{community_id}/notifications", User, community::notifications),
        Route::new(12, "listTimeline", M::GET, "/api/v1/communities/{community_id}/timeline", User, community::timeline),
        Route::new(13, "uploadFile", M::POST, "/api/v1/uploads", User, uploads::upload),
        Route::new(14, "inviteUser", M::POST, "/api/v1/communities/{community_id}/users/invite", Admin, invites::invite),
        Route::new(15, "checkInvite", M::GET, "/api/v1/invites", Public, invites::check),
        Route::new(16, "listUnits", M::GET, "/api/v1/units", User, community::units),
        Route::new(17, "downloadDocument", M::GET, "/api/v1/communities/{community_id}/documents/{document_id}", User, uploads::document),
        Route::new(18, "getTicket", M::GET, "/api/v1/tickets/{ticket_id}", User, tickets::get),
        Route::new(19, "listDocuments", M::GET, "/api/v1/communities/{community_id}/documents", User, community::documents),
    ]
}
