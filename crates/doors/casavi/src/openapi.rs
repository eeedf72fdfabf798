//! The OpenAPI 3.1 document of this door, made from the same table of operations as the door itself.

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
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use crate::routes::{Access, Route, routes};
use rows::{Answer, Body, Kind, Row, row};

/// The schemas of a document, by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = Paths::new();
    for route in routes() {
        let operation = operation(&route, &row(route.number), &mut schemas);
        paths.add_path_operation(route.path, vec![method(&route.method)], operation.build());
    }
    OpenApiBuilder::new().info(info()).paths(paths).components(Some(components(schemas))).build()
}

fn info() -> Info {
    let mut info = Info::new("casavi community API of Portico", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "What a resident's app needs: tickets, announcements, events, contacts, questions and answers, documents, \
         notifications, files and invitations. People sign in on the pages (cookie) or with OpenID Connect (bearer token of \
         a program with the permission for the community)."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn components(schemas: Schemas) -> Components {
    let about = "Set by the sign-in page; a write with it must come from a page of this site.";
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description("user_session", about));
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme("Bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("Cookie", SecurityScheme::ApiKey(cookie))
        .build()
}

fn method(method: &Method) -> HttpMethod {
    if *method == Method::POST { HttpMethod::Post } else { HttpMethod::Get }
}

fn operation(route: &Route, row: &Row, schemas: &mut Schemas) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.name))
        .summary(Some(row.summary))
        .request_body(body(&row.body, schemas))
        .response("200", success(&row.answer, schemas));
    if route.access != Access::Public {
        for scheme in ["Bearer", "Cookie"] {
            operation = operation.security(SecurityRequirement::new(scheme, Vec::<String>::new()));
        }
    }
    let names = route.path.split(['{', '}']).skip(1).step_by(2);
    for name in names {
        operation = operation.parameter(parameter(name, ParameterIn::Path, true, &Kind::Integer, ""));
    }
    for (name, kind, required, about) in row.query {
        operation = operation.parameter(parameter(name, ParameterIn::Query, *required, kind, about));
    }
    if matches!(row.body, Body::Bytes) {
        let about = "What the file is called; UTF-8, percent-encoded or not";
        operation = operation.parameter(parameter("X-Filename", ParameterIn::Header, true, &Kind::Text, about));
    }
    for (status, text) in row.errors {
        operation = operation.response(status.to_string(), failure(text, schemas));
    }
    for (status, text) in rows::EVERYWHERE {
        operation = operation.response(status.to_string(), failure(text, schemas));
    }
    operation
}

fn parameter(name: &str, place: ParameterIn, required: bool, kind: &Kind, about: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description((!about.is_empty()).then_some(about))
        .schema(Some(kind.schema()))
        .build()
}

fn failure(text: &str, schemas: &mut Schemas) -> Response {
    let schema = shape::<crate::wire::error::Told>(schemas);
    ResponseBuilder::new()
        .description(text)
        .content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn success(answer: &Answer, schemas: &mut Schemas) -> Response {
    let (kind, schema): (_, RefOr<Schema>) = match answer {
        Answer::One(of) => ("application/json", of(schemas)),
        Answer::List(of) => ("application/json", ArrayBuilder::new().items(of(schemas)).into()),
        Answer::Page(of) => {
            let integer = || ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
            let page = ["page", "pageCount", "pageSize"]
                .into_iter()
                .fold(ObjectBuilder::new(), |page, key| page.property(key, integer()).required(key));
            ("application/json", page.property("rows", ArrayBuilder::new().items(of(schemas))).required("rows").into())
        }
        Answer::File => ("application/octet-stream", Kind::Binary.schema()),
    };
    ResponseBuilder::new()
        .description("What was asked for")
        .content(kind, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn body(body: &Body, schemas: &mut Schemas) -> Option<RequestBody> {
    let (kind, schema): (_, RefOr<Schema>) = match body {
        Body::Nothing => return None,
        Body::Bytes => ("application/octet-stream", Kind::Binary.schema()),
        Body::Json(fields) => {
            let whole = fields.iter().fold(ObjectBuilder::new(), |object, (key, kind, required)| {
                let schema = match kind {
                    Kind::Uploads => ArrayBuilder::new().items(shape::<crate::wire::shapes::Upload>(schemas)).into(),
                    other => other.schema(),
                };
                let object = object.property(*key, schema);
                if *required { object.required(*key) } else { object }
            });
            ("application/json", whole.into())
        }
    };
    Some(RequestBodyBuilder::new().content(kind, ContentBuilder::new().schema(Some(schema)).build()).build())
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

impl Kind {
    fn schema(&self) -> RefOr<Schema> {
        let of = |kind: Type| ObjectBuilder::new().schema_type(SchemaType::new(kind));
        let text = |format| of(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
        match self {
            Self::Text => of(Type::String).into(),
            Self::Integer => of(Type::Integer).into(),
            Self::Boolean => of(Type::Boolean).into(),
            Self::DateTime => text(KnownFormat::DateTime).into(),
            Self::Binary => text(KnownFormat::Binary).into(),
            Self::Object | Self::Uploads => of(Type::Object).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_document() {
        let document = openapi();
        for route in routes() {
            assert!(document.paths.get_path_operation(route.path, method(&route.method)).is_some(), "{}", route.name);
        }
        let json = document.to_json().unwrap();
        for name in json.split("#/components/schemas/").skip(1).filter_map(|s| s.split('"').next()) {
            assert!(document.components.as_ref().unwrap().schemas.contains_key(name), "{name} is referred to");
        }
    }
}
