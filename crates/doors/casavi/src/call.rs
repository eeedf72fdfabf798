//! Who calls, and about what: the extractors. In a handler they stand in the order of the checks: the caller, the id in
//! the path, the query, the body.

use std::net::IpAddr;

use axum::{
    extract::{FromRequestParts, RawPathParams, RawQuery},
    http::{
        HeaderMap,
        header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, HOST},
        request::Parts,
    },
};
use kernel::{Caller, Door as Through, Error, Instant, Unauthenticated};
use portico_http::{RequestInfo, host_name, is_cross_site};

use crate::{
    Door,
    wire::{DoorError, Language, time},
};

/// The cookie of a sign-in on the pages (section 2).
const COOKIE_NAME: &str = "user_session";

/// Rows of a page unless the client says otherwise (C1).
const USUAL_LIMIT: i64 = 20;

/// Anybody: of which organization the host says, and from which address they call.
pub struct Public(pub Caller, pub IpAddr);

impl FromRequestParts<Door> for Public {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        // A whole address in the first line wins over the header (RFC 9112 3.2.2).
        let named = parts.uri.host().or_else(|| text(&parts.headers, HOST.as_str())).unwrap_or_default();
        let org = door.app.organizations().of_host(host_name(named)).await?;
        let org = org.ok_or(Error::Unavailable("no organization yet"))?;
        let Ok(info) = RequestInfo::from_request_parts(parts, &()).await;
        Ok(Self(Caller::anonymous(org, Through::Casavi, door.app.now()), info.client()))
    }
}

/// Whoever is signed in, by a token or by the cookie (C13). If both are sent, the token counts.
pub struct User(pub Caller);

impl FromRequestParts<Door> for User {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let caller = if parts.headers.contains_key(AUTHORIZATION) {
            let sent = text(&parts.headers, AUTHORIZATION.as_str()).unwrap_or_default().trim();
            door.identity.oidc().community(token(sent)).await?.caller
        } else {
            let cookie = cookie(&parts.headers).ok_or(Error::Unauthenticated(Unauthenticated::Missing))?;
            let caller = door.identity.web_caller(cookie, Through::Casavi).await?;
            if !parts.method.is_safe() && is_cross_site(&parts.headers) {
                return Err(Error::Forbidden.into());
            }
            caller
        };
        let Ok(info) = RequestInfo::from_request_parts(parts, &()).await;
        info.set_caller(&caller);
        Ok(Self(caller))
    }
}

/// `Bearer <token>`, or the bare token.
fn token(sent: &str) -> &str {
    match sent.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => sent,
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.trim_matches('"')).filter(|v| !v.is_empty())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

/// The id in the path; what is none is not found.
pub struct Id<T>(pub kernel::Id<T>);

impl<T> FromRequestParts<Door> for Id<T> {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        match numbers(parts, door).await?[..] {
            [id] => Ok(Self(id.into())),
            _ => Err(DoorError::not_found()),
        }
    }
}

/// The two ids of a document's path.
pub struct Ids<A, B>(pub kernel::Id<A>, pub kernel::Id<B>);

impl<A, B> FromRequestParts<Door> for Ids<A, B> {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        match numbers(parts, door).await?[..] {
            [a, b] => Ok(Self(a.into(), b.into())),
            _ => Err(DoorError::not_found()),
        }
    }
}

async fn numbers(parts: &mut Parts, door: &Door) -> Result<Vec<i64>, DoorError> {
    let params = RawPathParams::from_request_parts(parts, door).await.map_err(|_| DoorError::not_found())?;
    params.iter().map(|(_, text)| text.parse().map_err(|_| DoorError::not_found())).collect()
}

/// The query of the address. Of a doubled key the last counts.
pub struct Query(Vec<(String, String)>);

impl FromRequestParts<Door> for Query {
    type Rejection = DoorError;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, DoorError> {
        let Ok(RawQuery(query)) = RawQuery::from_request_parts(parts, door).await;
        let query = query.unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect()))
    }
}

impl Query {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// A whole number.
    pub fn integer(&self, key: &'static str) -> Result<Option<i64>, DoorError> {
        self.read(key, "must be an integer", |text| text.parse().ok())
    }

    /// The id of something.
    pub fn id<T>(&self, key: &'static str) -> Result<Option<kernel::Id<T>>, DoorError> {
        Ok(self.integer(key)?.map(kernel::Id::from))
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &'static str) -> Result<bool, DoorError> {
        Ok(self.read(key, "must be true or false", |text| text.parse().ok())?.unwrap_or(false))
    }

    /// A date-time (C7).
    pub fn instant(&self, key: &'static str) -> Result<Option<Instant>, DoorError> {
        self.read(key, "must be a date-time (RFC 3339)", time::parse)
    }

    /// The page asked for, with or without a limit of the client's (C1).
    pub fn page(&self, takes_limit: bool) -> Result<app::community::PageNumber, DoorError> {
        let page = self.integer("page")?.unwrap_or(0);
        let limit = if takes_limit { self.integer("limit")?.unwrap_or(USUAL_LIMIT) } else { USUAL_LIMIT };
        if page < 0 {
            return Err(DoorError::bad("page must not be negative"));
        }
        if limit < 1 {
            return Err(DoorError::bad("limit must be at least 1"));
        }
        Ok(app::community::PageNumber::new(page, limit))
    }

    fn read<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, DoorError> {
        let Some(text) = self.get(key) else { return Ok(None) };
        read(text).map(Some).ok_or_else(|| DoorError::bad(format!("{key} {wanted}")))
    }
}

impl FromRequestParts<Door> for Language {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Self::Rejection> {
        Ok(text(&parts.headers, ACCEPT_LANGUAGE.as_str()).map_or(Self::default(), Self::accepted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_with_and_without_the_word() {
        for sent in ["Bearer a.b.c", "bearer  a.b.c", "BEARER a.b.c", "a.b.c"] {
            assert_eq!(token(sent), "a.b.c");
        }
        assert_eq!(token("Basic a"), "Basic a");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        assert_eq!(cookie(&headers), None);
        headers.append(COOKIE, "a=b; user_sessions=no".parse().unwrap());
        assert_eq!(cookie(&headers), None);
        headers.append(COOKIE, "x=y;  user_session=good".parse().unwrap());
        assert_eq!(cookie(&headers), Some("good"));
    }

    #[test]
    fn queries_are_read_strictly() {
        let query = |text: &str| {
            Query(form_urlencoded::parse(text.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())).collect())
        };
        let page = |text: &str, limit| query(text).page(limit).ok().map(|p| (p.page, p.limit));
        assert_eq!(page("", true), Some((0, 20)));
        assert_eq!(page("page=3&limit=7", true), Some((3, 7)));
        assert_eq!(page("page=3&limit=7", false), Some((3, 20)), "posts know no limit");
        assert_eq!(page("limit=500", true), Some((0, 100)));
        for bad in ["page=-1", "page=x", "page=1.5", "limit=0", "limit=-3", "limit=", "page=99999999999999999999"] {
            assert_eq!(page(bad, true), None, "{bad}");
        }
        assert!(query("unreadOnly=TRUE").flag("unreadOnly").is_err());
        assert!(query("after=yesterday").instant("after").is_err());
    }
}
