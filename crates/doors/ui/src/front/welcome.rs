//! `/`: whose server this is, for those who are not signed in; for the others, their own room.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use identity::Identity;

use super::sign_in::{House, house, organization};
use crate::{
    form::Fields,
    language::{Language, Texts},
    page::{answer, see},
    session::{failed, look},
};

#[derive(Template)]
#[template(path = "front/front.html")]
struct FrontPage {
    t: &'static Texts,
    organization: Option<String>,
    house: Option<House>,
    /// Where the sign-in is.
    sign_in: String,
}

/// Shows it.
pub(crate) async fn show(
    State(identity): State<Identity>,
    language: Language,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
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
    let query = Fields::of_query(uri.query().unwrap_or_default());
    let house = match house(&identity, &headers, query.get("property")).await {
        Ok(house) => house,
        Err(error) => return failed(language, "/", &error),
    };
    let sign_in = match &house {
        // It was read as a uid: nothing in it needs to be escaped.
        Some(_) => format!("/app/login?property={}", query.get("property")),
        None => "/app/login".to_owned(),
    };
    answer(language, StatusCode::OK, &FrontPage { t: language.texts(), organization, house, sign_in })
}
