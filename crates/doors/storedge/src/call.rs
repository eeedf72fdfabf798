//! A call, from the wire to its handler and back. The checks stand here in their order: signature (O8), path, method,
//! facility (O9), body; what comes after is the handler's, and the core's.

use app::{App, property::Facility};
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use identity::{Identity, SignatureError, SignedRequest};
use kernel::{Caller, Door as Through, Zone};
use portico_http::{BodyLimits, RequestInfo, read_body};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Door,
    routes::{self, Chosen, Route},
    wire::{
        Code, DoorError, Object, Params,
        fields::Fields,
        meta::Meta,
        page::{self, Asked, Pagination},
        params,
    },
};

/// The most bytes a body may have.
const MOST_BYTES: usize = 1 << 20;

/// A call whose signature, path and facility are good.
pub struct Call {
    /// Who, as far as the signature tells.
    pub caller: Caller,
    /// Where.
    pub facility: Facility,
    /// The facility's time zone: all times are shown in it.
    pub zone: Zone,
    /// What was sent.
    pub params: Params,
    door: Door,
    ids: Vec<Uuid>,
}

impl Call {
    /// The application.
    pub const fn app(&self) -> &App {
        &self.door.app
    }

    /// Signing in.
    pub const fn identity(&self) -> &Identity {
        &self.door.identity
    }

    /// The id in the path, behind the facility's.
    pub fn id(&self) -> Result<Uuid, DoorError> {
        self.ids.first().copied().ok_or_else(DoorError::not_found)
    }

    /// Which page of a collection is asked for.
    pub fn asked(&self) -> Result<Asked, DoorError> {
        Asked::read(&self.params)
    }
}

/// What a handler answers: named things, and `meta` comes after them.
#[derive(Debug, Default)]
pub struct Answer {
    things: Vec<(&'static str, Vec<u8>)>,
    pagination: Option<Pagination>,
}

impl Answer {
    /// `meta` alone.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// One thing.
    pub fn one(key: &'static str, thing: &impl Serialize) -> Result<Self, DoorError> {
        let written = serde_json::to_vec(thing).map_err(|e| kernel::Error::internal(format_args!("answer: {e}")))?;
        Ok(Self { things: vec![(key, written)], pagination: None })
    }

    /// A page of a collection.
    pub fn page<T: Serialize>(key: &'static str, things: &[T], pagination: Pagination) -> Result<Self, DoorError> {
        Ok(Self { pagination: Some(pagination), ..Self::one(key, &things)? })
    }
}

/// What is known about a call while it runs, for `meta`.
struct Told {
    method: Method,
    request_id: String,
    params: Params,
    route: Option<&'static Route>,
    path: Vec<(&'static str, String)>,
}

/// Answers a request.
pub async fn serve(door: Door, info: RequestInfo, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let method = effective_method(&parts);
    let request_id = info.id().to_owned();
    let mut told = Told { method, request_id, params: Params::default(), route: None, path: Vec::new() };
    let outcome = answer(&door, &info, &parts, body, &mut told).await;
    told.render(outcome)
}

async fn answer(
    door: &Door,
    info: &RequestInfo,
    parts: &Parts,
    body: Body,
    told: &mut Told,
) -> Result<Answer, Refused> {
    let body = read_body(body, BodyLimits::bytes(MOST_BYTES)).await.map_err(DoorError::from)?;
    let content_type = text(&parts.headers, CONTENT_TYPE.as_str());
    told.params = Params::read(parts.uri.query().unwrap_or_default(), content_type, &body);
    let chosen = routes::choose(parts.uri.path(), &told.method);
    if let Chosen::Route { route, path } = &chosen {
        (told.route, told.path) = (Some(*route), path.clone());
        info.set_route(route.path);
    }
    let caller = authenticate(door, info, parts, content_type, &body).await?;
    info.set_caller(&caller);
    let (route, path) = match chosen {
        Chosen::Route { route, path } => (route, path),
        Chosen::WrongMethod(allowed) => return Err(Refused::method(&allowed)),
        Chosen::Nothing => return Err(DoorError::not_found().into()),
    };
    let mut ids = path.iter().map(|(_, text)| Uuid::try_parse(text));
    let facility = ids.next().and_then(Result::ok).ok_or_else(DoorError::not_found)?;
    let ids = ids.collect::<Result<_, _>>().map_err(|_| DoorError::not_found())?;
    let facility = door.app.properties().facility(&caller, facility).await.map_err(DoorError::from)?;
    if told.params.is_broken() {
        return Err(DoorError::from(Code::Parameters).into());
    }
    let zone = Zone::named(&facility.time_zone);
    let call = Call { caller, facility, zone, params: told.params.clone(), door: door.clone(), ids };
    Ok(route.run(call).await?)
}

/// Whose signature it is (O1 to O8).
async fn authenticate(
    door: &Door,
    info: &RequestInfo,
    parts: &Parts,
    content_type: &str,
    body: &Bytes,
) -> Result<Caller, DoorError> {
    let authorization: Vec<&str> =
        parts.headers.get_all(AUTHORIZATION).iter().filter_map(|v| v.to_str().ok()).collect();
    // The configured address where there is one (O7).
    let origin = door.origin.as_ref().map_or_else(|| info.origin(parts), ToString::to_string);
    let request = SignedRequest {
        method: parts.method.as_str(),
        origin: &origin,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        authorization: &authorization,
        form: if params::is_form(content_type) { body } else { b"" },
    };
    door.identity.authenticate_signed(Through::Storedge, &request).await.map_err(|e| match e {
        SignatureError::Refused => Code::Signature.into(),
        SignatureError::Other(e) => e.into(),
    })
}

fn text<'p>(headers: &'p HeaderMap, name: &str) -> &'p str {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// The method, or the one that overrides POST (K4).
fn effective_method(parts: &Parts) -> Method {
    let wanted = text(&parts.headers, "x-http-method-override").trim().to_ascii_uppercase();
    match (&parts.method, wanted.as_str()) {
        (&Method::POST, "PATCH") => Method::PATCH,
        (&Method::POST, "PUT") => Method::PUT,
        (&Method::POST, "DELETE") => Method::DELETE,
        (method, _) => method.clone(),
    }
}

/// An error, and the methods that would have done.
struct Refused {
    error: DoorError,
    allow: Option<String>,
}

impl Refused {
    fn method(allowed: &[Method]) -> Self {
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        Self { error: DoorError::bare(StatusCode::METHOD_NOT_ALLOWED), allow: Some(names.join(",")) }
    }
}

impl From<DoorError> for Refused {
    fn from(error: DoorError) -> Self {
        Self { error, allow: None }
    }
}

impl Told {
    fn render(&self, outcome: Result<Answer, Refused>) -> Response {
        let parameters = self.params.repeated(&self.path, self.route.map(|r| r.wrapper));
        let outcome = outcome.and_then(|answer| Ok(self.write(&answer, parameters.clone())?));
        let (status, body, retry, allow) = match outcome {
            Ok(body) => (StatusCode::OK, body, None, None),
            Err(Refused { error, allow }) => {
                let body = failure(&error, &self.method, &self.request_id, parameters);
                (error.status, body, error.retry_after, allow)
            }
        };
        // Clients that cannot read the body of an error ask for this.
        let suppressed = page::flag(&self.params, "suppress_response_codes");
        let mut response = json(if suppressed { StatusCode::OK } else { status }, body);
        if let Some(seconds) = retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = allow.and_then(|a| HeaderValue::from_str(&a).ok()) {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }

    /// `{"tenants":[…],"meta":{…}}`, with the fields that were asked for.
    fn write(&self, answer: &Answer, parameters: Object) -> Result<Vec<u8>, DoorError> {
        let mut meta = Meta::new(StatusCode::OK, &self.method, &self.request_id, parameters);
        meta.pagination = answer.pagination;
        let meta = serde_json::to_vec(&meta).map_err(|e| kernel::Error::internal(format_args!("meta: {e}")))?;
        let fields = Fields::read(&self.params);
        let mut out = b"{".to_vec();
        for (key, thing) in &answer.things {
            out.extend_from_slice(format!("\"{key}\":").as_bytes());
            if fields.is_all() {
                out.extend_from_slice(thing);
            } else {
                out.extend_from_slice(&fields.of(key, thing)?);
            }
            out.push(b',');
        }
        out.extend_from_slice(b"\"meta\":");
        out.extend_from_slice(&meta);
        out.push(b'}');
        Ok(out)
    }
}

/// The body of an error (section 5): `meta` alone.
pub fn failure(error: &DoorError, method: &Method, request_id: &str, parameters: Object) -> Vec<u8> {
    let mut meta = Meta::new(error.status, method, request_id, parameters);
    meta.error_code = Some(error.code);
    meta.message = Some(error.message);
    meta.errors = Some(&error.errors).filter(|e| !e.is_empty());
    #[derive(Serialize)]
    struct Whole<'a> {
        meta: Meta<'a>,
    }
    serde_json::to_vec(&Whole { meta }).unwrap_or_default()
}

/// An answer for the caller only.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (status, headers, body).into_response()
}
