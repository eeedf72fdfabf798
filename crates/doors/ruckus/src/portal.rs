//! Signing in, and what a portal shows (operations 1 to 7).

use app::{file::Variant, portal::Portal};
use axum::{
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use kernel::{Door as Through, Error};
use portico_http::{Sending, send_file};

use crate::{
    call::{Asked, Visiting},
    present,
    wire::{
        self, DoorError, Reader,
        shapes::{PortalAccess, PortalToken},
    },
};

/// For how many seconds a browser may keep a picture.
const PICTURE_KEPT: u64 = 300;

/// Operation 1 (R1 to R3).
pub async fn login(asked: Asked) -> Result<Response, DoorError> {
    let object = wire::object(&asked.body, false)?;
    let mut r = Reader::of(&object);
    let secret = r.text("hashedSecret");
    let secret = r.whole(secret)?.given().cloned().unwrap_or_default();
    if secret.is_empty() {
        return Err(DoorError::field("hashedSecret", "is required"));
    }
    let wrong = Error::Unauthenticated(kernel::Unauthenticated::Credentials);
    let property = asked.uuid(0).ok_or(wrong)?;
    let signed = asked.door.app.portals().sign_in(Through::Ruckus, property, &secret).await?;
    asked.shown(&PortalToken {
        unit_guid: signed.entered.unit_uid,
        token: &signed.token,
        server_version: env!("CARGO_PKG_VERSION"),
        expire_date_time: wire::time(signed.entered.expires_at),
    })
}

/// Operation 2.
pub async fn property(call: Visiting) -> Result<Response, DoorError> {
    let portal = own(&call).await?;
    call.shown(&present::property(&portal, call.address()))
}

/// Operation 3.
pub async fn ui(call: Visiting) -> Result<Response, DoorError> {
    let portal = own(&call).await?;
    call.shown(&present::ui(&portal, call.address()))
}

/// Operation 4 (R32).
pub async fn file(call: Visiting) -> Result<Response, DoorError> {
    let portal = own(&call).await?;
    picture(&call, &portal, call.id(1)).await
}

/// Operation 5 (R18).
pub async fn access(asked: Asked) -> Result<Response, DoorError> {
    let portal = public(&asked).await?;
    let settings = &portal.settings;
    asked.shown(&PortalAccess {
        login_text: present::some(&settings.login_text),
        portal_allowed: settings.portal_allowed,
    })
}

/// Operation 6 (R33).
pub async fn styles(asked: Asked) -> Result<Response, DoorError> {
    let portal = public(&asked).await?;
    let media = asked.route.media.of(&asked.headers);
    Ok(([(CONTENT_TYPE, media), (CACHE_CONTROL, "no-cache")], present::styles(&portal)).into_response())
}

/// Operation 7 (R32).
pub async fn favicon(asked: Asked) -> Result<Response, DoorError> {
    let portal = public(&asked).await?;
    picture(&asked, &portal, "favIcon").await
}

async fn own(call: &Visiting) -> Result<Portal, DoorError> {
    Ok(call.door.app.portals().get(&call.entered.caller, call.entered.property).await?)
}

/// What is public of the property that the path names (R5).
async fn public(asked: &Asked) -> Result<Portal, DoorError> {
    let property = asked.uuid(0).ok_or(Error::NotFound("property"))?;
    Ok(asked.door.app.portals().public(property).await?)
}

async fn picture(asked: &Asked, portal: &Portal, kind: &str) -> Result<Response, DoorError> {
    let file = match kind {
        "logo" => portal.logo.as_ref(),
        "favIcon" => portal.icon.as_ref(),
        _ => None,
    };
    let file = file.ok_or(Error::NotFound("file"))?;
    // A client that carries a token is not sent elsewhere with it.
    let sending = Sending { which: Variant::Whole, download: false, max_age: PICTURE_KEPT, redirect: false };
    Ok(send_file(&asked.door.app, file, sending, &asked.method, &asked.headers).await?)
}
