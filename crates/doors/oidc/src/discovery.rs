//! What programs find out by themselves.

use axum::{extract::State, response::Response};
use identity::oidc::SCOPES;
use serde_json::json;

use crate::{Door, wire};

/// The discovery document. All addresses begin with the issuer.
pub async fn document(State(door): State<Door>) -> Response {
    let provider = door.identity.oidc();
    let at = |path: &str| format!("{}{path}", provider.issuer());
    let secrets = ["client_secret_basic", "client_secret_post"];
    let document = json!({
        "issuer": provider.issuer(),
        "authorization_endpoint": at("/oidc/authorize"),
        "token_endpoint": at("/oidc/token"),
        "userinfo_endpoint": at("/oidc/userinfo"),
        "jwks_uri": at("/oidc/jwks"),
        "revocation_endpoint": at("/oidc/revoke"),
        "introspection_endpoint": at("/oidc/introspect"),
        "end_session_endpoint": at("/oidc/end-session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": SCOPES,
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [secrets[0], secrets[1], "none"],
        "revocation_endpoint_auth_methods_supported": [secrets[0], secrets[1], "none"],
        "introspection_endpoint_auth_methods_supported": secrets,
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
            "email", "name", "given_name", "family_name", "updated_at",
        ],
        "acr_values_supported": provider.acr_values(),
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["en", "de"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    });
    wire::kept(&document)
}

/// The public keys, as a JWK set.
pub async fn keys(State(door): State<Door>) -> Response {
    match door.identity.oidc().keys().await {
        Ok(keys) => {
            let key = |k: identity::oidc::PublicKey| json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.kid, "n": k.n, "e": k.e});
            wire::kept(&json!({"keys": keys.into_iter().map(key).collect::<Vec<_>>()}))
        }
        Err(e) => wire::failed(&e),
    }
}
