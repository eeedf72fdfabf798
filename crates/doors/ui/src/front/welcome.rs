//! `/`: whose server this is, for those who are not signed in; for the others, their own room.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::Identity;

use super::sign_in::organization;
use crate::{
    language::{Language, Texts},
    page::{answer, see},
    session::{failed, look},
};

#[derive(Template)]
#[template(path = "front/front.html")]
struct FrontPage {
    t: &'static Texts,
    organization: Option<String>,
}

/// Shows it.
pub(crate) async fn show(State(identity): State<Identity>, language: Language, headers: HeaderMap) -> Response {
    match look(&identity, &headers).await {
        Ok(Some((_, _, me))) => return see(if me.role.is_some() { "/desk" } else { "/home" }),
        Ok(None) => {}
        Err(error) => return failed(language, "/", &error),
    }
    // A server without organizations says what it is.
    let organization = match organization(&identity, &headers).await {
        Ok(org) => identity.app().me().host(org).await.ok().map(|o| o.name),
        Err(_) => None,
    };
    answer(language, StatusCode::OK, &FrontPage { t: language.texts(), organization })
}
