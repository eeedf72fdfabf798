//! `meta`, which every answer carries (section 4).

use axum::http::{Method, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::{page::Pagination, value::Object};

/// `meta`, in the order of its keys (M1).
#[derive(Serialize, ToSchema)]
pub struct Meta<'a> {
    /// On collections only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// The status, whatever the status line says.
    pub status_code: u16,
    /// Its name.
    pub status_message: &'static str,
    /// A picture of it.
    pub status_cat: String,
    /// The method, the overriding one where there is one (K4).
    pub request_method: &'a str,
    /// The same as the header `X-Request-Id` (M3).
    pub request_id: &'a str,
    /// Which error it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Option<u8>>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>)]
    pub errors: Option<&'a Object>,
    /// What was sent.
    #[schema(value_type = serde_json::Value)]
    pub parameters: Object,
}

impl<'a> Meta<'a> {
    /// Of an answer without an error (M2).
    #[must_use]
    pub fn new(status: StatusCode, method: &'a Method, request_id: &'a str, parameters: Object) -> Self {
        Self {
            pagination: None,
            status_code: status.as_u16(),
            status_message: status.canonical_reason().unwrap_or_default(),
            status_cat: format!("https://http.cat/{}", status.as_u16()),
            request_method: method.as_str(),
            request_id,
            error_code: None,
            message: None,
            errors: None,
            parameters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m1_m2_keys_in_order() {
        let mut meta = Meta::new(StatusCode::OK, &Method::GET, "r", Object::default());
        assert_eq!(
            serde_json::to_string(&meta).unwrap(),
            "{\"status_code\":200,\"status_message\":\"OK\",\"status_cat\":\"https://http.cat/200\",\
             \"request_method\":\"GET\",\"request_id\":\"r\",\"parameters\":{}}"
        );
        meta.pagination = Some(Pagination::new(1, 100, 2));
        meta.error_code = Some(None);
        meta.message = Some("m");
        let text = serde_json::to_string(&meta).unwrap();
        assert!(text.starts_with("{\"pagination\":{\"current_page\":1,"), "{text}");
        assert!(
            text.contains("\"request_id\":\"r\",\"error_code\":null,\"message\":\"m\",\"parameters\":{}"),
            "{text}"
        );
    }
}
