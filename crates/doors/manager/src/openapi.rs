//! The OpenAPI 3.1 document of this door, made from the same table of calls as the door itself.

use std::collections::BTreeMap;

use axum::http::Method;
use utoipa::{
    ToSchema,
    openapi::{
        ComponentsBuilder, ContentBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, Paths, Ref, RefOr,
        Required, Response, ResponseBuilder, Schema,
        path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    routes::{Route, routes},
    wire::{
        answer::{Links, Token},
        error::Failure,
        shapes::{Contact, Property, Unit},
    },
};

const TOKEN: &str = "token";

/// The schemas of a document, by name.
type Schemas = BTreeMap<String, RefOr<Schema>>;

/// What a call says about itself.
struct About {
    summary: &'static str,
    /// Beside `page` of a list.
    filters: &'static [&'static str],
    success: fn(&mut Schemas) -> RefOr<Schema>,
    is_list: bool,
}

/// The door's document.
#[must_use]
pub fn openapi() -> OpenApi {
    let mut schemas = Schemas::new();
    let mut paths = Paths::new();
    for route in routes() {
        let method = if route.method == Method::POST { HttpMethod::Post } else { HttpMethod::Get };
        paths.add_path_operation(route.path, vec![method], operation(&route, &about(route.id), &mut schemas));
    }
    let header = ApiKeyValue::with_description(TOKEN, "What `authenticate` gave; good for 30 days.");
    let scheme = SecurityScheme::ApiKey(ApiKey::Header(header));
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme(TOKEN, scheme).build();
    OpenApiBuilder::new().info(info()).paths(paths).components(Some(components)).build()
}

fn info() -> Info {
    let mut info = Info::new("casavi Manager API of Portico", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Contacts, units and properties of a management, to be read, as clients of casavi's Manager API (version 2) know \
         them. Lists have 100 rows a page; `_links.next` is the address of the next page and is absent on the last one."
            .to_owned(),
    );
    let mut license = License::new("MIT OR Apache-2.0");
    license.identifier = Some("MIT OR Apache-2.0".to_owned());
    info.license = Some(license);
    info
}

fn about(id: &str) -> About {
    match id {
        "authenticate" => About {
            summary: "Gives a token for a key and its secret",
            filters: &[],
            success: shape::<Token>,
            is_list: false,
        },
        "listContacts" => About {
            summary: "Lists contacts by id",
            filters: &["isRegistered", "isInvited", "modifiedAfter", "role"],
            success: shape::<Contact<'static>>,
            is_list: true,
        },
        "listUnits" => About {
            summary: "Lists units by id",
            filters: &["includeInactiveContracts", "modifiedAfter"],
            success: shape::<Unit<'static>>,
            is_list: true,
        },
        "listProperties" => About {
            summary: "Lists properties by id",
            filters: &["modifiedAfter"],
            success: shape::<Property<'static>>,
            is_list: true,
        },
        _ => About { summary: "Shows a property", filters: &[], success: shape::<Property<'static>>, is_list: false },
    }
}

fn operation(route: &Route, about: &About, schemas: &mut Schemas) -> Operation {
    let one = (about.success)(schemas);
    let success = if about.is_list { list(one, schemas) } else { one };
    let mut operation = OperationBuilder::new().operation_id(Some(route.id)).summary(Some(about.summary)).response(
        "200",
        ResponseBuilder::new().description("What was asked for").content("application/json", content(success)),
    );
    if route.signed_in {
        operation = operation.security(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
    } else {
        operation = operation
            .request_body(Some(RequestBodyBuilder::new().content("application/json", content(pair())).build()));
    }
    for name in route.path.split(['{', '}']).skip(1).step_by(2) {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        operation = operation.parameter(parameter.schema(Some(text())));
    }
    let page: &[_] = if about.is_list { &["page"] } else { &[] };
    for name in about.filters.iter().chain(page) {
        operation = operation.parameter(filter(name));
    }
    for (status, text) in errors(route, about) {
        operation = operation.response(status, failure(text, schemas));
    }
    operation.build()
}

/// All errors of a call.
fn errors(route: &Route, about: &About) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        ("401", if route.signed_in { "No token, or one that is not good" } else { "Not a good pair" }),
        ("500", "A defect"),
        ("503", "The server has too much to do; see `Retry-After`"),
    ];
    if route.signed_in {
        all.push(("403", "The key may not read"));
    } else {
        all.push(("413", "The body is too large"));
    }
    if !route.signed_in || about.is_list {
        all.push(("400", "Not understood; `fields` names what is wrong"));
    }
    if route.path.contains('{') {
        all.push(("404", "No such property, or one that the key does not reach"));
    }
    all
}

fn filter(name: &str) -> Parameter {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    let (schema, about) = match name {
        "role" => (of(Type::String).enum_values(Some(["OWNER", "RENTER"])), "With a contract of this type"),
        "modifiedAfter" => (
            of(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
            "Changed after this instant, with what belongs to it",
        ),
        "page" => (of(Type::Integer).minimum(Some(1)), "From 1"),
        "isRegistered" => (of(Type::Boolean), "Whether they have a login"),
        "isInvited" => (of(Type::Boolean), "Whether an invitation is open"),
        _ => (of(Type::Boolean), "Also units whose contracts have all ended"),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

/// `{"list":[…],"_links":{…}}`.
fn list(one: RefOr<Schema>, schemas: &mut Schemas) -> RefOr<Schema> {
    let list = ObjectBuilder::new().property("list", ArrayBuilder::new().items(one)).required("list");
    list.property("_links", shape::<Links>(schemas)).required("_links").into()
}

fn pair() -> RefOr<Schema> {
    let pair = ObjectBuilder::new().property("key", text()).required("key");
    pair.property("secret", text()).required("secret").into()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn content(schema: impl Into<RefOr<Schema>>) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema.into())).build()
}

fn failure(text: &str, schemas: &mut Schemas) -> Response {
    ResponseBuilder::new().description(text).content("application/json", content(shape::<Failure>(schemas))).build()
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
        let json = document.to_json().unwrap_or_default();
        for route in routes() {
            assert!(json.contains(&format!("\"operationId\":\"{}\"", route.id)), "{}", route.id);
        }
        for name in json.split("#/components/schemas/").skip(1).filter_map(|s| s.split('"').next()) {
            assert!(document.components.as_ref().is_some_and(|c| c.schemas.contains_key(name)), "{name}");
        }
    }
}
