//! Providers at which people prove elsewhere who they are, and sign in here: which there are, a new one, one taken away.

use app::oidc::Settings;
use askama::Template;
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use identity::{Identity, NewProvider};
use kernel::Error;

use crate::{
    flash::Flash,
    form::{Fields, Posted, Shown},
    page_route,
    session::{Staff, Visit},
    shell::Shell,
};

pub(super) const HERE: &str = "/desk/settings/providers";

pub(super) fn routes() -> Router<Identity> {
    Router::new()
        .route(HERE, page_route(get(list).post(create)))
        .route("/desk/settings/providers/{key}/remove", page_route(post(remove)))
}

/// A provider in the list.
struct Line {
    key: String,
    name: String,
    issuer: String,
    client_id: String,
    has_secret: bool,
    enabled: bool,
    /// Where the provider has to send people back to.
    redirect: String,
}

#[derive(Template)]
#[template(path = "desk/settings/providers.html")]
struct ProvidersPage {
    s: Shell,
    form: Shown,
    all: Vec<Line>,
}

async fn list(visit: Staff) -> Response {
    page(&visit, Shown::default(), StatusCode::OK).await
}

async fn page(visit: &Visit, form: Shown, status: StatusCode) -> Response {
    let base = visit.app().public_url();
    let line = |p: Settings| Line {
        redirect: format!("{base}/app/login/provider/{}/callback", p.key),
        has_secret: p.client_secret_sealed.is_some(),
        key: p.key,
        name: p.name,
        issuer: p.issuer,
        client_id: p.client_id,
        enabled: p.enabled,
    };
    match visit.identity.all_providers(&visit.caller).await {
        Ok(all) => {
            let all = all.into_iter().map(line).collect();
            visit.page_with(status, &ProvidersPage { s: visit.shell(), form, all })
        }
        Err(error) => visit.failed(&error),
    }
}

/// What was typed; a secret is taken in and never shown again.
fn typed(fields: &Fields) -> NewProvider {
    let text = |name: &str| fields.get(name).trim().to_owned();
    NewProvider {
        key: text("key"),
        name: text("name"),
        issuer: text("issuer"),
        client_id: text("client_id"),
        client_secret: Some(text("client_secret")).filter(|secret| !secret.is_empty()),
        scopes: fields.get("scopes").split_whitespace().map(str::to_owned).collect(),
    }
}

async fn create(visit: Staff, Posted(fields): Posted) -> Response {
    let Err(error) = visit.identity.create_provider(&visit.caller, typed(&fields)).await else {
        return visit.go(HERE, Flash::done("done-provider"));
    };
    // What was typed as a secret does not come back in a page.
    let shown = Fields(fields.0.into_iter().filter(|(name, _)| name != "client_secret").collect());
    match Shown::refused(&shown, error, visit.language.texts(), |w| (w == "taken").then_some("provider-key-taken")) {
        Ok(form) => page(&visit, form, StatusCode::UNPROCESSABLE_ENTITY).await,
        Err(error) => visit.failed(&error),
    }
}

async fn remove(visit: Staff, Path(key): Path<String>, Posted(_): Posted) -> Response {
    match visit.identity.remove_provider(&visit.caller, &key).await {
        Ok(()) => visit.go(HERE, Flash::done("done-provider-removed")),
        Err(Error::NotFound(_)) => visit.failed(&Error::NotFound("provider")),
        Err(error) => visit.failed(&error),
    }
}
