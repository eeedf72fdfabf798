//! The OpenAPI 3.1 document of this door. A test holds it against the table of routes.

use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        OpenApi,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::{places, token, users};

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut document = Document::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    document
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "iDWELL API of Portico",
        description = "A property manager's users and their links to flats. Every path works with and without the slash at its end.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        token::token,
        token::revoke,
        users::list,
        users::create,
        users::get,
        users::update,
        users::archive,
        places::flats,
        places::flat,
        places::buildings,
        places::building
    ),
    modifiers(&Credentials),
    tags(
        (name = "token", description = "Tokens for everything else."),
        (name = "users", description = "Staff and residents."),
        (name = "places", description = "Flats and buildings, read only.")
    )
)]
struct Document;

/// How a client says who it is.
struct Credentials;

impl Modify for Credentials {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("client", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)));
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}
