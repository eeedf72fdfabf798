//! The OpenAPI 3.1 document of this door, made from the same table of calls as the door itself.

use std::collections::BTreeMap;

use axum::http::Method;
use utoipa::{
    ToSchema,
    openapi::{
        Components, ComponentsBuilder, ContentBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, Paths, Ref,
        RefOr, Required, Response, ResponseBuilder, Schema,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    routes::{Access, Route, Sent, routes},
    wire::{
        ErrorResource, Media,
        admin::{AdminUnit, ProgramToken, ResidentPortal, Venue},
        media,
        page::Page,
        shapes::{
            DevicesList, PortalAccess, PortalToken, PortalUiConfiguration, Property, Unit, UnitUser, UpdateResult,
        },
    },
};

const UNIT: &str = "unitToken";
const PROGRAM: &str = "program";

/// The schemas of a document, by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// What a call says about itself.
struct Row {
    summary: &'static str,
    answer: Answer,
}

/// What a success holds.
enum Answer {
    Nothing,
    Bytes,
    Text,
    One(fn(&mut Schemas) -> RefOr<Schema>),
    Many(fn(&mut Schemas) -> RefOr<Schema>),
}

fn row(route: &Route) -> Row {
    let (summary, answer) = match route.row {
        1 => ("Signs in with the secret of a unit's link", Answer::One(shape::<PortalToken<'static>>)),
        2 => ("The property", Answer::One(shape::<Property<'static>>)),
        3 => ("What the portal looks like, and what it allows", Answer::One(shape::<PortalUiConfiguration<'static>>)),
        4 => ("The `logo` or the `favIcon`", Answer::Bytes),
        5 => ("What everybody may know before somebody signs in", Answer::One(shape::<PortalAccess<'static>>)),
        6 => ("The portal's colours as a style sheet", Answer::Text),
        7 => ("The small picture in a browser's tab", Answer::Bytes),
        8 => ("The unit with its passphrases", Answer::One(shape::<Unit<'static>>)),
        9 => ("Changes what is sent of the unit; `TOKEN_RESET` renews its link", Answer::One(shape::<Unit<'static>>)),
        10 => ("The devices of the unit, or of its guests", Answer::One(shape::<DevicesList>)),
        11 => ("Forgets a device", Answer::Nothing),
        12 => ("The users of the unit", Answer::One(shape::<Page<UnitUser<'static>>>)),
        13 => ("A user with the passphrase", Answer::One(shape::<UnitUser<'static>>)),
        14 => {
            ("Changes what is sent of a user; an empty passphrase makes a new one", Answer::One(shape::<UpdateResult>))
        }
        15 => ("The devices of a user", Answer::One(shape::<DevicesList>)),
        16 => ("Forgets a device of a user", Answer::Nothing),
        17 => ("A token for a program", Answer::One(shape::<ProgramToken<'static>>)),
        18 => ("The properties", Answer::Many(shape::<Venue<'static>>)),
        19 => ("The portals of all properties", Answer::One(shape::<Page<ResidentPortal<'static>>>)),
        20 => ("The portal of a property", Answer::One(shape::<ResidentPortal<'static>>)),
        21 => ("The units of a property, with passphrases and links", Answer::One(shape::<Page<AdminUnit<'static>>>)),
        _ => ("A unit, with passphrases and link", Answer::One(shape::<AdminUnit<'static>>)),
    };
    Row { summary, answer }
}

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = Paths::new();
    for route in routes() {
        paths.add_path_operation(route.path, vec![method(&route.method)], operation(route, &mut schemas).build());
    }
    OpenApiBuilder::new().info(info()).paths(paths).components(Some(components(schemas))).build()
}

fn info() -> Info {
    let mut info = Info::new("RUCKUS Resident Portal API of Portico", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "The WiFi of a unit, as clients of the RUCKUS Resident Portal API (version 0) know it: one token stands for one \
         unit, its users, their passphrases and their devices. Below `/venues` and `/residentPortals` is what programs of \
         the management need to get at a unit's link.\n\n\
         100 calls about a property are answered at once, and 80 more each second."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn components(schemas: Schemas) -> Components {
    let about = "The token of a sign-in, as it is: without `Bearer`.";
    let key = ApiKey::Header(ApiKeyValue::with_description("Authorization", about));
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("From `/oauth2/token/{tenantId}`.")).build();
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(UNIT, SecurityScheme::ApiKey(key))
        .security_scheme(PROGRAM, SecurityScheme::Http(bearer))
        .build()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route, schemas: &mut Schemas) -> OperationBuilder {
    let Row { summary, answer } = row(route);
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id))
        .tag(if route.row < 17 { "residents" } else { "admin" })
        .summary(Some(summary))
        .request_body(body(route))
        .response("200", success(route, &answer, schemas));
    operation = match route.access() {
        Access::Public => operation,
        Access::Unit => operation.security(SecurityRequirement::new(UNIT, Vec::<String>::new())),
        Access::Program => operation.security(SecurityRequirement::new(PROGRAM, Vec::<String>::new())),
    };
    for parameter in parameters(route) {
        operation = operation.parameter(parameter);
    }
    for (status, text) in errors(route) {
        operation = operation.response(status.to_string(), failure(route, status, text, schemas));
    }
    operation
}

fn parameters(route: &Route) -> Vec<Parameter> {
    let build = |name: &str, place, required, schema: RefOr<Schema>| {
        ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(schema)).build()
    };
    let in_path = route.names().map(|name| {
        let is_uuid = route.access() != Access::Public && !matches!(name, "type" | "deviceId" | "venueId");
        build(name, ParameterIn::Path, Required::True, if is_uuid { uuid() } else { text().into() })
    });
    let words = |words: &[&str]| RefOr::from(text().enum_values(Some(words.to_vec())));
    let query: Vec<(&str, Required, RefOr<Schema>)> = match route.row {
        10 => vec![("type", Required::True, words(&["UNIT", "GUEST"]))],
        19 => vec![("page", Required::False, integer()), ("size", Required::False, integer())],
        21 => vec![
            ("page", Required::False, integer()),
            ("size", Required::False, integer()),
            ("sort", Required::False, words(&["name,asc", "name,desc"])),
        ],
        _ => Vec::new(),
    };
    in_path.chain(query.into_iter().map(|(n, r, s)| build(n, ParameterIn::Query, r, s))).collect()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::String))
}

fn short(most: usize) -> RefOr<Schema> {
    text().max_length(Some(most)).into()
}

fn uuid() -> RefOr<Schema> {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
}

fn integer() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).into()
}

/// What a call takes.
fn body(route: &Route) -> Option<RequestBody> {
    let object = match route.row {
        1 => ObjectBuilder::new().property("hashedSecret", text()).required("hashedSecret"),
        9 => {
            let contact = ObjectBuilder::new()
                .property("contactName", short(255))
                .property("email", short(255))
                .property("phoneNumber", short(16));
            let status = text().enum_values(Some(["ENABLED", "DISABLED", "TOKEN_RESET"]));
            ObjectBuilder::new()
                .property("description", short(1000))
                .property("contact", contact)
                .property("status", status)
                .property("secret", short(63))
                .property("guestSecret", short(63))
        }
        12 => ObjectBuilder::new()
            .property("sortDirection", text().enum_values(Some(["ASC", "DESC"])))
            .property("page", integer())
            .property("pageSize", integer())
            .property("userId", uuid())
            .property("sortFields", ArrayBuilder::new().items(text().enum_values(Some(["userId"])))),
        14 => ObjectBuilder::new()
            .property("userId", uuid())
            .property("userName", short(255))
            .property("email", short(255))
            .property("phoneNumber", short(16))
            .property("passphrase", short(63))
            .property("status", text().enum_values(Some(["ACTIVE", "BLOCKED"])))
            .property("type", text().enum_values(Some(["UNIT", "GUEST", "LINKED"]))),
        17 => ObjectBuilder::new()
            .property("grant_type", text().enum_values(Some(["client_credentials"])))
            .property("client_id", text())
            .property("client_secret", text())
            .required("grant_type"),
        _ => return None,
    };
    let schema: RefOr<Schema> = object.into();
    let types: &[&str] = match route.sent {
        Sent::Nothing => &[],
        Sent::Json => &[media::JSON],
        Sent::JsonOrV1 => &[media::JSON, media::V1],
        Sent::Form => &["application/x-www-form-urlencoded"],
    };
    let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
    let needed = if route.row == 12 { Required::False } else { Required::True };
    let empty = RequestBodyBuilder::new().required(Some(needed));
    Some(types.iter().fold(empty, |body, media| body.content(*media, content())).build())
}

/// In which types a success comes, then in which an error does.
fn types(media: Media) -> (&'static [&'static str], &'static [&'static str]) {
    match media {
        Media::Hal => (&[media::HAL], &[media::JSON]),
        Media::Json => (&[media::JSON], &[media::JSON]),
        Media::Versioned => (&[media::JSON, media::V1], &[media::JSON, media::V1]),
        Media::HalOrV1 => (&[media::HAL, media::V1], &[media::JSON, media::V1]),
        Media::Png => (&["image/png"], &[media::JSON]),
        Media::Css => (&["text/css"], &[media::JSON]),
    }
}

fn success(route: &Route, answer: &Answer, schemas: &mut Schemas) -> Response {
    let schema: Option<RefOr<Schema>> = match answer {
        Answer::Nothing => None,
        Answer::Bytes => Some(text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).into()),
        Answer::Text => Some(text().into()),
        Answer::One(of) => Some(of(schemas)),
        Answer::Many(of) => Some(ArrayBuilder::new().items(of(schemas)).into()),
    };
    let response = ResponseBuilder::new().description("What was asked for");
    let Some(schema) = schema else { return response.build() };
    let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
    types(route.media).0.iter().fold(response, |response, media| response.content(*media, content())).build()
}

/// All errors of a call.
fn errors(route: &Route) -> BTreeMap<u16, &'static str> {
    let mut all = BTreeMap::from([
        (400, "The path or the body is not as it must be"),
        (500, "A defect"),
        (503, "The server has too much to do; see `Retry-After`"),
    ]);
    if route.row < 17 {
        all.insert(429, "Too many calls about this property; see `Retry-After`");
    }
    match route.access() {
        Access::Unit => all.extend([
            (401, "The token is missing or has ended"),
            (403, "The token is of another property, or this is not allowed"),
        ]),
        Access::Program => {
            all.extend([(401, "The token is missing or has ended"), (403, "The program may not do this")]);
        }
        Access::Public if matches!(route.row, 1 | 17) => all.extend([(401, "The secret is wrong")]),
        Access::Public => {}
    }
    if route.sent != Sent::Nothing {
        all.insert(413, "More than 64 KiB");
    }
    if matches!(route.sent, Sent::Json | Sent::JsonOrV1) {
        all.insert(415, "Another type than JSON");
    }
    if !matches!(route.row, 1 | 8 | 10 | 12 | 17..=19) {
        all.insert(404, "There is no such thing");
    }
    if matches!(route.row, 9 | 14) {
        all.insert(409, "The passphrase cannot be used");
    }
    all
}

fn failure(route: &Route, status: u16, text: &str, schemas: &mut Schemas) -> Response {
    let response = ResponseBuilder::new().description(text);
    // Row 17 tells errors as OAuth 2 does; users that are not there are told without a body (R6).
    if route.row == 17 || (status == 404 && matches!(route.row, 13 | 15)) {
        return response.build();
    }
    let schema = shape::<ErrorResource<'static>>(schemas);
    let content = || ContentBuilder::new().schema(Some(schema.clone())).build();
    types(route.media).1.iter().fold(response, |response, media| response.content(*media, content())).build()
}

/// A reference to a shape, which is noted with everything inside of it.
fn shape<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    let name = T::name().into_owned();
    let mut inside = Vec::new();
    T::schemas(&mut inside);
    for (name, schema) in inside {
        schemas.entry(name).or_insert(schema);
    }
    schemas.entry(name.clone()).or_insert_with(T::schema);
    Ref::from_schema_name(name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_in_the_document() {
        let document = openapi();
        for route in routes() {
            assert!(document.paths.get_path_operation(route.path, method(&route.method)).is_some(), "{}", route.id);
        }
        let json = document.to_json().unwrap();
        for name in json.split("#/components/schemas/").skip(1).filter_map(|s| s.split('"').next()) {
            assert!(document.components.as_ref().unwrap().schemas.contains_key(name), "{name} is referred to");
        }
    }

    #[test]
    fn each_call_says_what_it_takes() {
        for route in routes() {
            assert_eq!(body(route).is_some(), route.sent != Sent::Nothing, "{}", route.id);
        }
    }
}
