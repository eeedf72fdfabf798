//! Sparse fields (section 6): `fields[tenant]=id,username`.

use super::{
    Params,
    value::{self, Object, Value},
};

/// Which kind of thing stands under a key of an answer.
const KINDS: [(&str, &str); 18] = [
    ("tenants", "tenant"),
    ("ledgers", "ledger"),
    ("units", "unit"),
    ("invoices", "invoice"),
    ("notes", "note"),
    ("phone_numbers", "phone_number"),
    ("addresses", "address"),
    ("mailing_address", "address"),
    ("unit_amenities", "unit_amenity"),
    ("line_items", "line_item"),
    ("children_line_items", "line_item"),
    ("recent_open_charges", "charge"),
    ("recent_payments", "payment"),
    ("payment_methods", "payment_method"),
    ("unit_groups", "unit_group"),
    ("leads", "lead"),
    ("tenants_preferences", "preferences"),
    ("current_insurance", "insurance"),
];

/// The kind of what stands under a key: single things stand under their own name.
fn kind(key: &str) -> &str {
    KINDS.iter().find(|(name, _)| *name == key).map_or(key, |(_, kind)| kind)
}

/// The fields asked for, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Vec<String>)>);

impl Fields {
    /// Reads `fields`, of the query or the body.
    #[must_use]
    pub fn read(params: &Params) -> Self {
        let asked = params.get("fields").and_then(Value::object);
        let names = |value: &Value| -> Vec<String> {
            let one = |text: &str| text.split(',').map(|n| n.trim().to_owned()).collect::<Vec<_>>();
            match value {
                Value::Text(text) => one(text),
                Value::List(items) => items.iter().filter_map(Value::text).flat_map(one).collect(),
                _ => Vec::new(),
            }
        };
        Self(asked.map(|o| o.iter().map(|(kind, value)| (kind.to_owned(), names(value))).collect()).unwrap_or_default())
    }

    /// Whether all fields are asked for.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves the fields asked for, in their usual order, of everything under `key` and inside of it. Names that are
    /// no fields are ignored.
    pub fn apply(&self, key: &str, value: &mut Value) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.apply(key, item)),
            Value::Object(object) => self.apply_to(kind(key), object),
            _ => {}
        }
    }

    /// The same of a thing that was written already.
    ///
    /// # Errors
    /// Never for what this server wrote.
    pub fn of(&self, key: &str, written: &[u8]) -> Result<Vec<u8>, kernel::Error> {
        let mut value = value::parse_own(written).map_err(kernel::Error::internal)?;
        self.apply(key, &mut value);
        serde_json::to_vec(&value).map_err(kernel::Error::internal)
    }

    fn apply_to(&self, kind: &str, object: &mut Object) {
        if let Some((_, names)) = self.0.iter().find(|(k, _)| k == kind) {
            object.retain(|name| names.iter().any(|n| n == name));
        }
        for (name, inner) in object.iter_mut() {
            self.apply(name, inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(query: &str, key: &str, text: &str) -> String {
        let mut value = value::parse(text.as_bytes()).unwrap();
        Fields::read(&Params::read(query, "", b"")).apply(key, &mut value);
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn the_fields_asked_for_in_their_usual_order() {
        let ledgers =
            r#"[{"id":1,"active":true,"tenant":{"id":2,"username":"x","phone_numbers":[{"id":3,"number":"4"}]}}]"#;
        assert_eq!(
            sparse("fields[ledger]=tenant,id,nonsense", "ledgers", ledgers),
            ledgers.replace("\"active\":true,", "")
        );
        assert_eq!(
            sparse("fields[tenant]=username&fields[ledger]=tenant", "ledgers", ledgers),
            r#"[{"tenant":{"username":"x"}}]"#
        );
        assert_eq!(sparse("fields[phone_number]=number", "ledgers", ledgers), ledgers.replace("\"id\":3,", ""));
        assert_eq!(sparse("fields[unit]=id", "ledgers", ledgers), ledgers);
        assert_eq!(sparse("", "ledgers", ledgers), ledgers);
    }

    #[test]
    fn of_a_json_body_too() {
        let params = Params::read("", "", br#"{"fields":{"tenant":"first_name, phone_numbers","unit":["id"]}}"#);
        let fields = Fields::read(&params);
        assert_eq!(fields.0[0].1, ["first_name", "phone_numbers"]);
        assert_eq!(fields.0[1].1, ["id"]);
    }
}
