//! What a request tells about its sender: the address, and the website it was sent from.

use std::{convert::Infallible, net::IpAddr};

use axum::{extract::FromRequestParts, http::request::Parts};
use portico_http::RequestInfo;
pub(crate) use portico_http::{host_name, is_cross_site};

/// The address a request came from, proxies considered.
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let info = RequestInfo::from_request_parts(parts, &()).await?;
        Ok(Self(info.client()))
    }
}
