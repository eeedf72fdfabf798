//! The schemas of the shapes say what the shapes are.

use dwellingly::wire::{
    choice::Status,
    shapes::{Lease, Property, Ticket, User},
    time::{Dt, Iso},
};
use serde_json::{Value, json};
use utoipa::PartialSchema;

fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).expect("JSON")
}

fn required(schema: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = schema["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn keys_are_required_unless_they_may_be_left_out() {
    let user = schema::<User<'_>>();
    assert_eq!(
        required(&user),
        ["archived", "created_at", "email", "firstName", "id", "lastActive", "lastName", "phone", "role", "updated_at"]
    );
    assert_eq!(user["properties"]["properties"]["items"], json!({"$ref": "#/components/schemas/Property"}));
    assert_eq!(user["properties"]["role"]["type"], json!(["integer", "null"]));

    let property = schema::<Property<'_>>();
    assert!(!required(&property).contains(&"tenants") && !required(&property).contains(&"propertyManagers"));
    assert!(required(&property).contains(&"num_units") && required(&property).contains(&"zipCode"));

    let ticket = schema::<Ticket<'_>>();
    assert_eq!(required(&ticket).len(), 14);
    assert_eq!(ticket["properties"]["assigned_staff"]["items"], json!({"$ref": "#/components/schemas/User"}));
    assert_eq!(schema::<Status>()["enum"], json!(["New", "In Progress", "Closed"]));
    assert_eq!((&schema::<Dt>()["type"], &schema::<Iso>()["type"]), (&json!("string"), &json!("string")));
    assert_eq!(ticket["properties"]["tenant"]["type"], "string");
    assert_eq!(required(&schema::<Lease<'_>>()).len(), 9);
}
