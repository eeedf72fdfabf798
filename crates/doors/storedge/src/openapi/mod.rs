//! The OpenAPI 3.1 document of this door, made from the same table of calls as the door itself. What a call says about
//! itself stands in [`rows`].

mod rows;

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
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::{
    routes::{Route, routes},
    wire::meta::Meta,
};
use rows::{Answer, Field, Kind, Row, row};

const SIGNED: &str = "oauth1";

/// The schemas of a document, by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = Paths::new();
    for route in routes() {
        let operation = operation(route, &row(route.row), &mut schemas);
        paths.add_path_operation(route.path, vec![method(&route.method)], operation.build());
    }
    OpenApiBuilder::new()
        .info(info())
        .paths(paths)
        .components(Some(components(schemas)))
        .tags(Some(
            rows::TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()),
        ))
        .build()
}

fn info() -> Info {
    let mut info = Info::new("storEDGE API of Portico", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Tenants of a facility and their portal accounts, preferences and notes, as clients of storEDGE's API (version 1) \
         know them.\n\n\
         Every success is 200, every answer has `meta`. Attributes are taken flat or wrapped, as JSON or as a form. A \
         suffix `.json` on a path means nothing. `fields[tenant]=id,username` leaves these fields of every tenant in an \
         answer, at any depth."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn components(schemas: Schemas) -> Components {
    let about = "OAuth 1.0 (RFC 5849) without tokens: `OAuth oauth_consumer_key=\"…\", oauth_signature_method=\"HMAC-SHA1\", \
         oauth_timestamp=\"…\", oauth_nonce=\"…\", oauth_version=\"1.0\", oauth_signature=\"…\"`, signed with the program's \
         secret. `portico client create` makes the pair.";
    let key = ApiKey::Header(ApiKeyValue::with_description("Authorization", about));
    ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme(SIGNED, SecurityScheme::ApiKey(key)).build()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route, row: &Row, schemas: &mut Schemas) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .tag(row.tag)
        .summary(Some(row.summary))
        .description((!row.about.is_empty()).then_some(row.about))
        .request_body((!row.body.is_empty()).then(|| body(row)))
        .security(SecurityRequirement::new(SIGNED, Vec::<String>::new()))
        .response("200", success(&row.answer, schemas));
    for parameter in parameters(route, row) {
        operation = operation.parameter(parameter);
    }
    for (status, text) in errors(row) {
        operation = operation.response(status.to_string(), failure(text, schemas));
    }
    operation
}

/// The method and the path in one word: `get_tenants_by_id`.
fn operation_id(route: &Route) -> String {
    let segments = route.path.split('/').skip(3);
    let words: Vec<String> = segments
        .map(|s| s.strip_prefix('{').map_or_else(|| s.to_owned(), |id| format!("by_{}", id.trim_end_matches('}'))))
        .collect();
    format!("{}_{}", route.method.as_str().to_lowercase(), words.join("_"))
}

fn parameters(route: &Route, row: &Row) -> Vec<Parameter> {
    let parameter = |name: &str, place, required, kind: &Kind, about: &str| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description((!about.is_empty()).then_some(about))
            .schema(Some(kind.schema()))
            .build()
    };
    let names = route.path.split(['{', '}']).skip(1).step_by(2);
    let in_path = names.map(|name| parameter(name, ParameterIn::Path, Required::True, &Kind::Uuid, ""));
    let common: &[_] = if matches!(row.answer, Answer::Page(..)) { &rows::PAGE } else { &[] };
    let in_query = row.query.iter().chain(common).chain(&rows::EVERYWHERE);
    let in_query =
        in_query.map(|(name, kind, about)| parameter(name, ParameterIn::Query, Required::False, kind, about));
    in_path.chain(in_query).collect()
}

/// All errors of a call: its own, and those that every call has.
fn errors(row: &Row) -> BTreeMap<u16, String> {
    let mut all = BTreeMap::from([
        (401, "2: Invalid OAuth Request.".to_owned()),
        (403, "13: The client does not have access rights to the requested content.".to_owned()),
        (404, "9: The resource you requested could not be found.".to_owned()),
        (500, "1: Unknown API error. Sorry.".to_owned()),
        (503, "The server has too much to do; see `Retry-After`".to_owned()),
    ]);
    let mut bad: Vec<u8> = row.errors.to_vec();
    if !row.body.is_empty() && !bad.contains(&4) {
        bad.push(4);
    }
    bad.sort_unstable();
    if !bad.is_empty() {
        let told = crate::wire::Code::ALL.map(crate::wire::Code::told);
        let texts = bad.iter().filter_map(|n| told.iter().find(|t| t.1 == *n)).map(|t| format!("{}: {}", t.1, t.2));
        all.insert(400, texts.collect::<Vec<_>>().join("\n\n"));
    }
    if row.is_slowed {
        all.insert(429, "Too many tries; see `Retry-After`".to_owned());
    }
    all
}

/// `{"meta":{…}}`.
fn failure(text: String, schemas: &mut Schemas) -> Response {
    let whole = ObjectBuilder::new().property("meta", shape::<Meta<'static>>(schemas)).required("meta");
    ResponseBuilder::new()
        .description(text)
        .content("application/json", ContentBuilder::new().schema(Some(whole)).build())
        .build()
}

/// `{"tenants":[…],"meta":{…}}`.
fn success(answer: &Answer, schemas: &mut Schemas) -> Response {
    let mut whole = ObjectBuilder::new();
    whole = match answer {
        Answer::Nothing => whole,
        Answer::One(key, of) => whole.property(*key, of(schemas)).required(*key),
        Answer::Page(key, of) => whole.property(*key, ArrayBuilder::new().items(of(schemas))).required(*key),
    };
    whole = whole.property("meta", shape::<Meta<'static>>(schemas)).required("meta");
    ResponseBuilder::new()
        .description("What was asked for")
        .content("application/json", ContentBuilder::new().schema(Some(whole)).build())
        .build()
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

fn body(row: &Row) -> RequestBody {
    let content = || {
        let inner = object(row.body);
        let whole = match row.wrapped {
            Some(key) => ObjectBuilder::new().property(key, inner),
            None => inner,
        };
        ContentBuilder::new().schema(Some(whole)).build()
    };
    RequestBodyBuilder::new()
        .content("application/json", content())
        .content("application/x-www-form-urlencoded", content())
        .build()
}

fn object(fields: &[Field]) -> ObjectBuilder {
    fields.iter().fold(ObjectBuilder::new(), |object, f| {
        let object = object.property(f.key, f.kind.schema());
        if f.required { object.required(f.key) } else { object }
    })
}

impl Kind {
    fn schema(&self) -> RefOr<Schema> {
        let of = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::new(kind));
        let text = |format| of(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
        match self {
            Self::Text => of(Type::String).into(),
            Self::Uuid => text(KnownFormat::Uuid).into(),
            Self::DateTime => text(KnownFormat::DateTime).into(),
            Self::Password => of(Type::String).min_length(Some(8)).max_length(Some(128)).into(),
            Self::Integer => of(Type::Integer).into(),
            Self::Boolean => of(Type::Boolean).into(),
            Self::Object(fields) => object(fields).into(),
            Self::Objects(fields) => ArrayBuilder::new().items(object(fields)).into(),
            Self::Military => rows::military().into(),
            Self::Settings => rows::settings().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_in_the_document() {
        let document = openapi();
        for route in routes() {
            assert!(document.paths.get_path_operation(route.path, method(&route.method)).is_some());
            assert!(!row(route.row).summary.is_empty(), "row {}", route.row);
        }
        let json = document.to_json().unwrap();
        for name in json.split("#/components/schemas/").skip(1).filter_map(|s| s.split('"').next()) {
            assert!(document.components.as_ref().unwrap().schemas.contains_key(name), "{name} is referred to");
        }
        let mut ids: Vec<String> = routes().iter().map(operation_id).collect();
        ids.sort();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "operation ids are unique");
    }
}
