//! Who calls, and about what: the extractors. In a handler they stand in the order of the checks (D7): the id in the
//! path, then the caller, then the body.

use app::App;
use axum::{
    extract::{FromRequestParts, RawPathParams, RawQuery},
    http::{HeaderMap, header::HOST, request::Parts},
};
use identity::Kind;
use kernel::{Caller, Door as Through, Error, Role};
use portico_http::RequestInfo;

use crate::{
    Door,
    wire::{DoorError, TokenFault, header, value},
};

/// Anybody; `Authorization` is not looked at (D6).
pub struct Public(pub Caller);

/// An approved user: a row U.
pub struct Approved(pub Caller);

/// An admin: a row A.
pub struct Admin(pub Caller);

/// Whoever holds a refresh token: a row R.
pub struct Refresh(pub Caller);

/// Whoever holds a token of either kind (D23).
pub struct Either(pub Caller);

impl FromRequestParts<Door> for Public {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let org = organization(&parts.headers, parts.uri.host(), &door.app).await?;
        Ok(Self(Caller::anonymous(org, Through::Dwellingly, door.app.now())))
    }
}

/// The organization of a call without a credential (D17).
async fn organization(headers: &HeaderMap, host: Option<&str>, app: &App) -> Result<kernel::OrgId, DoorError> {
    // A whole address in the first line wins over the header (RFC 9112 3.2.2).
    let named = host.or_else(|| headers.get(HOST).and_then(|h| h.to_str().ok())).unwrap_or_default();
    // The port says nothing about whose host it is.
    let host =
        named.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(named, |p| p.0);
    app.organizations().of_host(host).await?.ok_or_else(|| Error::Unavailable("no organization yet").into())
}

async fn holder(parts: &mut Parts, door: &Door, kinds: &[Kind]) -> Result<Caller, DoorError> {
    let token = header::bearer(&parts.headers)?;
    let mut fault = None;
    for kind in kinds {
        match door.identity.authenticate(Through::Dwellingly, *kind, token.as_bytes()) {
            Ok(caller) => {
                let Ok(info) = RequestInfo::from_request_parts(parts, &()).await;
                info.set_caller(&caller);
                return Ok(caller);
            }
            // Where both kinds will do, a token's own kind knows what is wrong with it.
            Err(identity::TokenFault::WrongKindAccess | identity::TokenFault::WrongKindRefresh) if fault.is_some() => {}
            Err(f) => fault = Some(TokenFault::from(f)),
        }
    }
    Err(fault.unwrap_or(TokenFault::NoHeader).into())
}

macro_rules! callers {
    ($($name:ident: $kinds:expr, $roles:expr;)*) => {$(
        impl FromRequestParts<Door> for $name {
            type Rejection = DoorError;
            async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
                Ok(Self(holder(parts, door, $kinds).await?.only($roles)))
            }
        }
    )*};
}
callers! {
    Approved: &[Kind::Access], &Role::ALL;
    Admin: &[Kind::Access], &[Role::Admin];
    Refresh: &[Kind::Refresh], &Role::ALL;
    Either: &[Kind::Refresh, Kind::Access], &Role::ALL;
}

impl From<identity::TokenFault> for TokenFault {
    fn from(fault: identity::TokenFault) -> Self {
        use identity::TokenFault as F;
        match fault {
            F::Segments => Self::Segments,
            F::Padding => Self::Padding,
            F::Algorithm => Self::Algorithm,
            F::Signature => Self::Signature,
            F::MissingClaim(claim) => Self::MissingClaim(claim),
            F::WrongKindAccess => Self::WrongKindAccess,
            F::WrongKindRefresh => Self::WrongKindRefresh,
            F::NotYetValid => Self::NotYetValid,
            F::Expired => Self::Expired,
        }
    }
}

/// The id in the path (D2, D13): digits only. One too large for any row is simply not found.
pub struct Id<T>(pub kernel::Id<T>);

/// The two ids of a note's path.
pub struct Ids<A, B>(pub kernel::Id<A>, pub kernel::Id<B>);

impl<T> FromRequestParts<Door> for Id<T> {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        Ok(Self(numbers(parts, door).await?.first().copied().ok_or_else(DoorError::no_such_path)?.into()))
    }
}

impl<A, B> FromRequestParts<Door> for Ids<A, B> {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        match numbers(parts, door).await?[..] {
            [a, b] => Ok(Self(a.into(), b.into())),
            _ => Err(DoorError::no_such_path()),
        }
    }
}

async fn numbers(parts: &mut Parts, door: &Door) -> Result<Vec<i64>, DoorError> {
    let params = RawPathParams::from_request_parts(parts, door).await.map_err(|_| DoorError::no_such_path())?;
    params.iter().map(|(_, text)| value::path_id(text).ok_or_else(DoorError::no_such_path)).collect()
}

/// The token of a mailed link in the path. What is no text is no token (D28).
pub struct LinkToken(pub String);

impl FromRequestParts<Door> for LinkToken {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let Ok(params) = RawPathParams::from_request_parts(parts, door).await else {
            return Err(TokenFault::Segments.of_link());
        };
        Ok(Self(params.iter().next().map(|(_, token)| token.to_owned()).unwrap_or_default()))
    }
}

/// A method that a path with ids does not know. An id that is none makes the path unknown, which is told first (D7).
pub async fn wrong_method(params: RawPathParams) -> DoorError {
    if params.iter().all(|(_, text)| value::path_id(text).is_some()) {
        DoorError::wrong_method()
    } else {
        DoorError::no_such_path()
    }
}

/// The query of the address. Of a doubled key the last counts.
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

impl FromRequestParts<Door> for Query {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Self::Rejection> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, door).await?;
        let query = query.unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()))
    }
}
