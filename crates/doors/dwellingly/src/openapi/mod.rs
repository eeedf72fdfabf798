//! The OpenAPI 3.1 document of this door, made from the same table of rows as the router. What a row says about itself
//! stands in [`rows`].

mod rows;

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{
        Components, ComponentsBuilder, ContentBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, Paths, Ref,
        RefOr, Required, Response, ResponseBuilder, Schema,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, OneOfBuilder, SchemaType, Type},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::routes::{Caller, Route, routes};
use rows::{Answer, Field, Kind, Row, row};

const ACCESS: &str = "access_token";
const REFRESH: &str = "refresh_token";
const ERROR: &str = "Error";

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut schemas = BTreeMap::new();
    let mut paths = Paths::new();
    for route in routes() {
        let operation = operation(&route, &row(route.row), &mut schemas);
        let path = route.full_path();
        paths.add_path_operation(&path, vec![method(&route.method)], operation.build());
    }
    schemas.insert(ERROR.to_owned(), error());
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
    let mut info = Info::new("Dwellingly API of Portico", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Properties, tenants and their leases, staff, tickets with notes, emergency contacts, users with approval and \
         invitation, and dashboard numbers, as clients of Dwellingly know them.\n\n\
         Every path works with and without one trailing slash. Every write takes JSON, forms and multipart forms. Lists \
         are whole and ascending by id. Unknown keys are ignored, and what a GET answered may be sent back."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn components(schemas: BTreeMap<String, RefOr<Schema>>) -> Components {
    let bearer = |about: &str| {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("JWT".to_owned());
        http.description = Some(about.to_owned());
        SecurityScheme::Http(http)
    };
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(ACCESS, bearer("The `access_token` of login or refresh; good for 15 minutes."))
        .security_scheme(REFRESH, bearer("The `refresh_token` of login; good for 7 days."))
        .build()
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

fn operation(route: &Route, row: &Row, schemas: &mut BTreeMap<String, RefOr<Schema>>) -> OperationBuilder {
    let (status, answer) = &row.answer;
    let about = row.about;
    let mut operation = OperationBuilder::new()
        .operation_id(Some(operation_id(route)))
        .tag(row.tag)
        .summary(Some(row.summary))
        .description((!about.is_empty()).then_some(about))
        .request_body((!row.body.is_empty()).then(|| body(row.body)))
        .response(status.to_string(), success(answer, schemas));
    for parameter in parameters(route, row) {
        operation = operation.parameter(parameter);
    }
    for (status, text) in errors(route, row) {
        operation = operation.response(status.to_string(), failure(text));
    }
    let required = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    match route.caller {
        Caller::Public => operation.securities(Some(Vec::<SecurityRequirement>::new())),
        Caller::Refresh => operation.security(required(REFRESH)),
        Caller::Either => operation.security(required(ACCESS)).security(required(REFRESH)),
        Caller::Approved | Caller::Admin | Caller::Own => operation.security(required(ACCESS)),
    }
}

/// The method and the path in one word: `get_users_id`.
fn operation_id(route: &Route) -> String {
    let path: String = route.path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = path.split('_').filter(|w| !w.is_empty()).collect();
    format!("{}_{}", route.method.as_str().to_lowercase(), words.join("_"))
}

fn parameters(route: &Route, row: &Row) -> Vec<Parameter> {
    let names = route.path.split(['{', '}']).skip(1).step_by(2);
    let in_path = names.map(|name| {
        let kind = if name == "token" { Type::String } else { Type::Integer };
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(ObjectBuilder::new().schema_type(SchemaType::new(kind))))
            .build()
    });
    let in_query = row.query.iter().map(|(name, kind, about)| {
        ParameterBuilder::new()
            .name(*name)
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(*about))
            .schema(Some(kind.schema()))
            .build()
    });
    in_path.chain(in_query).collect()
}

/// All errors of a row: its own, and those of the token, the body and the tries.
fn errors(route: &Route, row: &Row) -> BTreeMap<u16, &'static str> {
    let mut all: BTreeMap<u16, &'static str> = row.errors.iter().copied().collect();
    if route.caller != Caller::Public {
        all.entry(401).or_insert("No good token, or not the role for this call");
        all.entry(422).or_insert("A token that cannot be read, or of another kind");
    }
    if !row.body.is_empty() {
        all.entry(400).or_insert("A body that cannot be read, or faulty fields");
        all.entry(413).or_insert("A body of more than 1 MiB");
    }
    if route.path.contains("id}") {
        all.entry(404).or_insert("No such thing");
    }
    all.entry(500).or_insert("A fault of the server; its request id is in `X-Request-Id`");
    all.entry(503).or_insert("The server has too much to do; see `Retry-After`");
    all
}

fn failure(text: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ERROR))).build();
    ResponseBuilder::new().description(text).content("application/json", content).build()
}

/// `{"message": text}`, or texts by field, nested fields and positions in lists as keys.
fn error() -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let fields =
        ObjectBuilder::new().description(Some("Texts by field; nested fields and positions in lists are keys."));
    let message = OneOfBuilder::new().item(text).item(fields);
    ObjectBuilder::new().property("message", message).required("message").description(Some("An error.")).into()
}

fn success(answer: &Answer, schemas: &mut BTreeMap<String, RefOr<Schema>>) -> Response {
    let content = ContentBuilder::new().schema(Some((answer.schema)(schemas))).build();
    ResponseBuilder::new().description(answer.about).content("application/json", content).build()
}

/// One of two shapes.
fn either<A: ToSchema, B: ToSchema>(schemas: &mut BTreeMap<String, RefOr<Schema>>) -> RefOr<Schema> {
    AnyOfBuilder::new().item(shape::<A>(schemas)).item(shape::<B>(schemas)).into()
}

/// A reference to a shape, which is noted with everything inside of it.
fn shape<T: ToSchema>(schemas: &mut BTreeMap<String, RefOr<Schema>>) -> RefOr<Schema> {
    let name = T::name().into_owned();
    let mut inside = Vec::new();
    T::schemas(&mut inside);
    for (name, schema) in inside {
        schemas.entry(name).or_insert(schema);
    }
    schemas.entry(name.clone()).or_insert_with(T::schema);
    Ref::from_schema_name(name).into()
}

fn body(fields: &[Field]) -> RequestBody {
    let content = || ContentBuilder::new().schema(Some(object(fields))).build();
    RequestBodyBuilder::new()
        .content("application/json", content())
        .content("application/x-www-form-urlencoded", content())
        .content("multipart/form-data", content())
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
        let or_null = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::from_iter([kind, Type::Null]));
        match self {
            Self::Text(most) => of(Type::String).max_length(*most).into(),
            Self::TextOrNull(most) => or_null(Type::String).max_length(*most).into(),
            Self::Words(words) => of(Type::String).enum_values(Some(words.iter().copied())).into(),
            Self::TextBetween(least, most) => of(Type::String).min_length(Some(*least)).max_length(Some(*most)).into(),
            Self::Password => of(Type::String).min_length(Some(8)).max_length(Some(128)).into(),
            Self::Integer => of(Type::Integer).into(),
            Self::IntegerOrNull => or_null(Type::Integer).into(),
            Self::Role => of(Type::Integer).enum_values(Some([2, 3, 4])).into(),
            Self::RoleOrNull => {
                or_null(Type::Integer).enum_values(Some([json!(2), json!(3), json!(4), json!(null)])).into()
            }
            Self::Boolean => of(Type::Boolean).into(),
            Self::Date => of(Type::String).examples(["2021-01-01T00:00:00.000Z"]).into(),
            Self::DateOrNull => or_null(Type::String).examples(["2021-10-01T00:00:00"]).into(),
            Self::Ids => ArrayBuilder::new().items(of(Type::Integer)).into(),
            Self::Object(fields) => object(fields).into(),
            Self::ObjectOrNull(fields) => {
                object(fields).schema_type(SchemaType::from_iter([Type::Object, Type::Null])).into()
            }
            Self::Objects(fields) => ArrayBuilder::new().items(object(fields)).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_the_document() {
        let document = openapi();
        for route in routes() {
            assert!(document.paths.get_path_operation(route.full_path(), method(&route.method)).is_some());
            assert!(!row(route.row).summary.is_empty(), "row {}", route.row);
        }
        let json = document.to_json().unwrap();
        for name in json.split("#/components/schemas/").skip(1).filter_map(|s| s.split('"').next()) {
            assert!(document.components.as_ref().unwrap().schemas.contains_key(name), "{name} is referred to");
        }
    }
}
